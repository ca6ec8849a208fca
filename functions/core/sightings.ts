import { addressesOf, isOfService, isPlaceOf, nodeOf, podOf } from "./instances.ts";
import type { Balancers } from "./balancers.ts";
import type { Instance, Pod, PodQuery } from "./model.ts";
import type { NodesView } from "./nodes.ts";

/** Where pods were seen in the lists of one look, all of them begun after the registry was read. */
export type Sightings = {
  /** The pod that the instance stands for, where it lives at the instance's address, or on its node. */
  readonly podAt: (instance: Instance) => Pod | undefined;
  /** Whether that is known: some list showed the pod, there or elsewhere or on its way out, or it had to show every such pod. */
  readonly isSettled: (instance: Instance) => boolean;
  /** Whether any living pod of the instance's Kubernetes namespace has its address, the pod it stands for or another. */
  readonly isInUse: (instance: Instance) => boolean;
  /** Whether the Kubernetes namespace was listed as a whole. */
  readonly isComplete: (namespace: string) => boolean;
  readonly sawAnyPod: boolean;
};

export type Listing = { readonly query: PodQuery; readonly pods: readonly Pod[] };

/** What the lists of one Kubernetes namespace show; built once for all services that draw from it. */
export type NamespaceSightings = {
  readonly byName: ReadonlyMap<string, readonly Pod[]>;
  readonly addresses: ReadonlySet<string>;
  /** The nodes of its living pods. */
  readonly nodes: ReadonlySet<string>;
  readonly isComplete: boolean;
  /** Pods that were asked for by their names, found or not. */
  readonly asked: ReadonlySet<string>;
};

export function sightNamespace(listings: readonly Listing[], nodes: NodesView): NamespaceSightings {
  const byName = new Map<string, readonly Pod[]>();
  const addresses = new Set<string>();
  const occupied = new Set<string>();
  for (const { pods } of listings) {
    for (const pod of pods) {
      const same = byName.get(pod.key.name) ?? [];
      const isLiving = nodes.isLiving(pod);
      byName.set(pod.key.name, isLiving ? [...same, pod] : same);
      if (!isLiving) continue;
      for (const ip of pod.ips) addresses.add(ip);
      if (pod.node !== undefined) occupied.add(pod.node);
    }
  }
  return {
    byName,
    addresses,
    nodes: occupied,
    isComplete: listings.some(({ query }) => query.labelSelector === "" && query.name === undefined),
    asked: new Set(listings.flatMap(({ query }) => (query.labelSelector === "" ? (query.name ?? []) : []))),
  };
}

/** `parts`: for each Kubernetes namespace what its lists show, those of the first look before those that were looked up since. `balancers`: what
 * the claims show of Services. */
export function createSightings(
  parts: ReadonlyMap<string, readonly NamespaceSightings[]>,
  balancers: Balancers,
): Sightings {
  const partsOf = (instance: Instance) => {
    const pod = podOf(instance);
    return { name: pod?.name ?? "", parts: (pod === undefined ? undefined : parts.get(pod.namespace)) ?? [] };
  };
  return {
    podAt: (instance) => {
      if (isOfService(instance)) return balancers.at(instance);
      const { name, parts: here } = partsOf(instance);
      return here.flatMap(({ byName }) => byName.get(name) ?? []).findLast((pod) => isPlaceOf(instance, pod));
    },
    isSettled: (instance) => {
      if (isOfService(instance)) return true;
      const { name, parts: here } = partsOf(instance);
      return here.some(({ byName, isComplete, asked }) => isComplete || asked.has(name) || byName.has(name));
    },
    isInUse: (instance) => {
      if (isOfService(instance)) return balancers.at(instance) !== undefined;
      const node = nodeOf(instance);
      const isIn = ({ addresses, nodes }: NamespaceSightings) =>
        node === undefined ? addressesOf(instance).some((ip) => addresses.has(ip)) : nodes.has(node);
      return partsOf(instance).parts.some(isIn);
    },
    isComplete: (namespace) => (parts.get(namespace) ?? []).some(({ isComplete }) => isComplete),
    sawAnyPod: [...parts.values()].flat().some(({ byName }) => byName.size > 0),
  };
}

/** Up to this many pods of a namespace are asked for by name; for more, the namespace is listed once, which costs one call a 500 pods. */
const MAX_BY_NAME = 8;

/**
 * What to list so that the pods of these instances are known to be gone, or to live on unselected. `whole`: Kubernetes namespaces
 * to list as a whole, because it matters which other pods have the addresses.
 */
export function deriveLookups(instances: readonly Instance[], whole: boolean): readonly PodQuery[] {
  const pods = instances.map((instance) => podOf(instance)).filter((pod) => pod !== undefined);
  return [...Map.groupBy(pods, ({ namespace }) => namespace)].flatMap(([namespace, inside]): PodQuery[] => {
    const names = new Set(inside.map(({ name }) => name));
    if (whole || names.size > MAX_BY_NAME) return [{ namespace, labelSelector: "" }];
    return [...names].toSorted().map((name) => ({ namespace, labelSelector: "", name }));
  });
}
