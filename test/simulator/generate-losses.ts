import type { Random } from "./random.ts";
import type { Allowed, Document, Event, Setup } from "./story.ts";

/** How many worlds lose a cluster, and how many the Region. */
const CLUSTERS = 0.15;
const REGIONS = 0.1;
const MANY = 1_000;

type World = { readonly setup: Setup; readonly events: readonly Event[] };

/** Has some worlds lose a cluster or the Region. All else in a world is as it was. */
export function withLosses({ setup, events }: World, random: Random, allowed: Allowed): World {
  const losesCluster = random.chance(CLUSTERS) && allowed("cluster-lost");
  const losesRegion = random.chance(REGIONS) && allowed("region-lost");
  const reached = losesCluster && random.chance(0.35) ? withKubeconfig(setup) : setup;
  const more = [
    ...(losesCluster ? clusterEvents(setup, random) : []),
    ...(losesRegion ? [regionEvent(setup, random)] : []),
  ];
  return { setup: reached, events: [...events, ...more].toSorted((a, b) => a.at - b.at) };
}

/** Whose an instance is goes by its cluster then: no name vouches for a new one. */
function withKubeconfig(setup: Setup): Setup {
  const documents = setup.documents.map((document): Document => ({
    ...document,
    isByKubeconfig: true,
    owner: `cluster-${document.place}`,
  }));
  return { ...setup, documents };
}

/** The loss, and now and then a watch of the cluster that takes over. All has been said before the world comes to rest. */
function clusterEvents({ length, clusters, documents }: Setup, random: Random): readonly Event[] {
  const at = Math.round(random.between(0, length * 0.5));
  const takesOver = random.between(500, length * 0.25);
  const networks = [clusters[0]?.network ?? "10.0", "10.5", "10.5"];
  const lost: Event = {
    at,
    kind: "cluster-lost",
    cluster: random.below(MANY),
    isSilent: random.chance(0.5),
    takesOver,
    network: random.pick(networks),
    pods: random.chance(0.5) ? 0 : random.between(500, 15_000),
    isRenamed: random.chance(0.5),
    vouches: random.chance(0.85) ? random.between(1_000, length * 0.2) : undefined,
    isBeside: random.chance(0.3),
  };
  const watches = Array.from({ length: random.below(2) }, (): Event => ({
    at: Math.round(at + takesOver + random.between(0, 5_000)),
    kind: "watch",
    document: random.below(documents.length),
    lasts: random.between(length / 4, length / 2),
    skew: 0,
  }));
  return [lost, ...watches];
}

function regionEvent({ length }: Setup, random: Random): Event {
  const at = Math.round(random.between(1_000, length * 0.7));
  return {
    at,
    kind: "region-lost",
    // Now and then the first pass after it is the one that has to make all true.
    lasts: random.chance(0.3) ? length - at : random.between(1_000, length * 0.3),
    isForGood: random.chance(0.25),
  };
}
