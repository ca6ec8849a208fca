import { expect, onTestFinished, test, vi } from "vitest";
import type { PodWatch } from "../../../functions/kubernetes/watch-pods.ts";
import { follow, followTimes } from "../../../functions/runtime/watch/follow.ts";
import { FUNCTIONS } from "../../../infra/functions.ts";
import { claim, claims, pod, settings } from "../../support/builders.ts";
import { report } from "../../support/reports.ts";

const EVERY = 300_000;
/** From the start of a function until it hears of changes, in milliseconds: it is begun anew, and lists 10,000 pods. */
const UNTIL_IT_HEARS = 14_000;
const BEGIN = Date.UTC(2026, 10, 24, 14);

const LATE = [0, 20_000, 40_000, 60_000];

test.each(LATE.flatMap((predecessor) => LATE.map((successor) => [predecessor, successor] as const)))(
  "no change waits at a handover where the predecessor starts %i ms after its minute, and the successor %i",
  async (predecessor, successor) => {
    const { passes, listeners } = begin([predecessor, successor]);
    // The first one waits for a predecessor too, which it has not.
    await vi.advanceTimersByTimeAsync(80_000);
    const waits = [];
    for (let second = 0; second < 400; second++) {
      const changed = Date.now();
      for (const { onChange } of listeners) onChange({ key: WEB.key, seen: [WEB] });
      await vi.advanceTimersByTimeAsync(1_000);
      waits.push({ changed, isDone: () => passes.some((at) => at > changed && at <= changed + 1_500) });
    }
    await vi.advanceTimersByTimeAsync(1_000);
    expect(waits.filter(({ isDone }) => !isDone()).map(({ changed }) => (changed - BEGIN) / 1_000)).toEqual([]);
  },
);

const WEB = pod({ labels: { app: "web" } });
const never = () => Promise.reject(new Error("not asked for here"));
const WORLD = {
  settings: settings(),
  cluster: { listMappings: async () => [claims(claim())], listPods: never, listNodes: never, hasAnyPod: never },
  now: Date.now,
};

/** Watches that are scheduled one after the other, each so late, by fake timers; when passes begin, and who hears of changes at the time. */
function begin(late: readonly number[]) {
  vi.useFakeTimers({ now: BEGIN });
  onTestFinished(() => void vi.useRealTimers());
  const passes: number[] = [];
  const listeners = new Set<PodWatch>();
  const watchPods = (watch: PodWatch) =>
    new Promise<void>((resolve) => {
      setTimeout(() => listeners.add(watch), UNTIL_IT_HEARS);
      watch.signal.addEventListener("abort", () => {
        listeners.delete(watch);
        resolve();
      });
    });
  const start = async (scheduled: number) => {
    const { end, ...times } = followTimes(scheduled, Date.now(), FUNCTIONS.watch.timeout * 1_000);
    const ending = new AbortController();
    setTimeout(() => ending.abort(), end - Date.now());
    await follow({
      ...times,
      signal: ending.signal,
      world: async () => ({ ...WORLD, watchPods }),
      pass: async () => {
        passes.push(Date.now());
        return report();
      },
      logger: { debug: () => {}, info: () => {}, error: () => {} },
    });
  };
  for (const [index, delay] of late.entries())
    setTimeout(() => void start(BEGIN + index * EVERY), index * EVERY + delay);
  return { passes, listeners };
}
