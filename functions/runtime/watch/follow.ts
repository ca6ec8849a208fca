import { setTimeout as sleep } from "node:timers/promises";
import { within } from "../../cloudmap/time-limit.ts";
import { pauseAfter } from "../../core/backoff.ts";
import { messageOf, toError } from "../../core/errors.ts";
import type { SeenPod } from "../../kubernetes/known-pods.ts";
import { EVERY, OVERLAP } from "./times.ts";
import { createAffectedServices } from "./affected-services.ts";
import { createAgenda } from "./agenda.ts";
import type { Composed } from "../compose.ts";
import { makePasses } from "./make-passes.ts";
import type { Passing } from "./make-passes.ts";

/** When to do what, in milliseconds since the epoch. */
export type FollowTimes = {
  /** Until then a predecessor follows too: changes are only remembered. */
  readonly alone: number;
  /** When to stop following. */
  readonly end: number;
  /** By when to have returned, whatever is under way. */
  readonly limit: number;
};

export type Follow = Passing &
  Pick<FollowTimes, "alone" | "limit"> & {
    /** The configuration's at the time. */
    readonly world: () => Promise<Pick<Composed, "cluster" | "now" | "settings" | "watchPods">>;
  };

export type Followed = {
  readonly events: number;
  /** What mattered of them. */
  readonly changes: number;
  readonly passes: number;
  /** Passes in which something failed. */
  readonly failures: number;
  readonly reconnects: number;
};

/** For what the predecessor sends at its end. */
const HANDOVER = 1_000;
/** Kept for the last pass, in milliseconds, where the function's time is shorter than the schedule's. */
const LAST_PASS = 20_000;
/** Kept for returning. */
const RETURN = 1_500;
/** Pauses before a world is asked for again that was not to be had, in milliseconds. */
const BACKOFF = { first: 500, longest: 30_000 };

/** For a watch that is scheduled for `scheduled` and has `left` milliseconds of its function's time. */
export function followTimes(scheduled: number, now: number, left: number): FollowTimes {
  return {
    alone: scheduled + OVERLAP + HANDOVER,
    end: Math.min(scheduled + EVERY + OVERLAP, now + left - LAST_PASS),
    limit: now + left - RETURN,
  };
}

/**
 * Follows the pods, and has a pass made over the services that selected those that changed, or select them now, once
 * `watch.coalesceMs` have gathered more of them. A pod that nobody asks for costs no pass.
 *
 * While a predecessor follows too, changes wait for its end: the pass that then looks after them finds them done. Where there
 * is no predecessor they are done late, once.
 *
 * Whoever is away when it begins, or forbids, is tried again, ever less often. Throws at the end where the pods could not be
 * followed to the last.
 */
export async function follow({ alone, limit, signal, world, pass, logger }: Follow): Promise<Followed> {
  const { settings, watchPods } = await firstWorld({ world, signal, logger });
  const { coalesceMs } = settings.watch;
  const count = { events: 0, changes: 0, passes: 0, failures: 0, reconnects: 0 };
  const agenda = createAgenda<SeenPod>();
  const affected = createAffectedServices(world);
  const over = new AbortController();
  const ended = AbortSignal.any([signal, over.signal]);

  logger.info("following the pods");
  const watching = watchPods({
    signal: ended,
    onEvent: () => {
      count.events += 1;
    },
    onChange: ({ seen }) => {
      count.changes += 1;
      for (const pod of seen) agenda.add(likenessOf(pod), pod, Math.max(alone, Date.now() + coalesceMs));
    },
    onReconnect: (problem) => {
      count.reconnects += 1;
      if (problem === undefined) logger.debug("the watch goes on");
      else logger.info("the watch is tried again after a failure", { problem });
    },
  });
  watching.catch((error: unknown) => over.abort(error));
  try {
    const passes = makePasses({ agenda, coalesceMs, affected, pass, logger, count, signal: ended });
    // A pass that takes longer than there is time is left to the next watch, or to the schedule.
    await within(
      limit - Date.now(),
      passes.then(() => watching),
    );
  } finally {
    over.abort();
    logger.info("followed the pods", count);
  }
  return count;
}

/** Throws at the signal what it failed at last. */
async function firstWorld({ world, signal, logger }: Pick<Follow, "world" | "signal" | "logger">) {
  for (let failures = 0; ; failures++) {
    try {
      return await world();
    } catch (error) {
      if (signal.aborted) throw error;
      logger.info("the pods cannot be followed yet; it is tried again", { problem: messageOf(error) });
      const pause = sleep(pauseAfter(BACKOFF, failures), undefined, { signal });
      await pause.catch(() => Promise.reject(toError(error)));
    }
  }
}

/** The same for pods that the same claims select, as those of one ReplicaSet: one of them stands for all. */
function likenessOf({ key: { namespace }, labels, mesh, virtualNode, controller }: SeenPod): string {
  return JSON.stringify([namespace, labels, mesh, virtualNode, controller]);
}
