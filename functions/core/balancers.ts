import { addressesOf, isAt, podOf } from "./instances.ts";
import { podName } from "./model.ts";
import type { Attributes, Instance, Pod, PodKey, PodQuery } from "./model.ts";
import type { SourceRead } from "./ports.ts";

type Balancer = {
  readonly service: Omit<PodKey, "kind">;
  /** Names and IPs. */
  readonly addresses: readonly string[];
  /** RFC 3339. */
  readonly createdAt: string;
};

const NO_LABELS: Attributes = {};

/** The load balancer of a Kubernetes Service, as what an instance stands for. */
export function balancerOf({ service, addresses, createdAt }: Balancer): Pod {
  return {
    key: { kind: "Service", namespace: service.namespace, name: service.name },
    ips: addresses,
    labels: NO_LABELS,
    mesh: undefined,
    virtualNode: undefined,
    controller: undefined,
    state: "ready",
    containersReady: true,
    node: undefined,
    host: undefined,
    ports: [],
    createdAt,
    since: createdAt,
  };
}

/** The load balancers that one reading of the claims shows. */
export type Balancers = {
  readonly of: (query: PodQuery) => readonly Pod[];
  /** The one that an instance stands for. While Services are not read, that it lives on is not ruled out. */
  readonly at: (instance: Instance) => Pod | undefined;
};

export function viewBalancers(sources: readonly SourceRead[]): Balancers {
  const reads = sources.flatMap((source) => (source.state === "read" ? (source.balancers ?? []) : []));
  const areRead = sources.some((source) => source.state === "read" && source.balancers !== undefined);
  const byName = new Map(reads.map((balancer) => [podName(balancer.key), balancer]));
  return {
    of: ({ namespace, name = "" }) => {
      const found = byName.get(podName({ kind: "Service", namespace, name }));
      return found === undefined ? [] : [found];
    },
    at: (instance) => {
      const key = podOf(instance);
      if (key?.kind === undefined) return undefined;
      if (!areRead) return balancerOf({ service: key, addresses: addressesOf(instance), createdAt: "" });
      const found = byName.get(podName(key));
      return found !== undefined && isAt(instance, found.ips) ? found : undefined;
    },
  };
}
