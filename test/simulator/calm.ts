import { expectationsOf, isLike, livingPodOf } from "./oracle.ts";
import type { PodTruth } from "./cluster.ts";
import type { Expectation } from "./oracle.ts";
import { ownershipOf } from "./ownership.ts";
import type { Attributes } from "./ownership.ts";
import type { Processes } from "./processes.ts";
import { clusterOf } from "./stage.ts";
import type { Stage } from "./stage.ts";
import { OWNER_KEY, stampOf } from "./stamp.ts";
import type { Document } from "./story.ts";
import type { ServiceShape, Wishes } from "./wishes.ts";

/** How long what is under way may take to end, in milliseconds; and how long a quiet pass. */
const ENDING = 200_000;
const QUIET = 600_000;
/** What one pass may leave to the next: removals of what another service was to take over first. */
const MOST_PASSES = 2;
/** Until a health status that was sent shows, in milliseconds. */
const REST = 70_000;

/**
 * Everything comes to rest, and one quiet pass over all has to make the registry what the oracle says. The next has nothing to
 * write; where the oracle leaves something to a second pass, the one after it.
 */
export async function calm(stage: Stage, processes: Processes, say: (line: string) => void): Promise<void> {
  const { time, faults, cloud, judge, documents } = stage;
  faults.end();
  say("-- nothing goes wrong any more");
  await time.run(time.now() + ENDING, () => processes.underWay() === 0);
  processes.killAll();
  await time.run(time.now() + REST);
  cloud.release();
  await time.run(time.now() + REST);
  for (const index of documents.keys()) {
    for (let left = MOST_PASSES, isOpen = true; isOpen && left > 0; left--) {
      const before = snapshot(stage);
      say("-- a quiet pass");
      if (!(await quiet(stage, processes, index))) return judge.blame("a pass did not end in time", "the quiet pass");
      isOpen = compare(stage, index, before);
      if (judge.violations.length > 0) return;
    }
    const writes = cloud.writes();
    say("-- and another");
    await quiet(stage, processes, index);
    if (cloud.writes() > writes) judge.blame("a second pass wrote again", `${cloud.writes() - writes} writes`);
  }
}

async function quiet({ time }: Stage, processes: Processes, index: number): Promise<boolean> {
  let isOver = false;
  const ask = {
    cause: "quiet",
    index,
    scopes: [{ kind: "all" } as const],
    sweep: true,
    force: false,
    dryRun: false,
    isCold: false,
    left: QUIET,
    skew: 0,
  };
  void processes.pass(ask).then(() => (isOver = true));
  await time.run(time.now() + QUIET, () => isOver);
  await time.run(time.now() + REST);
  return isOver;
}

type Registry = ReadonlyMap<string, ReadonlyMap<string, Attributes>>;

/** What each service holds, by its name. */
function snapshot({ cloud: { world } }: Stage): Registry {
  return new Map(
    [...world.services.values()].map((service) => [
      `${world.namespaces.get(service.namespaceId)?.name ?? ""}/${service.name}`,
      new Map([...service.instances.values()].map(({ id, attributes }) => [id, attributes])),
    ]),
  );
}

/** Whether something is left to a second pass. */
function compare(stage: Stage, index: number, before: Registry): boolean {
  const { documents, judge } = stage;
  const document = documents[index];
  const after = snapshot(stage);
  let isOpen = false;
  if (document === undefined) return false;
  const cluster = clusterOf(stage, document);
  const awaited = awaitedIn(stage, index, before);
  const isDoubtful = isInDoubt(document, cluster.uid, before);
  for (const service of judge.services()) {
    if (!document.namespaces.includes(service.namespace)) continue;
    const name = `${service.namespace}/${service.name}`;
    const then = before.get(name) ?? new Map<string, Attributes>();
    const now = after.get(name) ?? new Map<string, Attributes>();
    const wishes = judge.wishesOf(index, service);
    const expected = expectationsOf({
      document,
      cluster,
      wishes,
      hasCustomHealth: service.hasCustomHealth,
      before: then,
      awaited,
      isDoubtful,
    });
    for (const id of new Set([...expected.keys(), ...now.keys()])) {
      const { "k8s.io/pod": pod, "k8s.io/service": service } = now.get(id) ?? {};
      const isHeld = wishes.held.values().some(({ name }) => name === (pod ?? service));
      const expectation = expected.get(id) ?? { kind: isHeld ? "undetermined" : "absent" };
      isOpen ||= expectation.kind === "undetermined";
      const problem = problemOf(expectation, then.get(id), now.get(id));
      if (problem !== undefined) judge.blame("the registry did not converge", `${name} ${id} ${problem}`);
    }
    if (document.policy === "sync" && !isDoubtful) checkHealth(stage, document, service, wishes);
  }
  return isOpen;
}

/** Pods that some service wants and does not hold yet; or never will, until a person has corrected what is wrong with its claim. */
function awaitedIn({ judge }: Stage, index: number, before: Registry): ReadonlySet<PodTruth> {
  return new Set(
    judge.services().flatMap((service) => {
      const there = before.get(`${service.namespace}/${service.name}`);
      const { wanted, held } = judge.wishesOf(index, service);
      const missing = [...wanted].filter(([id]) => there?.has(id) !== true);
      return [...held, ...missing.flatMap(([, ways]) => ways.map(({ pod }) => pod))];
    }),
  );
}

/** Nothing but another cluster's is registered as the document's owner: it may be the wrong context. */
function isInDoubt(document: Document, uid: string, before: Registry): boolean {
  if (document.isByKubeconfig !== true || document.isNewCluster === true) return false;
  const all = [...before].flatMap(([name, held]) =>
    document.namespaces.includes(name.slice(0, name.indexOf("/"))) ? [...held.values()] : [],
  );
  const owned = all.map((attributes) => ownershipOf(attributes, document, uid));
  const isOthers = (attributes: Attributes, at: number) =>
    attributes[OWNER_KEY] === stampOf(document) && owned[at] === "foreign";
  return all.some(isOthers) && !owned.some((one) => one === "ours" || one === "left");
}

/** Of what is registered, the ready pods' are healthy and the others' are not. */
function checkHealth(
  { cloud, clusters, judge }: Stage,
  document: Document,
  { namespace, name }: ServiceShape,
  wishes: Wishes,
): void {
  const service = cloud.serviceOf(namespace, name);
  if (service?.hasCustomHealth !== true || wishes.isDark) return;
  for (const { id, attributes, health } of service.instances.values()) {
    const cluster = clusterOf({ clusters }, document);
    const pod = livingPodOf(id, attributes, cluster, document);
    if (pod === undefined || ownershipOf(attributes, document, cluster.uid) !== "ours") continue;
    const expected = wishes.wanted.has(id) ? "HEALTHY" : wishes.unready.has(pod) ? "UNHEALTHY" : undefined;
    const shown = health.next?.status ?? health.status;
    if (expected !== undefined && shown !== expected)
      judge.blame("the registry did not converge", `${namespace}/${name} ${id} is ${shown}, not ${expected}`);
  }
}

function problemOf(
  expected: Expectation,
  before: Attributes | undefined,
  after: Attributes | undefined,
): string | undefined {
  switch (expected.kind) {
    case "is":
      if (after === undefined) return "is missing";
      return expected.alternatives.some((one) => isLike(one, after))
        ? undefined
        : `is ${JSON.stringify(after)}, not ${JSON.stringify(expected.alternatives)}`;
    case "absent":
      return after === undefined ? undefined : `is still there: ${JSON.stringify(after)}`;
    case "unchanged":
      return JSON.stringify(before) === JSON.stringify(after)
        ? undefined
        : `was ${JSON.stringify(before)} and is ${JSON.stringify(after)}, but should be left alone`;
    case "there":
      return after === undefined ? "is gone, but should be held" : undefined;
    case "undetermined":
      return undefined;
    default:
      return expected satisfies never;
  }
}
