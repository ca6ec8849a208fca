import { isLiving } from "./nodes.ts";
import { addressesOf, isAt, podOf } from "./instances.ts";
import { podName } from "./model.ts";
import type { Instance, Pod, PodQuery } from "./model.ts";
import type { NodesRead } from "./ports.ts";

/** Where pods were seen in the lists of one pass, all of them begun after the registry was read. */
export type Sightings = {
  /** Whether the pod that the instance stands for lives at the instance's address. */
  readonly isAlive: (instance: Instance) => boolean;
  /** Whether that is known: some list showed the pod, there or elsewhere or on its way out, or it had to show every such pod. */
  readonly isSettled: (instance: Instance) => boolean;
};

export type Listing = { readonly query: PodQuery; readonly pods: readonly Pod[] };

export function createSightings(listings: readonly Listing[], nodes: NodesRead): Sightings {
  const all = listings.flatMap(({ pods }) => pods);
  const seen = new Set(all.map(({ key }) => podName(key)));
  const living = all.filter((pod) => isLiving(pod, nodes));
  const byName = Map.groupBy(living, ({ key }) => podName(key));
  const addresses = new Set(living.flatMap(({ ips }) => ips));
  const complete = new Set(listings.flatMap(({ query }) => (query.labelSelector === "" ? [coverage(query)] : [])));

  const isAlive = (instance: Instance) => {
    const pod = podOf(instance);
    if (pod === undefined) return addressesOf(instance).some((address) => addresses.has(address));
    return (byName.get(podName(pod)) ?? []).some(({ ips }) => isAt(instance, ips));
  };
  return {
    isAlive,
    isSettled: (instance) => {
      const pod = podOf(instance);
      if (pod === undefined || seen.has(podName(pod))) return true;
      return complete.has(pod.namespace) || complete.has(podName(pod));
    },
  };
}

/** Up to this many pods of a namespace are asked for by name; for more, the namespace is listed once, which costs one call a 500 pods. */
const MAX_BY_NAME = 8;

/** What to list so that the pods of these instances are known to be gone, or to live on unselected. */
export function deriveLookups(instances: readonly Instance[]): readonly PodQuery[] {
  const pods = instances.map(podOf).filter((pod) => pod !== undefined);
  return [...Map.groupBy(pods, ({ namespace }) => namespace)].flatMap(([namespace, inside]): PodQuery[] => {
    const names = new Set(inside.map(({ name }) => name));
    if (names.size > MAX_BY_NAME) return [{ namespace, labelSelector: "" }];
    return [...names].toSorted().map((name) => ({ namespace, labelSelector: "", name }));
  });
}

function coverage({ namespace, name }: PodQuery): string {
  return name === undefined ? namespace : podName({ namespace, name });
}
