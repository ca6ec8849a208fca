import { expectationsOf, isLike } from "./oracle.ts";
import type { Attributes, Expectation } from "./oracle.ts";
import type { Processes } from "./processes.ts";
import type { Stage } from "./stage.ts";

/** How long what is under way may take to end, in milliseconds; and how long a quiet pass. */
const ENDING = 200_000;
const QUIET = 600_000;
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
    const before = snapshot(stage);
    say("-- a quiet pass");
    if (!(await quiet(stage, processes, index))) return judge.blame("a pass did not end in time", "the quiet pass");
    const isOpen = compare(stage, index, before);
    if (judge.violations.length > 0) return;
    if (isOpen && !(await quiet(stage, processes, index)))
      return judge.blame("a pass did not end in time", "the second quiet pass");
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
  const { documents, judge, cluster } = stage;
  const document = documents[index];
  const after = snapshot(stage);
  let isOpen = false;
  if (document === undefined) return false;
  for (const service of judge.services()) {
    if (!document.namespaces.includes(service.namespace)) continue;
    const name = `${service.namespace}/${service.name}`;
    const then = before.get(name) ?? new Map<string, Attributes>();
    const now = after.get(name) ?? new Map<string, Attributes>();
    const expected = expectationsOf(document, cluster, judge.wishesOf(index, service), then);
    for (const id of new Set([...expected.keys(), ...now.keys()])) {
      const expectation = expected.get(id) ?? { kind: "absent" };
      isOpen ||= expectation.kind === "undetermined";
      const problem = problemOf(expectation, then.get(id), now.get(id));
      if (problem !== undefined) judge.blame("the registry did not converge", `${name} ${id} ${problem}`);
    }
  }
  return isOpen;
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
