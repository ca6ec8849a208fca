import { podName, queryKey } from "../../core/model.ts";
import type { Instance, Pod, PodQuery, Read, Service } from "../../core/model.ts";
import type { NamespaceRead, NodesRead, SourceRead, World } from "../../core/ports.ts";

/** What a pass has read, kept as it came. */
export type Reads = {
  sources: readonly SourceRead[];
  namespaces: readonly NamespaceRead[];
  nodes: NodesRead;
  /** By `queryKey`. */
  readonly pods: Map<string, { readonly query: PodQuery; readonly read: Read<readonly Pod[]> }>;
  readonly instances: Map<Service, readonly Instance[]>;
};

/** A world that remembers what is read of it, so that more can be told than the report of a pass without reading again. */
export function recordReads(world: World): { readonly world: World; readonly reads: Reads } {
  const { cluster, registry } = world;
  const reads: Reads = { sources: [], namespaces: [], nodes: { state: "off" }, pods: new Map(), instances: new Map() };
  return {
    reads,
    world: {
      ...world,
      cluster: {
        ...cluster,
        listMappings: async (until) => (reads.sources = await cluster.listMappings(until)),
        listNodes: async (until) => (reads.nodes = await cluster.listNodes(until)),
        listPods: async (queries, until, keep) => {
          const lists = await cluster.listPods(queries, until, keep);
          for (const query of queries) {
            const read = lists.get(queryKey(query));
            if (read !== undefined) reads.pods.set(queryKey(query), { query, read });
          }
          return lists;
        },
      },
      registry: {
        ...registry,
        listNamespaces: async (until) => {
          const found = await registry.listNamespaces(until);
          reads.namespaces = found.map(({ asked, read }) =>
            "failure" in read ? { asked, read } : { asked, read: { value: { namespace: read.value, services: [] } } },
          );
          return found;
        },
        listServicesIn: async (namespace, until, how) => {
          const services = await registry.listServicesIn(namespace, until, how);
          reads.namespaces = reads.namespaces.map(({ asked, read }) =>
            "value" in read && read.value.namespace.id === namespace.id
              ? { asked, read: { value: { namespace, services } } }
              : { asked, read },
          );
          return services;
        },
        listInstances: async (service, until) => {
          const instances = await registry.listInstances(service, until);
          reads.instances.set(service, instances);
          return instances;
        },
      },
    },
  };
}

/** The load balancers of Services that the claims have shown. */
export function balancersRead({ sources }: Pick<Reads, "sources">): readonly Pod[] {
  return sources.flatMap((source) => (source.state === "read" ? (source.balancers ?? []) : []));
}

/** Every pod that a list of the pass has shown, once. */
export function podsRead({ pods }: Pick<Reads, "pods">): readonly Pod[] {
  const all = [...pods.values()].flatMap(({ read }) => ("value" in read ? read.value : []));
  return [...new Map(all.map((pod) => [podName(pod.key), pod])).values()];
}
