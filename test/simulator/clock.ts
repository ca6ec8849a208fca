import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers/promises";
import type { Random } from "./random.ts";

/** Who the code that runs belongs to: `skew` is what its clock is off by, in milliseconds. */
type Stance = { readonly skew: number };

/**
 * Time that passes only when everything has come to rest: nothing here waits. While it is installed, `Date.now`, both `setTimeout`s,
 * `setInterval`, `Math.random` and the UUIDs of node:crypto are the simulation's, for the code that it runs; everybody else keeps the real ones.
 */
export type VirtualTime = {
  /** Milliseconds since the epoch, by the true clock. */
  readonly now: () => number;
  /** Runs `work` with a clock that is `skew` milliseconds ahead. */
  readonly within: <T>(skew: number, work: () => T) => T;
  /** Calls back at a time, in the context of the caller. */
  readonly at: (time: number, callback: () => void) => void;
  /** Waits so many milliseconds. */
  readonly pause: (milliseconds: number) => Promise<void>;
  /** Lets time pass until `end`, or until `isOver` once a moment has been played out. */
  readonly run: (end: number, isOver?: () => boolean) => Promise<void>;
  readonly uninstall: () => void;
};

type Timer = { readonly due: number; readonly order: number; callback: (() => void) | undefined };

const stance = new AsyncLocalStorage<Stance>();
/** What runs on microtasks is through after one turn of the event loop; what hands over to a stream, after two. */
const TURNS = 2;

export function installTime(begin: number, random: Random): VirtualTime {
  const real = {
    now: Date.now,
    random: Math.random,
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    setInterval: globalThis.setInterval,
    clearInterval: globalThis.clearInterval,
    sleep: timers.setTimeout,
    randomUUID: crypto.randomUUID,
    randomInt: crypto.randomInt,
  };
  const queue = createQueue();
  let now = begin;

  const schedule = (callback: () => void, milliseconds: number): Timer =>
    queue.add(now + Math.max(0, milliseconds || 0), AsyncResource.bind(callback));

  Date.now = () => {
    const here = stance.getStore();
    return here === undefined ? real.now() : now + here.skew;
  };
  Math.random = () => (stance.getStore() === undefined ? real.random() : random.fraction());
  Object.assign(globalThis, {
    setTimeout: (callback: (...given: unknown[]) => void, milliseconds = 0, ...given: unknown[]) => {
      if (stance.getStore() === undefined) return real.setTimeout(callback, milliseconds, ...given);
      return handleOf(schedule(() => callback(...given), milliseconds));
    },
    clearTimeout: (handle: unknown) => {
      if (isHandle(handle)) handle.timer.callback = undefined;
      else real.clearTimeout(handle as NodeJS.Timeout);
    },
    setInterval: (callback: (...given: unknown[]) => void, milliseconds = 0, ...given: unknown[]) => {
      if (stance.getStore() === undefined) return real.setInterval(callback, milliseconds, ...given);
      const handle = handleOf(schedule(tick, milliseconds));
      function tick() {
        handle.timer = schedule(tick, milliseconds);
        callback(...given);
      }
      return handle;
    },
    clearInterval: (handle: unknown) => {
      if (isHandle(handle)) handle.timer.callback = undefined;
      else real.clearInterval(handle as NodeJS.Timeout);
    },
  });
  timers.setTimeout = (milliseconds = 0, value, options) => {
    if (stance.getStore() === undefined) return real.sleep(milliseconds, value, options);
    return new Promise((resolve, reject) => {
      const signal = options?.signal;
      if (signal?.aborted === true) return reject(abortError(signal));
      const timer = schedule(() => resolve(value as never), milliseconds);
      signal?.addEventListener("abort", () => {
        timer.callback = undefined;
        reject(abortError(signal));
      });
    });
  };
  crypto.randomUUID = ((...given) =>
    stance.getStore() === undefined ? real.randomUUID(...given) : random.uuid()) as typeof crypto.randomUUID;
  Object.assign(crypto, {
    randomInt: (...given: [number]) =>
      stance.getStore() === undefined ? real.randomInt(...given) : random.below(given[0]),
  });
  syncBuiltinESMExports();

  const run = async (end: number, isOver: () => boolean = () => false) => {
    await rest();
    while (!isOver()) {
      const next = queue.take(end);
      if (next === undefined) break;
      now = Math.max(now, next.due);
      next.callback?.();
      // All that is due at one moment happens before the next rest: nobody can tell them apart.
      for (let same = queue.take(now); same !== undefined; same = queue.take(now)) same.callback?.();
      await rest();
    }
    if (!isOver()) now = Math.max(now, end);
  };

  return {
    now: () => now,
    within: (skew, work) => stance.run({ skew }, work),
    at: (time, callback) => void schedule(callback, time - now),
    pause: (milliseconds) => new Promise((resolve) => void schedule(resolve, milliseconds)),
    run,
    uninstall: () => {
      Date.now = real.now;
      Math.random = real.random;
      const { setTimeout, clearTimeout, setInterval, clearInterval } = real;
      Object.assign(globalThis, { setTimeout, clearTimeout, setInterval, clearInterval });
      timers.setTimeout = real.sleep;
      crypto.randomUUID = real.randomUUID;
      crypto.randomInt = real.randomInt;
      syncBuiltinESMExports();
    },
  };
}

/** Until nothing moves any more but by the clock. */
async function rest(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await new Promise(setImmediate);
}

/** The earliest first, and of those of one moment the one that was added first: a binary heap. */
function createQueue() {
  const heap: Timer[] = [];
  let order = 0;
  const isBefore = (a: Timer, b: Timer) => a.due < b.due || (a.due === b.due && a.order < b.order);
  const swap = (a: number, b: number) => {
    const [one, other] = [heap[a], heap[b]];
    if (one === undefined || other === undefined) return;
    heap[a] = other;
    heap[b] = one;
  };
  const goesFirst = (a: number, b: number) => {
    const [one, other] = [heap[a], heap[b]];
    return one !== undefined && other !== undefined && isBefore(one, other);
  };
  return {
    add: (due: number, callback: () => void): Timer => {
      const timer = { due, order: order++, callback };
      heap.push(timer);
      for (let at = heap.length - 1; at > 0;) {
        const parent = (at - 1) >> 1;
        if (!goesFirst(at, parent)) break;
        swap(at, parent);
        at = parent;
      }
      return timer;
    },
    /** The next that is due by `end`, without those that were cleared. */
    take: (end: number): Timer | undefined => {
      for (;;) {
        const [first] = heap;
        if (first === undefined || first.due > end) return undefined;
        swap(0, heap.length - 1);
        heap.pop();
        for (let at = 0; ;) {
          const [left, right] = [2 * at + 1, 2 * at + 2];
          const child = goesFirst(right, left) ? right : left;
          if (!goesFirst(child, at)) break;
          swap(at, child);
          at = child;
        }
        if (first.callback !== undefined) return first;
      }
    },
  };
}

class Handle {
  timer: Timer;
  constructor(timer: Timer) {
    this.timer = timer;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  hasRef(): boolean {
    return true;
  }
}

function handleOf(timer: Timer): Handle {
  return new Handle(timer);
}

function isHandle(handle: unknown): handle is Handle {
  return handle instanceof Handle;
}

function abortError({ reason }: AbortSignal): Error {
  return Object.assign(new Error("The operation was aborted", { cause: reason }), {
    name: "AbortError",
    code: "ABORT_ERR",
  });
}
