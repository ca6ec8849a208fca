import type { Random } from "./random.ts";
import type { Allowed, Document, Event, FaultKind, Seam, Setup, What } from "./story.ts";

type Make = (random: Random, setup: Setup) => What;

const MANY = 1_000;
/** Pods that change, in ways that hurt more or less often. */
const CLUSTER: Readonly<Record<string, Make>> = {
  "scale-up": (random) => ({
    kind: "scale-up",
    app: random.below(MANY),
    by: 1 + random.below(3),
    address: random.between(300, 3_000),
    ready: random.between(200, 8_000),
  }),
  delete: (random) => ({ kind: "delete", pod: random.below(MANY), grace: random.pick([100, 2_000, 10_000, 30_000]) }),
  "force-delete": (random) => ({ kind: "force-delete", pod: random.below(MANY), successor: random.chance(0.7) }),
  finish: (random) => ({ kind: "finish", pod: random.below(MANY), phase: random.pick(["Succeeded", "Failed"]) }),
  flap: (random) => ({ kind: "flap", pod: random.below(MANY), lasts: random.between(500, 15_000) }),
  "unready-all": (random) => ({ kind: "unready-all", app: random.below(MANY), lasts: random.between(1_000, 30_000) }),
  restart: (random) => ({ kind: "restart", pod: random.below(MANY), ready: random.between(200, 4_000) }),
  rollout: (random) => ({
    kind: "rollout",
    app: random.below(MANY),
    ready: random.between(200, 3_000),
    minReady: random.pick([0, 50, 1_000, 3_000]),
    grace: random.pick([100, 1_000, 5_000]),
    step: 1 + random.below(3),
  }),
  relabel: (random) => ({
    kind: "relabel",
    pod: random.below(MANY),
    app: random.below(MANY),
    back: random.chance(0.5) ? random.between(500, 10_000) : 0,
  }),
  drain: (random) => ({ kind: "drain", node: random.below(MANY) }),
  "node-dies": (random) => ({ kind: "node-dies", node: random.below(MANY), evicts: random.between(10_000, 60_000) }),
  silence: (random) => ({
    kind: "silence",
    share: random.pick([0.4, 0.6, 1]),
    step: random.between(200, 5_000),
    lasts: random.between(2_000, 30_000),
  }),
  claim: (random) => ({
    kind: "claim",
    claim: random.below(MANY),
    does: random.pick(["goes", "comes", "breaks", "selects", "publishes"]),
    app: random.below(MANY),
    lasts: random.chance(0.6) ? random.between(1_000, 20_000) : 0,
  }),
  crd: (random) => ({ kind: "crd", lasts: random.between(2_000, 20_000) }),
};

const CLOUD: Readonly<Record<string, Make>> = {
  foreign: (random) => ({ kind: "foreign", service: random.below(MANY), at: random.below(MANY) }),
  mesh: (random) => ({
    kind: "mesh",
    service: random.below(MANY),
    pod: random.below(MANY),
    isGone: random.chance(0.3),
  }),
  restamp: (random) => ({ kind: "restamp", instance: random.below(MANY) }),
  "person-removes": (random) => ({ kind: "person-removes", instance: random.below(MANY) }),
  tamper: (random) => ({
    kind: "tamper",
    instance: random.below(MANY),
    pod: random.pick([undefined, "a,b", "a=b", "a\\b", "nobody"]),
  }),
  "service-goes": (random) => ({
    kind: "service-goes",
    service: random.below(MANY),
    back: random.chance(0.5) ? random.between(500, 20_000) : 0,
  }),
  document: (random, setup) => {
    const document = random.below(setup.documents.length);
    return { kind: "document", document, change: documentChange(random, setup, document) };
  },
};

const FAULTS: Readonly<Record<string, readonly [Seam, FaultKind]>> = {
  "list-cut": ["list", "cut"],
  "list-expired": ["list", "expired"],
  "list-forbidden": ["list", "forbidden"],
  "list-error": ["list", "error"],
  "list-reset": ["list", "reset"],
  "list-repeated": ["list", "repeated"],
  "list-slow": ["list", "slow"],
  "list-silent": ["list", "silent"],
  "nodes-forbidden": ["nodes", "forbidden"],
  "nodes-error": ["nodes", "error"],
  "nodes-slow": ["nodes", "slow"],
  "objects-forbidden": ["objects", "forbidden"],
  "objects-error": ["objects", "error"],
  "objects-slow": ["objects", "slow"],
  "registry-throttled": ["registry", "throttled"],
  "registry-error": ["registry", "error"],
  "registry-slow": ["registry", "slow"],
  "services-forbidden": ["services", "forbidden"],
  "services-throttled": ["services", "throttled"],
  "stale-counts": ["services", "stale-counts"],
  "write-throttled": ["write", "throttled"],
  "write-error": ["write", "error"],
  "write-reset": ["write", "reset"],
  "write-slow": ["write", "slow"],
  "write-silent": ["write", "silent"],
  "write-lost": ["write", "answer-lost"],
  "write-quota": ["write", "quota"],
  "write-forbidden": ["write", "forbidden"],
  "operation-slow": ["operation", "slow"],
  "operation-fails": ["operation", "fails"],
  "operation-hangs": ["operation", "hangs"],
  "ec2-error": ["ec2", "error"],
};

/** What happens in a world, by the clock. A world has its own selection of kinds. */
export function generateEvents(setup: Setup, random: Random, allowed: Allowed, isCrowd: boolean): readonly Event[] {
  const { length } = setup;
  const events: Event[] = [];
  const add = (at: number, what: What) => events.push({ at: Math.round(at), ...what });
  if (isCrowd) crowdEvents(random, add);
  else {
    const kinds = (all: Readonly<Record<string, unknown>>, share: number) =>
      Object.keys(all).filter((kind) => random.chance(share) && allowed(kind));
    const cluster = kinds(CLUSTER, 0.4).filter(isDistinct);
    const cloud = kinds(CLOUD, 0.3);
    const faults = random.chance(0.7) ? kinds(FAULTS, 0.15).filter((name) => isTold(name, cluster)) : [];
    passEvents(random, setup, allowed, add);
    const times = (most: number) => Array.from({ length: random.below(most) }, () => random.between(0, length * 0.8));
    if (cluster.length > 0)
      for (const at of times(length / 4_000)) add(at, make(CLUSTER, random.pick(cluster), random, setup));
    if (cloud.length > 0) for (const at of times(6)) add(at, make(CLOUD, random.pick(cloud), random, setup));
    for (const name of faults) {
      const [seam, fault] = FAULTS[name] ?? ["write", "error"];
      add(random.between(0, length * 0.7), {
        kind: "fault",
        seam,
        fault,
        chance: random.pick([0.1, 0.5, 1]),
        lasts: random.between(1_000, length / 2),
      });
    }
    if (allowed("kill") && random.chance(0.4))
      for (const at of times(4)) add(at, { kind: "kill", afterCalls: 1 + random.below(25) });
    if (allowed("destroy") && random.chance(0.15))
      add(random.between(length / 4, length * 0.8), { kind: "destroy", document: random.below(MANY), left: 120_000 });
  }
  return events.toSorted((a, b) => a.at - b.at);
}

/** Of nodes that are silent and dead it is not said whether they count as cut off. */
function isDistinct(kind: string, _index: number, kinds: readonly string[]): boolean {
  return kind !== "node-dies" || !kinds.includes("silence");
}

/** Who may not read nodes cannot know that they are silent. */
function isTold(fault: string, kinds: readonly string[]): boolean {
  return fault !== "nodes-forbidden" || !kinds.includes("silence");
}

/** The schedule's passes, close together, and what comes in between. */
function passEvents(
  random: Random,
  { length, documents }: Setup,
  allowed: Allowed,
  add: (at: number, what: What) => void,
): void {
  const pass = (cause: "schedule" | "queue" | "resync", document = random.below(MANY)) => ({
    kind: "pass" as const,
    document,
    cause,
    scope: random.below(MANY),
    sweep: cause !== "queue" && random.chance(0.4),
    force: cause === "resync" && allowed("force") && random.chance(0.3),
    dryRun: cause === "resync" && random.chance(0.4),
    isCold: random.chance(0.2),
    left: allowed("short") && random.chance(0.1) ? random.between(3_000, 40_000) : 120_000,
    skew: allowed("skew") && random.chance(0.15) ? random.pick([-120_000, -2_000, 5_000, 600_000]) : 0,
  });
  const every = random.pick([6_000, 10_000, 20_000, 30_000]);
  for (const document of documents.keys())
    for (let at = random.between(100, 2_000); at < length; at += every * documents.length * random.between(0.8, 1.2))
      add(at, pass("schedule", document));
  if (random.chance(0.5))
    for (let left = random.below(5); left > 0; left--)
      add(random.between(0, length), pass(random.pick(["queue", "queue", "resync"])));
  if (allowed("watch") && random.chance(0.5))
    add(random.between(0, length / 3), {
      kind: "watch",
      document: random.below(MANY),
      lasts: random.between(length / 3, length),
      skew: 0,
    });
}

/** The pods of a crowd are all replaced between two passes, or its ids change. */
function crowdEvents(random: Random, add: (at: number, what: What) => void): void {
  const pass = {
    kind: "pass",
    document: 0,
    cause: "schedule",
    scope: 0,
    sweep: false,
    force: false,
    dryRun: false,
    isCold: false,
    left: 120_000,
    skew: 0,
  } as const;
  for (const at of [1_000, 62_000, 122_000, 182_000]) add(at, pass);
  if (random.chance(0.6)) add(57_000, { kind: "rollout", app: 0, ready: 200, minReady: 0, grace: 100, step: MANY });
  else add(57_000, { kind: "document", document: 0, change: { id: "ip-port" } });
}

function documentChange(random: Random, { documents }: Setup, index: number): Partial<Document> {
  const document = documents[index];
  if (document === undefined) return {};
  const { mappings } = document;
  const canHavePorts =
    documents.length === 1 &&
    mappings.every(({ port }) => port !== undefined) &&
    document.sources.services === false &&
    document.sources.virtualNodes === false;
  return random.pick([
    { mappings: mappings.slice(1) },
    { mappings },
    { policy: random.pick(["sync", "sync", "upsert-only", "dry-run"] as const) },
    { whenAllUnready: random.pick(["keep", "remove"] as const) },
    { nodes: { ...document.nodes, zones: random.chance(0.5) } },
    ...(canHavePorts ? [{ id: random.pick(["ip", "ip-port"] as const) }] : []),
  ]);
}

function make(makers: Readonly<Record<string, Make>>, kind: string, random: Random, setup: Setup): What {
  const maker = makers[kind];
  if (maker === undefined) throw new RangeError(`no event ${kind}`);
  return maker(random, setup);
}
