import {
  CLUSTER,
  distinct,
  generateClaims,
  generateDocument,
  generateMappings,
  SERVICES,
} from "./generate-document.ts";
import { withAddresses } from "./generate-addresses.ts";
import { withLosses } from "./generate-losses.ts";
import { generateEvents } from "./generate-events.ts";
import { createRandom } from "./random.ts";
import type { Random } from "./random.ts";
import type { Allowed, App, ClusterSetup, ConfigurationMapping, Document, Setup, Story } from "./story.ts";

const NAMESPACES = ["shop", "team"];
/** One world in so many holds a crowd: about as many instances as a service may. */
const CROWDS = 250;
/** Chance of its own, so that all else in a world is as it would be without. */
const ADDRESSES = 0x5eed_0000;
const LOSSES = 0x1055_0000;

/** The world of a seed. `without`: kinds of events that are left out, by their names. */
export function generate(seed: number, without: readonly string[] = []): Story {
  const allowed = (kind: string) => !without.includes(kind);
  const random = createRandom(seed);
  const isCrowd = seed % CROWDS === CROWDS - 1;
  const setup = isCrowd ? crowdSetup(random) : commonSetup(random, allowed);
  const world = { setup, events: generateEvents(setup, random, allowed, isCrowd) };
  if (isCrowd) return { seed, ...world };
  const placed = withAddresses(world, createRandom(seed + ADDRESSES), allowed);
  return { seed, ...withLosses(placed, createRandom(seed + LOSSES), allowed) };
}

function commonSetup(random: Random, allowed: Allowed): Setup {
  const isDualStack = random.chance(0.15);
  const isHttp = random.chance(0.3);
  const namespaces = [
    { name: "shop.local", type: isHttp ? ("HTTP" as const) : ("DNS_PRIVATE" as const) },
    ...(random.chance(0.3) ? [{ name: "edge.local", type: "HTTP" as const }] : []),
    // Exports go to the namespaces that are called like those of Kubernetes.
    { name: "shop", type: isHttp ? ("HTTP" as const) : ("DNS_PRIVATE" as const) },
    { name: "private.local", type: "DNS_PRIVATE" as const },
  ];
  const own = namespaces.map(({ name }) => name).filter((name) => name.endsWith(".local") && name !== "private.local");
  const clusters = [generateCluster(random, allowed, { name: "prod-0", own, isDualStack, network: "10.0" })];
  if (allowed("clusters") && random.chance(0.15))
    clusters.push(
      generateCluster(random, allowed, {
        name: "prod-1",
        own,
        isDualStack,
        network: random.chance(0.7) ? "10.3" : "10.0",
      }),
    );
  return {
    clusters,
    documents: generateDocuments(random, allowed, clusters, own),
    cloudMap: {
      namespaces,
      services: SERVICES.filter(() => random.chance(0.4)).map((name) => ({
        namespace: random.pick(own),
        name,
        hasCustomHealth: random.chance(0.2),
        foreign: random.chance(0.3) ? 1 + random.below(3) : 0,
      })),
      writesShow: random.pick(["accepted", "completed"]),
      operations: random.pick([
        [200, 1_500],
        [200, 5_000],
        [20, 100],
        [3_000, 20_000],
      ] as const),
      lag: random.chance(0.15) && allowed("lag") ? random.pick([500, 2_000, 5_000]) : 0,
    },
    length: random.pick([30_000, 60_000, 90_000]),
  };
}

function withoutPorts(document: Document): Document {
  return { ...document, id: "ip", mappings: document.mappings.map((one) => ({ ...one, id: "ip" as const })) };
}

type Surroundings = {
  readonly name: string;
  readonly own: readonly string[];
  readonly isDualStack: boolean;
  readonly network: string;
};

function generateCluster(
  random: Random,
  allowed: Allowed,
  { name, own, isDualStack, network }: Surroundings,
): ClusterSetup {
  const apps = Array.from({ length: 1 + random.below(4) }, (_, index): App => ({
    namespace: random.chance(0.75) ? "shop" : "team",
    name: ["red", "blue", "green", "grey"][index] ?? `app-${index}`,
    replicas: random.pick([0, 1, 1, 2, 3, 5]),
    isHostNetwork: random.chance(0.12) && !isDualStack,
    isDualStack,
  }));
  return {
    name,
    namespaces: NAMESPACES,
    nodes: 2 + random.below(5),
    addresses: 8 + random.below(24),
    network,
    pageSize: random.chance(0.3) ? 1 + random.below(4) : 500,
    apps,
    claims: allowed("claim") && random.chance(0.6) ? generateClaims(random, apps, own) : [],
  };
}

/** One for each cluster, and now and then a part beside it. Only one of a cluster's documents takes claims from it. */
function generateDocuments(
  random: Random,
  allowed: Allowed,
  clusters: readonly ClusterSetup[],
  own: readonly string[],
): readonly Document[] {
  const mayDiffer = allowed("ambiguous") && random.chance(0.1);
  const documents = clusters.flatMap(({ name, apps, claims }, place) => {
    const mappings = generateMappings(random, apps, own, claims.length === 0);
    const first = generateDocument(random, own, mayDiffer ? mappings : distinct(mappings), claims, allowed);
    const whole = {
      ...first,
      place,
      cluster: name,
      owner: `${CLUSTER}-${place}`,
      clusterArn: `${CLUSTER}-${place}`,
    };
    if (!allowed("parts") || !random.chance(0.15)) return [whole];
    const others = distinct(generateMappings(random, apps, own, true));
    const part = generateDocument(random, own, others, [], allowed);
    return [
      whole,
      { ...part, place, cluster: whole.cluster, owner: whole.owner, clusterArn: whole.clusterArn, part: "other" },
    ];
  });
  // What one creates the others use: ids without ports suit every service.
  return documents.length === 1 ? documents : documents.map(withoutPorts);
}

/** One service that is full, or nearly: a roll of all its pods, or a change of its ids. */
function crowdSetup(random: Random): Setup {
  const replicas = random.pick([600, 700, 1_000]);
  const app: App = { namespace: "shop", name: "red", replicas, isHostNetwork: false, isDualStack: false };
  const mapping: ConfigurationMapping = {
    service: "web",
    namespace: "shop.local",
    pods: { namespace: "shop", selector: "app=red" },
    port: 8080,
  };
  const plain = generateDocument(random, ["shop.local"], [mapping], [], () => false);
  return {
    clusters: [
      {
        name: "prod",
        namespaces: NAMESPACES,
        nodes: 5,
        addresses: 2_200,
        network: "10.0",
        pageSize: 500,
        apps: [app],
        claims: [],
      },
    ],
    documents: [{ ...plain, policy: "sync", id: "ip" }],
    cloudMap: {
      namespaces: [
        { name: "shop.local", type: "HTTP" },
        { name: "private.local", type: "DNS_PRIVATE" },
      ],
      services: [],
      writesShow: "completed",
      operations: [200, 1_500],
      lag: 0,
    },
    length: 200_000,
  };
}
