/** One of several things that happen at once. It awaits `step` before each of its effects; between two steps it is alone. */
export type Actor = (step: () => Promise<void>) => Promise<void>;

export type Scenario = {
  readonly actors: readonly Actor[];
  /** Everything that decides what can still happen, as text: equal states are explored once. */
  readonly state: () => string;
  /** Called when all actors have ended. */
  readonly finish: () => Promise<void>;
};

/**
 * Runs a scenario in every order in which its actors' steps can follow each other: a depth-first search that replays each
 * prefix on a fresh scenario, and leaves out what leads to a state already seen. Returns how many states it saw.
 */
export async function exploreInterleavings(create: () => Scenario): Promise<number> {
  const seen = new Set<string>();
  const pending: (readonly number[])[] = [[]];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const { scenario, waiting, failures } = await replay(create, path);
    if (failures.length > 0) throw failures[0];
    const enabled = waiting.flatMap((queue, actor) => (queue.length > 0 ? [actor] : []));
    const state = `${scenario.state()} | ${waiting.map((queue) => queue.length).join()}`;
    if (seen.has(state)) continue;
    seen.add(state);
    if (enabled.length === 0) await scenario.finish();
    for (const actor of enabled) pending.push([...path, actor]);
  }
  return seen.size;
}

type Replayed = {
  readonly scenario: Scenario;
  /** For each actor, the steps that it waits for. */
  readonly waiting: readonly (() => void)[][];
  readonly failures: readonly unknown[];
};

async function replay(create: () => Scenario, path: readonly number[]): Promise<Replayed> {
  const scenario = create();
  const waiting: (() => void)[][] = scenario.actors.map(() => []);
  const failures: unknown[] = [];
  scenario.actors.forEach((actor, index) => {
    const step = () => new Promise<void>((resolve) => waiting[index]?.push(resolve));
    actor(step).catch((error: unknown) => failures.push(error));
  });
  await quiet();
  for (const actor of path) {
    waiting[actor]?.shift()?.();
    await quiet();
  }
  return { scenario, waiting, failures };
}

/** Until every actor waits for its next step or has ended: ports in memory need microtasks only. */
function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
