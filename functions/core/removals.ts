import { isAt, ownershipOf, podOf } from "./instances.ts";
import { podName } from "./model.ts";
import { strictestPolicy } from "./holds.ts";
import type { Change, DeregisterReason, Instance, Pod, Policy, ServiceKind, SourceName } from "./model.ts";
import type { Desired } from "./desired.ts";
import type { Endpoint } from "./endpoints.ts";
import type { Subject } from "./resolve.ts";
import type { Settings } from "./settings.ts";
import type { Sightings } from "./sightings.ts";

/** What decides whether an instance stays. */
export type Fate = {
  readonly subject: Subject;
  readonly kind: ServiceKind;
  readonly desired: Desired;
  readonly instances: readonly Instance[];
  readonly sightings: Sightings;
  readonly settings: Settings;
};

/** A change with the policy and the source of what asks for it. */
export type Proposed = {
  readonly change: Change;
  readonly policy: Policy | undefined;
  readonly source: SourceName | undefined;
};

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
    const pod = chosenPodOf(instance, desired);
    const source = pod === undefined ? undefined : successorsOf(pod, desired)[0]?.mapping.origin.source;
    return [{ change: { kind: "deregister", id: instance.id, pod: podOf(instance), reason }, policy, source }];
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
  return chosenPodOf(instance, desired) !== undefined;
}

function chosenPodOf(instance: Instance, { chosen }: Desired): Pod | undefined {
  const key = podOf(instance);
  const pod = key === undefined ? undefined : chosen.get(podName(key));
  return pod !== undefined && isAt(instance, pod.ips) ? pod : undefined;
}

/**
 * Why an instance goes that is no endpoint's; undefined where it stays.
 *
 * | its pod                                                                             | reason                                       |
 * |-------------------------------------------------------------------------------------|----------------------------------------------|
 * | is not at its address any more                                                      | pod-gone                                     |
 * | cannot be an instance here, or one at its address cannot, and nothing replaces that | – (stays)                                    |
 * | is registered under another id                                                      | replaced                                     |
 * | would be, but is not ready                                                          | pod-not-ready, unless unready instances stay |
 * | lives there, no mapping chooses it                                                  | unselected                                   |
 * | lives there, nobody claims the service                                              | unmapped                                     |
 */
export function whyRemove(instance: Instance, input: Fate): DeregisterReason | undefined {
  const { subject, desired, sightings } = input;
  if (!isMine(instance, input)) return undefined;
  if (!isChosen(instance, desired)) {
    if (!sightings.isAlive(instance)) return "pod-gone";
    return subject.mappings.length > 0 ? "unselected" : "unmapped";
  }
  const pods = podsAt(instance, desired);
  const isReplaced = (pod: Pod) => successorsOf(pod, desired).some(({ ready }) => ready);
  if (desired.invalid.some(({ pod }) => pods.includes(pod) && !isReplaced(pod))) return undefined;
  if (pods.some(isReplaced)) return "replaced";
  return staysUnready(input) ? undefined : "pod-not-ready";
}

/** The pods that an instance of a chosen pod stands for: those chosen that have one of its addresses, more than one on the host network. */
export function podsAt(instance: Instance, desired: Desired): readonly Pod[] {
  return isChosen(instance, desired) ? [...desired.chosen.values()].filter(({ ips }) => isAt(instance, ips)) : [];
}

/** The endpoints that stand for a pod: its own, or on the host network that of a pod which registers an address of both. */
export function successorsOf(pod: Pod, { endpoints }: Desired): readonly Endpoint[] {
  return endpoints.filter(({ core }) => isAt({ attributes: core }, pod.ips));
}

/** Whether instances of pods that are not ready stay: marked as such where health can be told, or because no pod is ready. */
export function staysUnready({ kind, desired, settings }: Pick<Fate, "kind" | "desired" | "settings">): boolean {
  if (kind.health === "custom") return true;
  return settings.whenAllUnready === "keep" && desired.endpoints.every(({ ready }) => !ready);
}

/** Instances whose fate depends on a pod that no list of this pass has shown or ruled out yet. */
export function unsettledInstances(input: Fate): readonly Instance[] {
  const { desired, instances, sightings, settings } = input;
  const ready = new Set(desired.endpoints.flatMap((endpoint) => (endpoint.ready ? [endpoint.id] : [])));
  return instances.filter((instance) => {
    const isNeeded = ownershipOf(instance, settings) === "ours" && ready.has(instance.id);
    return isMine(instance, input) && !isNeeded && !isChosen(instance, desired) && !sightings.isSettled(instance);
  });
}
