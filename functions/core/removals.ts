import { addressesOf, ownershipOf, podOf } from "./instances.ts";
import { podName } from "./model.ts";
import { strictestPolicy } from "./holds.ts";
import type { Change, DeregisterReason, Instance, Policy } from "./model.ts";
import type { Desired } from "./desired.ts";
import type { Subject } from "./resolve.ts";
import type { Settings } from "./settings.ts";
import type { Sightings } from "./sightings.ts";

/** What decides whether an instance stays. */
export type Fate = {
  readonly subject: Subject;
  readonly desired: Desired;
  readonly instances: readonly Instance[];
  readonly sightings: Sightings;
  readonly settings: Settings;
};

/** A change with the policy of what asks for it. */
export type Proposed = { readonly change: Change; readonly policy: Policy | undefined };

/** Several mappings may share a service; what none of them wants any more goes as the strictest of them allows. */
export function planRemovals(input: Fate): readonly Proposed[] {
  const { subject, desired, instances, settings } = input;
  const endpoints = new Set(desired.endpoints.map(({ id }) => id));
  const policy =
    subject.mappings.length === 0
      ? undefined
      : strictestPolicy(subject.mappings.map((mapping) => mapping.policy ?? settings.policy));
  return instances.flatMap((instance) => {
    const reason = endpoints.has(instance.id) ? undefined : whyRemove(instance, input);
    if (reason === undefined) return [];
    return [{ change: { kind: "deregister", id: instance.id, pod: podOf(instance), reason }, policy }];
  });
}

/** Whether an instance is for this owner to change: its own, or App Mesh's where `adopt` says so and somebody claims the service. */
export function isMine(instance: Instance, { subject, desired, sightings, settings }: Fate): boolean {
  const ownership = ownershipOf(instance, settings);
  switch (ownership) {
    case "ours":
      return true;
    case "foreign":
      return false;
    case "app-mesh": {
      const { appMesh } = settings.adopt;
      if (appMesh === "off" || subject.mappings.length === 0) return false;
      return isChosen(instance, desired) || (appMesh === "exclusive" && !sightings.isAlive(instance));
    }
    default:
      return ownership satisfies never;
  }
}

/** Whether the instance stands for a living pod that a mapping of this service chooses. */
export function isChosen(instance: Instance, desired: Desired): boolean {
  const key = podOf(instance);
  const pod = key === undefined ? undefined : desired.chosen.get(podName(key));
  return pod !== undefined && addressesOf(instance).some((address) => pod.ips.includes(address));
}

/**
 * Why an instance that is no endpoint's goes; undefined where it stays.
 *
 * | its pod                             | reason     |
 * |-------------------------------------|------------|
 * | is not at its address any more      | pod-gone   |
 * | is registered under another id      | replaced   |
 * | cannot be an instance here          | – (stays)  |
 * | lives there, no mapping chooses it  | unselected |
 * | lives there, nobody claims the service | unmapped |
 */
export function whyRemove(instance: Instance, input: Fate): DeregisterReason | undefined {
  const { subject, desired, sightings } = input;
  if (!isMine(instance, input)) return undefined;
  if (isChosen(instance, desired)) {
    const key = podOf(instance);
    const isHere = desired.endpoints.some(({ pod }) => key !== undefined && podName(pod.key) === podName(key));
    return isHere ? "replaced" : undefined;
  }
  if (!sightings.isAlive(instance)) return "pod-gone";
  return subject.mappings.length > 0 ? "unselected" : "unmapped";
}

/** Instances whose fate depends on a pod that no list of this pass has shown or ruled out yet. */
export function unsettledInstances({
  desired,
  instances,
  sightings,
  settings,
}: Omit<Fate, "subject">): readonly Instance[] {
  const ready = new Set(desired.endpoints.flatMap((endpoint) => (endpoint.ready ? [endpoint.id] : [])));
  return instances.filter((instance) => {
    const ownership = ownershipOf(instance, settings);
    const mayGo =
      ownership === "ours"
        ? !ready.has(instance.id)
        : ownership === "app-mesh" && settings.adopt.appMesh === "exclusive";
    return mayGo && !isChosen(instance, desired) && !sightings.isSettled(instance);
  });
}
