import { setTimeout as sleep } from "node:timers/promises";
import { EVERY } from "../../functions/runtime/watch/times.ts";
import { FUNCTIONS } from "../../infra/functions.ts";
import type { Deployment } from "../support/deployment.ts";
import { pollOnce } from "../support/event-source.ts";
import type { Invocation } from "../support/lambda.ts";

/** Functions as they are woken in a deployment, until they are stopped. */
export type Running = {
  /** What went wrong with an invocation that ended by throwing. */
  readonly failures: readonly string[];
  readonly stop: () => Promise<void>;
};

/** How long the functions may take, as the stack sets it, in milliseconds. */
const SCHEDULE_TIMEOUT = FUNCTIONS["scheduled-reconcile"].timeout * 1_000;
const WATCH_TIMEOUT = FUNCTIONS.watch.timeout * 1_000;

/** The schedule alone, each `every` milliseconds. */
export async function runSchedule(deployment: Deployment, every: number, isWatched = false): Promise<Running> {
  const lambda = await deployment.start("scheduled-reconcile", isWatched ? { WATCH: "on" } : {});
  return repeat(every, () => lambda.invoke(schedule(), { remainingMs: SCHEDULE_TIMEOUT }));
}

/** What asks for passes over the queue: whatever scopes lie there. */
export async function runQueue(deployment: Deployment): Promise<Running> {
  const lambda = await deployment.start("event-reconcile", { WATCH: "on" });
  return repeat(1_000, () => pollOnce(deployment.sqs, deployment.queue, lambda));
}

/**
 * Watches that take over from each other, two of them by turns, as Lambda's environments do. The first is one that has taken over
 * already: what follows an installation by minutes is another matter.
 */
export async function runWatch(deployment: Deployment): Promise<Running> {
  const lambdas = await Promise.all([deployment.start("watch"), deployment.start("watch")]);
  let turn = 0;
  const invoke = (since: number) => {
    const lambda = lambdas[turn++ % lambdas.length];
    return lambda?.invoke(schedule(since), { remainingMs: WATCH_TIMEOUT - since }) ?? Promise.resolve(undefined);
  };
  return repeat(EVERY, () => invoke(turn === 0 ? UNDER_WAY : 0), EVERY - UNDER_WAY);
}

/** For how long the first watch has been there, in milliseconds: longer than two of them overlap. */
const UNDER_WAY = 90_000;

/** `since`: how many milliseconds ago. */
function schedule(since = 0): object {
  return { time: new Date(Date.now() - since).toISOString() };
}

/** Begins at once, after `first` and then each `every` milliseconds, whether or not what was begun before has ended, as a schedule does. */
function repeat(every: number, invoke: () => Promise<Invocation | undefined>, first = every): Running {
  const stopped = new AbortController();
  const failures: string[] = [];
  const under = new Set<Promise<void>>();
  const once = async () => {
    const invocation = await invoke();
    if (invocation?.error !== undefined && !stopped.signal.aborted) failures.push(invocation.error.message);
  };
  const loop = async () => {
    for (let pause = first; !stopped.signal.aborted; pause = every) {
      const one = once().finally(() => under.delete(one));
      under.add(one);
      await sleep(pause, undefined, { signal: stopped.signal }).catch(() => {});
    }
  };
  const looping = loop();
  return {
    failures,
    stop: async () => {
      stopped.abort();
      await looping;
    },
  };
}
