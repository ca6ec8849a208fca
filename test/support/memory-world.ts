import { podOf } from "../../functions/core/instances.ts";
import { createHistory } from "../../functions/core/history.ts";
import type { History } from "../../functions/core/history.ts";
import { podName, queryKey } from "../../functions/core/model.ts";
import type { Change } from "../../functions/core/change.ts";
import type { CloudMapNamespace, Instance, Pod, PodQuery, Read, Service } from "../../functions/core/model.ts";
import type {
  Cluster,
  NamespaceRead,
  NodesRead,
  Outcome,
  Registry,
  SourceRead,
  World,
} from "../../functions/core/ports.ts";
import type { Settings } from "../../functions/core/settings.ts";
import { readSelector } from "../../functions/core/selectors.ts";
import { instance, namespace, NO_NODES, pod, service } from "./builders.ts";

/** What Cloud Map holds: service name → instance id → instance. Several worlds may share one. */
export type MemoryRegistry = Map<string, Map<string, Instance>>;

/** The pods of a cluster, by name; a test changes it while passes run. */
export type MemoryCluster = Map<string, Pod>;

export type Hooks = {
  /** Called before each call of a port takes effect; it may wait, or throw in its place. */
  readonly before: (call: PortCall) => Promise<void>;
  /** What a list of pods shows; by default, the pods as they are then. */
  readonly podsShown: (pods: MemoryCluster) => readonly Pod[];
  /** Why a list of pods fails. */
  readonly listFailure: (query: PodQuery) => Error | undefined;
  /** What becomes of a change; by default, it is made. */
  readonly outcomeOf: (change: Change) => Outcome;
  /** What is asked of a service's instances; by default, A records and no health. */
  readonly kindOf: (service: string) => Partial<Service>;
  readonly namespaces: readonly NamespaceRead[];
  /** As they are, or as a list of them shows them then. */
  readonly nodes: NodesRead | (() => NodesRead);
  readonly history: History;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly pause: (milliseconds: number) => Promise<void>;
};

export type PortCall =
  | { readonly kind: "list-mappings" | "list-services" | "list-nodes" }
  | { readonly kind: "list-instances" | "create-service" | "delete-service"; readonly service: string }
  | { readonly kind: "list-pods"; readonly queries: readonly PodQuery[] }
  | { readonly kind: "has-any-pod"; readonly namespaces: readonly string[] }
  | { readonly kind: "write"; readonly service: string; readonly change: Change };

/** A world in memory, whose ports take effect at once and in the order of their calls. */
export function createMemoryWorld(
  pods: MemoryCluster,
  instances: MemoryRegistry,
  sources: readonly SourceRead[],
  settings: Settings,
  hooks: Partial<Hooks> = {},
): World {
  const {
    before = () => Promise.resolve(),
    podsShown = (all: MemoryCluster) => [...all.values()],
    listFailure = () => undefined,
    now = standingClock(),
    pause = () => Promise.resolve(),
    outcomeOf = (change) => done(change, now()),
    kindOf = () => ({}),
    nodes = NO_NODES,
    history = createHistory(),
  } = hooks;
  const cluster: Cluster = {
    listMappings: async () => {
      await before({ kind: "list-mappings" });
      return sources;
    },
    listPods: async (queries) => {
      await before({ kind: "list-pods", queries });
      const shown = podsShown(pods);
      return new Map(
        queries.map((query) => {
          const failure = listFailure(query);
          const value = shown.filter((pod) => isSelected(pod, query));
          return [queryKey(query), failure === undefined ? { value } : { failure }];
        }),
      );
    },
    listNodes: async () => {
      await before({ kind: "list-nodes" });
      return typeof nodes === "function" ? nodes() : nodes;
    },
    hasAnyPod: async (namespaces) => {
      await before({ kind: "has-any-pod", namespaces });
      return pods.size > 0;
    },
  };
  const readNamespaces = () => hooks.namespaces ?? [namespaceRead(instances, kindOf)];
  const registry: Registry = {
    listNamespaces: async () => readNamespaces().map(({ asked, read }) => ({ asked, read: namespaceOf(read) })),
    listServicesIn: async ({ id }) => {
      await before({ kind: "list-services" });
      return readNamespaces().flatMap(({ read }) =>
        "value" in read && read.value.namespace.id === id ? read.value.services : [],
      );
    },
    createService: async (within, name, kind) => {
      await before({ kind: "create-service", service: name });
      if (instances.has(name)) return undefined;
      instances.set(name, new Map());
      return service({ name, namespace: within, ...kind, instanceCount: 0 });
    },
    deleteService: async ({ name }) => {
      await before({ kind: "delete-service", service: name });
      return instances.get(name)?.size === 0 && instances.delete(name);
    },
    listInstances: async ({ name }) => {
      await before({ kind: "list-instances", service: name });
      return [...(instances.get(name)?.values() ?? [])];
    },
    apply: async ({ name }, changes, { begin }) => {
      const outcomes: Outcome[] = [];
      for (const change of changes) {
        const outcome: Outcome = now() > begin ? { change, result: "not-begun" } : outcomeOf(change);
        outcomes.push(outcome);
        if (outcome.result !== "done") continue;
        await before({ kind: "write", service: name, change });
        makeChange(instances.get(name) ?? new Map(), change);
      }
      return outcomes;
    },
  };
  return { cluster, registry, settings, history, version: "0.0.0", now, pause };
}

/** Time stands still, so that whoever waits for it asks for ever: such a one fails. */
export function standingClock(): () => number {
  let asked = 0;
  return () => {
    asked += 1;
    if (asked > 100_000) throw new Error("the time was asked for 100,000 times, and stands still");
    return 0;
  };
}

/** A change that was made, and confirmed at a time in milliseconds since the epoch. */
export function done(change: Change, at = 0): Outcome {
  return { change, result: "done", at };
}

export function memoryCluster(...pods: readonly Pod[]): MemoryCluster {
  return new Map(pods.map((one) => [podName(one.key), one]));
}

export function memoryRegistry(services: Readonly<Record<string, readonly Instance[]>>): MemoryRegistry {
  return new Map(Object.entries(services).map(([name, held]) => [name, new Map(held.map((one) => [one.id, one]))]));
}

export type Crowd = { readonly pods: readonly Pod[]; readonly instances: readonly Instance[] };

/** Pods and the instances that they have, numbered from `from`; what is given, all of them have. */
export function crowd(
  count: number,
  from = 0,
  wanted: Omit<NonNullable<Parameters<typeof pod>[0]>, "ips"> = {},
): Crowd {
  const numbers = Array.from({ length: count }, (_, index) => from + index);
  return {
    pods: numbers.map((number) => pod({ name: `crowd-${number}`, ip: addressOf(number), ...wanted })),
    instances: numbers.map((number) => instance({ pod: `crowd-${number}`, id: addressOf(number) })),
  };
}

function addressOf(number: number): string {
  return `10.1.${number >> 8}.${number & 255}`;
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
    .toSorted()
    .join("; ");
}

function namespaceRead(instances: MemoryRegistry, kindOf: Hooks["kindOf"]): NamespaceRead {
  const services = [...instances].map(([name, held]) => service({ name, instanceCount: held.size, ...kindOf(name) }));
  return { asked: namespace().name, read: { value: { namespace: namespace(), services } } };
}

function namespaceOf(read: NamespaceRead["read"]): Read<CloudMapNamespace> {
  return "failure" in read ? read : { value: read.value.namespace };
}

function isSelected(pod: Pod, query: PodQuery): boolean {
  if (pod.key.namespace !== query.namespace) return false;
  if (query.name !== undefined && pod.key.name !== query.name) return false;
  return readSelector(query.labelSelector)(pod.labels);
}

/** What a write does to the instances of a service. */
export function makeChange(held: Map<string, Instance>, change: Change): void {
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
