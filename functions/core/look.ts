import { queryKey } from "./model.ts";
import type { KeepLabels, Pod, PodQuery, Read } from "./model.ts";
import { viewNodes } from "./nodes.ts";
import type { NodesView } from "./nodes.ts";
import type { NodesRead, World } from "./ports.ts";
import { readSelector, selectorLabel } from "./selectors.ts";
import { sightNamespace } from "./sightings.ts";
import type { Listing, NamespaceSightings } from "./sightings.ts";

/**
 * With more selectors than `FEW` a Kubernetes namespace is listed once, as a whole, and its pods are selected here. Where they are
 * a small `PART` of those that its claims have it takes more, up to `MANY`: a pass over some services of a large namespace would
 * read the pods of all the others.
 */
const FEW = 3;
const MANY = 20;
const PART = 1 / 10;
/** Lists that take longer than this, in milliseconds, were begun again or are long: nodes listed beside them are older than they are. */
const PROMPT = 1_000;

/** The cluster as one round sees it: every list is begun after the registry was read, and made once, whoever asks for it. */
export type Look = {
  /** When the first of its lists was begun, in milliseconds since the epoch. */
  readonly listedAt: number;
  readonly nodes: Promise<{ readonly read: NodesRead; readonly view: NodesView }>;
  /** The nodes as they were since these pods were listed, as far as it matters to them. */
  readonly nodesSince: (pods: readonly Pod[]) => Promise<NodesView>;
  /** The pods that a query of this round selects. */
  readonly podsOf: (query: PodQuery) => Promise<Read<readonly Pod[]>>;
  /** What the lists of a Kubernetes namespace show; empty where none of this round is of it, or none could be completed. */
  readonly sight: (namespace: string) => Promise<NamespaceSightings>;
  /** Whether the cluster holds any pod at all; without the right to ask that, whether any of the Kubernetes namespaces does. */
  readonly anyPod: (namespaces: readonly string[]) => Promise<boolean>;
  /** Looks for pods that no list has shown. */
  readonly lookUp: (queries: readonly PodQuery[]) => Promise<readonly Lookup[]>;
};

export type Lookup = { readonly query: PodQuery; readonly read: Read<readonly Pod[]> };

type Wanted = {
  readonly queries: readonly PodQuery[];
  /** Every query that claims have, in scope or not. */
  readonly known: readonly PodQuery[];
  readonly needsNodes: boolean;
  readonly keep: KeepLabels;
  /** Whether nodes have to be as they are now. */
  readonly fresh: boolean;
};

/** Begins the lists of all Kubernetes namespaces at once, so that none waits for a slow one. */
export function beginLook({ queries, known, keep, needsNodes, fresh }: Wanted, until: number, world: World): Look {
  const { cluster, now } = world;
  const listedAt = now();
  const nodes = (needsNodes ? cluster.listNodes(until, { fresh }) : Promise.resolve<NodesRead>({ state: "off" })).then(
    (read) => ({
      read,
      view: viewNodes(read),
    }),
  );
  const all = byNamespace(known);
  const namespaces = new Map(
    [...byNamespace(queries)].map(([name, asked]) => [
      name,
      listNamespace(isFew(asked, all.get(name) ?? []) ? asked : [everyPod(name)], keep, until, world),
    ]),
  );
  const sights = new Map<string, Promise<NamespaceSightings>>();
  let renewed: Promise<NodesView> | undefined;
  let anyPod: Promise<boolean> | undefined;
  return {
    listedAt,
    nodes,
    nodesSince: async (pods) => {
      const { view } = await nodes;
      if ((fresh && now() - listedAt <= PROMPT) || !pods.some(view.isUnexplained)) return view;
      renewed ??= cluster.listNodes(until, { fresh: true }).then(viewNodes);
      return renewed;
    },
    podsOf: async (query) => {
      const listed = await namespaces.get(query.namespace);
      return listed?.podsOf(query) ?? { failure: new Error(`the pods of ${query.namespace} were not listed`) };
    },
    sight: (name) => {
      const known = sights.get(name);
      if (known !== undefined) return known;
      const sight = Promise.all([namespaces.get(name), nodes]).then(([listed, { view }]) =>
        sightNamespace(listed?.listings ?? [], view),
      );
      sights.set(name, sight);
      return sight;
    },
    anyPod: (asked) => (anyPod ??= cluster.hasAnyPod(asked, until)),
    lookUp: async (asked) => {
      if (asked.length === 0) return [];
      const reads = await cluster.listPods(asked, until, keep);
      return asked.map((query) => ({ query, read: reads.get(queryKey(query)) ?? notListed(query) }));
    },
  };
}

type Listed = {
  readonly listings: readonly Listing[];
  readonly podsOf: (query: PodQuery) => Read<readonly Pod[]> | undefined;
};

/** Each query once, but for those of load balancers, which the claims show. */
function byNamespace(queries: readonly PodQuery[]): ReadonlyMap<string, readonly PodQuery[]> {
  const ofPods = queries.filter(({ kind }) => kind === undefined);
  const distinct = new Map(ofPods.map((query) => [queryKey(query), query]));
  return Map.groupBy(distinct.values(), ({ namespace }) => namespace);
}

function isFew(asked: readonly PodQuery[], known: readonly PodQuery[]): boolean {
  return asked.length <= Math.max(FEW, Math.min(MANY, known.length * PART));
}

function everyPod(namespace: string): PodQuery {
  return { namespace, labelSelector: "" };
}

async function listNamespace(
  queries: readonly PodQuery[],
  keep: KeepLabels,
  until: number,
  { cluster }: World,
): Promise<Listed> {
  const whole = queries.find(({ labelSelector, name }) => labelSelector === "" && name === undefined);
  const asked = whole === undefined ? queries : [whole];
  const reads = await cluster.listPods(asked, until, keep);
  const listings = asked.flatMap((query): readonly Listing[] => {
    const read = reads.get(queryKey(query));
    return read !== undefined && "value" in read ? [{ query, pods: read.value }] : [];
  });
  if (whole === undefined) return { listings, podsOf: (query) => reads.get(queryKey(query)) };
  const all = reads.get(queryKey(whole)) ?? notListed(whole);
  if ("failure" in all) return { listings, podsOf: () => all };
  const select = createSelect(all.value);
  return { listings, podsOf: ({ labelSelector }) => ({ value: select(labelSelector) }) };
}

/**
 * Lists that are cut out of one are of one moment: a pod that is relabelled meanwhile is in one of them. Selectors that name a
 * label are asked only of the pods that have it: to go through all of them for each service would take services times pods.
 */
function createSelect(pods: readonly Pod[]): (selector: string) => readonly Pod[] {
  const byLabel = new Map<string, ReadonlyMap<string | undefined, readonly Pod[]>>();
  const having = (key: string, value: string) => {
    const known = byLabel.get(key) ?? Map.groupBy(pods, ({ labels }) => labels[key]);
    byLabel.set(key, known);
    return known.get(value) ?? [];
  };
  return (selector) => {
    const isSelected = readSelector(selector);
    const label = selectorLabel(selector);
    const some = label === undefined ? pods : having(label.key, label.value);
    return some.filter(({ labels }) => isSelected(labels));
  };
}

function notListed({ namespace }: PodQuery): { readonly failure: Error } {
  return { failure: new Error(`the pods of namespace ${namespace} were not listed; the next pass lists them`) };
}
