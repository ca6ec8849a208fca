import { expect, onTestFinished, test, vi } from "vitest";
import type { Pod, Scope } from "../../../functions/core/model.ts";
import type { Report } from "../../../functions/core/report.ts";
import { createAgenda } from "../../../functions/runtime/watch/agenda.ts";
import { makePasses } from "../../../functions/runtime/watch/make-passes.ts";
import { pod } from "../../support/builders.ts";
import { report, serviceReport } from "../../support/reports.ts";

const FIVE_MINUTES = 300_000;

function begin(pass: (scopes: readonly Scope[]) => Promise<Report>) {
  vi.useFakeTimers({ now: 0 });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const agenda = createAgenda<Pod>();
  const stop = new AbortController();
  const count = { passes: 0, failures: 0 };
  const done = makePasses({
    agenda,
    coalesceMs: 300,
    affected: async () => (one) => [{ kind: "service", service: one.key.name, namespace: undefined }],
    pass,
    signal: stop.signal,
    logger: { debug: () => {}, info: () => {}, error: () => {} },
    count,
  });
  return { agenda, stop, count, done };
}

test("at most sixteen passes are under way at once; what changes then is for the next one", async () => {
  const ends: (() => void)[] = [];
  const { agenda, stop, done } = begin(async () => {
    await new Promise<void>((resolve) => ends.push(resolve));
    return report();
  });
  for (let index = 0; index < 20; index++) {
    agenda.add(`web-${index}`, pod({ name: `web-${index}` }), Date.now());
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(ends).toHaveLength(16);
  ends[0]?.();
  await vi.advanceTimersByTimeAsync(0);
  expect(ends).toHaveLength(17);
  stop.abort();
  for (const end of ends) end();
  await done;
});

test("however much changes, passes begin only as often as changes are gathered, so that their log is bounded", async () => {
  const { agenda, stop, count, done } = begin(async () => report());
  for (let index = 0; index < 6_000; index++) {
    agenda.add(`web-${index % 50}`, pod({ name: `web-${index % 50}` }), Date.now() + 300);
    await vi.advanceTimersByTimeAsync(10);
  }
  stop.abort();
  await done;
  expect(count.passes).toBeLessThanOrEqual(60_000 / 300);
});

test("what fails for good is tried ever later, however well the others do", async () => {
  const { agenda, stop, count, done } = begin((scopes) =>
    Promise.resolve(reportOf(scopes.some((scope) => scope.kind === "service" && scope.service === "broken"))),
  );
  agenda.add("broken", pod({ name: "broken" }), 0);
  const busy = setInterval(() => agenda.add("busy", pod({ name: "busy" }), Date.now() + 300), 700);
  await vi.advanceTimersByTimeAsync(FIVE_MINUTES);
  clearInterval(busy);
  stop.abort();
  await done;
  expect(count.passes).toBeGreaterThan(100);
  // With every pause at its shortest it would be 25.
  expect(count.failures).toBeLessThan(30);
});

function reportOf(isBroken: boolean): Report {
  const services = [serviceReport({ service: "broken", error: "no right to register" })];
  return isBroken ? report({ services, ok: false }) : report();
}
