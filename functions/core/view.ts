import type { Selection } from "./claims.ts";
import { deriveDesired } from "./desired.ts";
import type { Desired } from "./desired.ts";
import { InputError, toError } from "./errors.ts";
import { deriveKind } from "./kind.ts";
import { queryKey, serviceName } from "./model.ts";
import type { Instance, NamespaceType, Pod, PodQuery, Read, ServiceKind } from "./model.ts";
import { unsettledInstances } from "./removals.ts";
import type { NodesRead, World } from "./ports.ts";
import type { Subject } from "./resolve.ts";
import { createSightings, deriveLookups } from "./sightings.ts";
import type { Listing, Sightings } from "./sightings.ts";
import type { Settings } from "./settings.ts";

/** A service as the registry held it. */
export type Observed = { readonly subject: Subject; readonly instances: readonly Instance[] };

/** The same service with what its pods ask for. */
export type Seen = Observed & { readonly kind: ServiceKind; readonly desired: Desired };

/** The cluster as one pass sees it. */
export type View = {
  /** Milliseconds since the epoch: when the first of its lists began. */
  readonly listedAt: number;
  readonly nodes: NodesRead;
  readonly sightings: Sightings;
  readonly sawAnyPod: boolean;
  /** One for each service that was asked for, in that order. */
  readonly services: readonly Read<Seen>[];
};

/**
 * Lists the pods of services whose instances have been read; never before that. Instances whose pod no list showed are
 * then looked for, so that every removal knows whether its pod is gone or lives on unselected.
 */
export async function takeView(observed: readonly Read<Observed>[], world: World): Promise<View> {
  const { settings, now } = world;
  const listedAt = now();
  const queries = observed.flatMap((one) =>
    "failure" in one ? [] : one.value.subject.mappings.map(({ pods }) => pods),
  );
  const [selected, nodes] = await Promise.all([listPods(queries, world), listNodes(observed, world)]);
  const seen = observed.map((one) => mapRead(one, (service) => derive(service, selected, nodes, settings)));
  const first = createSightings(listingsOf(selected), nodes);
  const lookups = seen.map((one) =>
    "failure" in one ? [] : deriveLookups(unsettledInstances({ ...one.value, sightings: first, settings })),
  );
  const found = await listPods(lookups.flat(), world);
  return {
    listedAt,
    nodes,
    sightings: createSightings([...listingsOf(selected), ...listingsOf(found)], nodes),
    sawAnyPod: [...listingsOf(selected), ...listingsOf(found)].some(({ pods }) => pods.length > 0),
    services: seen.map((one, index) => failureAmong(lookups[index] ?? [], found) ?? one),
  };
}

type Lists = ReadonlyMap<string, { readonly query: PodQuery; readonly read: Read<readonly Pod[]> }>;

async function listPods(queries: readonly PodQuery[], { cluster }: World): Promise<Lists> {
  const distinct = new Map(queries.map((query) => [queryKey(query), query]));
  if (distinct.size === 0) return new Map();
  const reads = await cluster.listPods([...distinct.values()]);
  return new Map(
    [...distinct].map(([key, query]) => [
      key,
      { query, read: reads.get(key) ?? { failure: new Error(`pods of ${query.namespace} were not listed`) } },
    ]),
  );
}

/** Where no service has mappings or instances there is nothing that a node could tell about. */
async function listNodes(observed: readonly Read<Observed>[], { cluster }: World): Promise<NodesRead> {
  const isIdle = observed.every(
    (one) => "failure" in one || one.value.subject.mappings.length + one.value.instances.length === 0,
  );
  return isIdle ? { state: "off" } : cluster.listNodes();
}

function derive(observed: Observed, lists: Lists, nodes: NodesRead, settings: Settings): Read<Seen> {
  const { subject } = observed;
  const failure = failureAmong(
    subject.mappings.map(({ pods }) => pods),
    lists,
  );
  if (failure !== undefined) return failure;
  const selections = subject.mappings.map((mapping): Selection => {
    const list = lists.get(queryKey(mapping.pods))?.read;
    return { mapping, pods: list !== undefined && "value" in list ? list.value : [] };
  });
  if (subject.service === undefined && !settings.createServices)
    return {
      failure: new InputError(
        `service ${serviceName(subject.key)} does not exist and \`createServices\` is off; create it, or switch that on`,
      ),
    };
  const kind = subject.service ?? deriveKind(namespaceType(subject), selections, nodes, settings) ?? NO_KIND;
  return { value: { ...observed, kind, desired: deriveDesired(kind, selections, nodes, settings) } };
}

/** Of a service that does not exist and has no pods: there is nothing to derive. */
const NO_KIND: ServiceKind = { records: [], health: "none" };

function namespaceType({ namespace }: Subject): NamespaceType {
  return namespace !== undefined && "value" in namespace ? namespace.value.type : "DNS_PRIVATE";
}

function failureAmong(queries: readonly PodQuery[], lists: Lists): { readonly failure: Error } | undefined {
  for (const query of queries) {
    const read = lists.get(queryKey(query))?.read;
    if (read !== undefined && "failure" in read) return read;
  }
  return undefined;
}

function listingsOf(lists: Lists): readonly Listing[] {
  return [...lists.values()].flatMap(({ query, read }) => ("value" in read ? [{ query, pods: read.value }] : []));
}

function mapRead<T, U>(read: Read<T>, map: (value: T) => Read<U>): Read<U> {
  return "failure" in read ? read : map(read.value);
}

/** Settles what one service's work comes to, so that its failure stays its own. */
export async function settle<T>(work: () => Promise<T>): Promise<Read<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    return { failure: toError(error) };
  }
}
