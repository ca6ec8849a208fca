import { isOfService, ownershipOf, podOf } from "./instances.ts";
import type { DeregisterReason } from "./change.ts";
import type { Instance, Pod, ServiceKind } from "./model.ts";
import type { Desired } from "./desired.ts";
import type { Subject } from "./subject.ts";
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

/** Whether an instance is for this owner to change; see `ownershipOf`. */
export function isMine(instance: Instance, { subject, desired, sightings, settings }: Fate): boolean {
  const isChosen = () => desired.chosenOf(instance) !== undefined;
  const isGone = () => sightings.podAt(instance) === undefined;
  const ownership = ownershipOf(instance, settings);
  switch (ownership) {
    case "ours":
      return true;
    case "unstamped":
      return isChosen() || !isGone();
    case "previous":
      return isChosen() || isGone();
    case "previous-elsewhere":
      return isChosen();
    case "foreign":
    case "other-cluster":
      return false;
    case "app-mesh": {
      const { appMesh } = settings.adopt;
      if (appMesh === "off" || subject.mappings.length === 0) return false;
      return isChosen() || (appMesh === "exclusive" && isGone());
    }
    case "external-dns":
      return settings.adopt.externalDns === "live" && isChosen();
    default:
      return ownership satisfies never;
  }
}

/**
 * Why an instance goes that is no endpoint's; undefined where it stays.
 *
 * | its pod                                                                             | reason                                       |
 * |-------------------------------------------------------------------------------------|----------------------------------------------|
 * | is not at its address any more                                                      | pod-gone                                     |
 * | is a Service that is gone, or has lost that name or address of its load balancer    | load-balancer-gone                           |
 * | cannot be an instance here, or one at its address cannot, and nothing replaces that | – (stays)                                    |
 * | is registered under another id                                                      | replaced                                     |
 * | would be, but is not ready                                                          | pod-not-ready, unless `staysUnready`         |
 * | lives there, no mapping chooses it                                                  | unselected                                   |
 * | lives there, nobody claims the service                                              | unmapped                                     |
 * | the same, and what claimed it was an export whose Service is gone                   | service-gone                                 |
 */
export function whyRemove(instance: Instance, input: Fate): DeregisterReason | undefined {
  const { subject, desired, sightings } = input;
  if (!isMine(instance, input)) return undefined;
  if (desired.chosenOf(instance) === undefined) {
    if (sightings.podAt(instance) === undefined) return isOfService(instance) ? "load-balancer-gone" : "pod-gone";
    if (subject.mappings.length > 0) return "unselected";
    return subject.withdrawn.length > 0 ? "service-gone" : "unmapped";
  }
  const pods = podsAt(instance, desired);
  const isReplaced = (pod: Pod) => desired.endpointsOf(pod).some(({ ready }) => ready);
  if (pods.some((pod) => desired.isUndecided(pod) && !isReplaced(pod))) return undefined;
  if (pods.some(isReplaced)) return "replaced";
  return staysUnready(instance, input) ? undefined : "pod-not-ready";
}

/** The pods that an instance of a chosen pod stands for: those chosen where it is, more than one on the host network or at a node's address. */
export function podsAt(instance: Instance, desired: Desired): readonly Pod[] {
  if (desired.chosenOf(instance) === undefined) return [];
  return desired.chosenAt(instance);
}

/** The ids of the ready endpoints that stand for the pods of an instance. */
export function successorsOf(instance: Instance, desired: Desired): readonly string[] {
  return podsAt(instance, desired)
    .flatMap(desired.endpointsOf)
    .flatMap(({ id, ready }) => (ready ? [id] : []));
}

/** Whether an instance of pods that are not ready stays: marked as such where health can be told, or because no pod is ready, or its own will be. */
export function staysUnready(instance: Instance, { kind, desired, settings }: Fate): boolean {
  if (kind.health === "custom") return true;
  if (settings.whenAllUnready === "keep" && !desired.hasReady) return true;
  return podsAt(instance, desired).some((pod) => desired.endpointsOf(pod).some(({ returning }) => returning));
}

/**
 * Instances whose fate depends on a pod that no list of this look has shown or ruled out yet. `inDoubt`: it also matters which
 * other pods have their addresses, which only a list of the whole Kubernetes namespace shows.
 */
export function unsettledInstances(input: Fate, inDoubt: boolean): readonly Instance[] {
  const { desired, instances, sightings, settings } = input;
  const claimants = new Map(
    desired.endpoints.flatMap(({ id, pod, ready }) => (ready ? [[id, pod.key.namespace]] : [])),
  );
  const isSettled = (instance: Instance) =>
    inDoubt ? sightings.isComplete(podOf(instance)?.namespace ?? "") : sightings.isSettled(instance);
  return instances.filter((instance) => {
    const ownership = ownershipOf(instance, settings);
    if (isOfService(instance) || !mayGo(ownership, input)) return false;
    // A pod of another Kubernetes namespace may not take it over while its own pod lives.
    const isNeeded = ownership === "ours" && claimants.get(instance.id) === podOf(instance)?.namespace;
    return !isNeeded && desired.chosenOf(instance) === undefined && !isSettled(instance);
  });
}

function mayGo(ownership: ReturnType<typeof ownershipOf>, { subject, settings }: Fate): boolean {
  if (ownership === "app-mesh") return settings.adopt.appMesh === "exclusive" && subject.mappings.length > 0;
  return ownership === "ours" || ownership === "unstamped" || ownership === "previous";
}
