import { podOf } from "../../functions/core/instances.ts";
import { podName, queryKey } from "../../functions/core/model.ts";
import type { Change, Instance, Pod, PodQuery, Service } from "../../functions/core/model.ts";
import type { Cluster, NamespaceRead, Registry, SourceRead, World } from "../../functions/core/ports.ts";
import type { Settings } from "../../functions/core/settings.ts";
import { namespace, NO_NODES, service } from "./builders.ts";

/** What Cloud Map holds: service name → instance id → instance. Several worlds may share one. */
export type MemoryRegistry = Map<string, Map<string, Instance>>;

/** The pods of a cluster, by name; a test changes it while passes run. */
export type MemoryCluster = Map<string, Pod>;

export type Hooks = {
  /** Called before each call of a port takes effect; it may wait. */
  readonly before: (call: PortCall) => Promise<void>;
  /** What a list of pods shows; by default, the pods as they are then. */
  readonly podsShown: (pods: MemoryCluster) => readonly Pod[];
};

export type PortCall =
  | { readonly kind: "list-mappings" | "list-instances" | "list-pods" }
  | { readonly kind: "write"; readonly service: string; readonly change: Change };

/** A world in memory, whose ports take effect at once and in the order of their calls. */
export function createMemoryWorld(
  pods: MemoryCluster,
  instances: MemoryRegistry,
  sources: readonly SourceRead[],
  settings: Settings,
  hooks: Partial<Hooks> = {},
): World {
  const before = hooks.before ?? (() => Promise.resolve());
  const podsShown = hooks.podsShown ?? ((all: MemoryCluster) => [...all.values()]);
  const cluster: Cluster = {
    listMappings: async () => {
      await before({ kind: "list-mappings" });
      return sources;
    },
    listPods: async (queries) => {
      await before({ kind: "list-pods" });
      const shown = podsShown(pods);
      return new Map(
        queries.map((query) => [queryKey(query), { value: shown.filter((pod) => isSelected(pod, query)) }]),
      );
    },
    listNodes: () => Promise.resolve(NO_NODES),
    hasAnyPod: () => Promise.resolve(pods.size > 0),
  };
  const registry: Registry = {
    listServices: () => Promise.resolve([namespaceRead(instances)]),
    createService: (within, name, kind) => {
      if (instances.has(name)) return Promise.resolve(undefined);
      instances.set(name, new Map());
      return Promise.resolve(service({ name, namespace: within, ...kind, instanceCount: 0 }));
    },
    deleteService: ({ name }) => Promise.resolve(instances.get(name)?.size === 0 && instances.delete(name)),
    listInstances: async ({ name }) => {
      await before({ kind: "list-instances" });
      return [...(instances.get(name)?.values() ?? [])];
    },
    apply: async ({ name }, changes) => {
      for (const change of changes) {
        await before({ kind: "write", service: name, change });
        write(instances.get(name), change);
      }
      return changes.map((change) => ({ change, result: "done" }));
    },
  };
  return { cluster, registry, settings, now: () => 0 };
}

/** Registry contents as text: equal for equal contents. */
export function showRegistry(instances: MemoryRegistry): string {
  return [...instances]
    .flatMap(([name, held]) =>
      [...held.values()].map((instance) => {
        const pod = podOf(instance);
        const owner = instance.attributes["eks-cloudmap-sync/owner"] ?? "nobody";
        return `${name}/${instance.id}=${pod === undefined ? "-" : podName(pod)} of ${owner}`;
      }),
    )
    .sort()
    .join("; ");
}

function namespaceRead(instances: MemoryRegistry): NamespaceRead {
  const services = [...instances].map(([name, held]): Service => service({ name, instanceCount: held.size }));
  return { asked: namespace().name, read: { value: { namespace: namespace(), services } } };
}

function isSelected(pod: Pod, query: PodQuery): boolean {
  if (pod.key.namespace !== query.namespace) return false;
  if (query.name !== undefined && pod.key.name !== query.name) return false;
  const wanted = query.labelSelector === "" ? [] : query.labelSelector.split(",").map((one) => one.split("="));
  return wanted.every(([key, value]) => key !== undefined && pod.labels[key] === value);
}

function write(held: Map<string, Instance> | undefined, change: Change): void {
  if (held === undefined) throw new Error("no such service");
  const known = held.get(change.id);
  switch (change.kind) {
    case "register":
      held.set(change.id, { id: change.id, attributes: change.attributes, health: change.health });
      return;
    case "deregister":
      held.delete(change.id);
      return;
    case "set-health":
      if (known !== undefined) held.set(change.id, { ...known, health: change.health });
      return;
    default:
      change satisfies never;
  }
}
