import { syncBuiltinESMExports } from "node:module";
import timersPromises from "node:timers/promises";

/** The clock of this process: what `Date` says, and when timers fire. */
export type ProcessClock = {
  /** It goes on by so many milliseconds at once; what falls due on the way fires, in its order. */
  readonly advance: (milliseconds: number) => void;
};

type Timer = { due: number; readonly fire: () => void; real: NodeJS.Timeout };

const realSetTimeout = globalThis.setTimeout;
const realClearTimeout = globalThis.clearTimeout;
const RealDate = Date;

/** Takes the clock of this process over, before anything else is loaded. Sockets keep their own time. */
export function takeOverClock(): ProcessClock {
  let ahead = 0;
  const now = () => RealDate.now() + ahead;
  const timers = new Map<NodeJS.Timeout, Timer>();

  const startTimer = (callback: (...args: unknown[]) => void, milliseconds = 0, ...args: unknown[]) => {
    const fire = () => {
      timers.delete(handle);
      callback(...args);
    };
    const handle = realSetTimeout(fire, milliseconds);
    const timer: Timer = { due: now() + milliseconds, fire, real: handle };
    timers.set(handle, timer);
    handle.refresh = () => {
      timer.due = now() + milliseconds;
      timers.set(handle, timer);
      rearm(timer, now());
      return handle;
    };
    return handle;
  };
  const stopTimer = (handle: NodeJS.Timeout | undefined) => {
    const timer = handle && timers.get(handle);
    realClearTimeout(timer?.real ?? handle);
    if (handle !== undefined) timers.delete(handle);
  };

  globalThis.Date = movedDate(() => ahead);
  globalThis.setTimeout = startTimer as unknown as typeof setTimeout;
  globalThis.clearTimeout = stopTimer as typeof clearTimeout;
  timersPromises.setTimeout = waitFor as typeof timersPromises.setTimeout;
  AbortSignal.timeout = abortAfter;
  syncBuiltinESMExports();

  return {
    advance: (milliseconds) => {
      ahead += milliseconds;
      const due = [...timers.values()].filter((timer) => timer.due <= now()).toSorted((a, b) => a.due - b.due);
      for (const timer of timers.values()) rearm(timer, now());
      for (const { real, fire } of due) {
        realClearTimeout(real);
        fire();
      }
    },
  };
}

function rearm(timer: Timer, now: number): void {
  const isHolding = timer.real.hasRef();
  realClearTimeout(timer.real);
  timer.real = realSetTimeout(timer.fire, Math.max(0, timer.due - now));
  if (!isHolding) timer.real.unref();
}

function movedDate(ahead: () => number): DateConstructor {
  return class extends RealDate {
    constructor(...parts: readonly []) {
      if (parts.length === 0) super(RealDate.now() + ahead());
      else super(...parts);
    }
    static override now(): number {
      return RealDate.now() + ahead();
    }
  } as DateConstructor;
}

/** As `setTimeout` of node:timers/promises. */
function waitFor<T>(milliseconds?: number, value?: T, { signal }: { readonly signal?: AbortSignal } = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new DOMException("The operation was aborted", "AbortError"));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve(value as T);
    }, milliseconds);
    signal?.addEventListener("abort", stop);
    if (signal?.aborted === true) stop();
  });
}

/** As `AbortSignal.timeout`. */
function abortAfter(milliseconds: number): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new DOMException("The time is up", "TimeoutError")), milliseconds).unref();
  return controller.signal;
}
