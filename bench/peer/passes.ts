import { markdownTable } from "../markdown.ts";
import { LATENCY_MS, openGround, UNLIMITED } from "./ground.ts";
import type { Ground, Run, Shape } from "./ground.ts";
import { medianOf } from "./measured.ts";

const ROUNDS = 3;
const USUAL: Shape = { services: 10, size: 100 };
/** A service of more instances than one answer holds. */
const LARGE: Shape = { services: 1, size: 250 };

type Pass = (ground: Ground) => Promise<Run>;
type Side = { readonly ground: Ground; readonly pass: Pass };
type Runs = { readonly unchanged: Run[]; readonly replaced: Run[] };

/** Whole processes, each pass begun anew: a first one, then in turns passes with nothing to do and for one pod that was replaced. */
export async function measurePasses(program: string): Promise<string> {
  const here = { ground: await openGround(USUAL), pass: (ground: Ground) => ground.lambda() };
  const there = { ground: await openGround(USUAL), pass: (ground: Ground) => ground.externalDns(program) };
  try {
    const [ours, theirs] = [await firstOf(here), await firstOf(there)];
    const [later, laterThere]: readonly [Runs, Runs] = [
      { unchanged: [], replaced: [] },
      { unchanged: [], replaced: [] },
    ];
    for (let round = 0; round < ROUNDS; round++) {
      await addRound(later, here);
      await addRound(laterThere, there);
    }
    const large = await measureLarge(program);
    return [
      `1,000 pods in 10 services, Cloud Map with ${LATENCY_MS} ms a call; on a whole CPU. The first passes were measured once, the others ${ROUNDS} times in turns.`,
      "",
      markdownTable(
        ["pass", "", "calls", "writes", "seconds", "CPU s", "peak MB"],
        [
          ["first", "here, limit of 50 registrations a second kept", ...figuresOf([ours])],
          ["", "external-dns, one call after the other", ...figuresOf([theirs])],
          ["nothing changed", "here", ...figuresOf(later.unchanged)],
          ["", "external-dns", ...figuresOf(laterThere.unchanged)],
          ["one pod replaced", "here", ...figuresOf(later.replaced)],
          ["", "external-dns", ...figuresOf(laterThere.replaced)],
          ["nothing changed, 250 instances in one service", "here", large.here.calls, large.here.writes, "", "", ""],
          ["", "external-dns", large.there.calls, large.there.writes, "", "", ""],
        ],
      ),
    ].join("\n");
  } finally {
    await Promise.all([here.ground.close(), there.ground.close()]);
  }
}

function firstOf({ ground, pass }: Side): Promise<Run> {
  ground.deployment.cloudMap.options.latencyMs = LATENCY_MS;
  return pass(ground);
}

async function addRound({ unchanged, replaced }: Runs, { ground, pass }: Side): Promise<void> {
  unchanged.push(await pass(ground));
  ground.replacePods(1);
  replaced.push(await pass(ground));
}

function figuresOf(runs: readonly Run[]): readonly (string | number)[] {
  const { seconds, cpu, peak } = medianOf(runs);
  const [{ calls, writes } = { calls: NaN, writes: NaN }] = runs;
  return [calls.toLocaleString("en"), writes.toLocaleString("en"), seconds.toFixed(1), cpu.toFixed(2), peak.toFixed(0)];
}

/** More instances than DiscoverInstances answers with at once, and nothing to do. */
async function measureLarge(program: string): Promise<{ readonly here: Run; readonly there: Run }> {
  const ours = await openGround(LARGE, UNLIMITED);
  const theirs = await openGround(LARGE);
  try {
    await ours.lambda();
    await theirs.externalDns(program);
    return { here: await ours.lambda(), there: await theirs.externalDns(program) };
  } finally {
    await Promise.all([ours.close(), theirs.close()]);
  }
}
