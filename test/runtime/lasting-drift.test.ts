import { expect, test } from "vitest";
import type { Report, ReportedHeld } from "../../functions/core/report.ts";
import { createLastingDrift } from "../../functions/runtime/lasting-drift.ts";

test("pods that come and go make no drift that lasts", () => {
  const count = createLastingDrift();
  count(report());
  expect([["a"], ["b"], ["c"]].map((ids) => count(report(ids)))).toEqual([0, 0, 0]);
});

test("what differs again, pass after pass, lasts, as long as it does", () => {
  const count = createLastingDrift();
  count(report());
  expect([["a", "b"], ["a", "c"], ["a"], []].map((ids) => count(report(ids)))).toEqual([0, 1, 1, 0]);
});

test("a process that has just begun takes all drift for lasting, so that no alarm ends for that", () => {
  expect(createLastingDrift()(report(["a", "b"]))).toBe(2);
});

test.each([
  ["unfinished", 1],
  ["policy", 0],
  ["guard", 0],
] as const)("what is held as %s counts %i", (reason, wanted) => {
  const count = createLastingDrift();
  count(report([], [reason]));
  expect(count(report([], [reason]))).toBe(wanted);
});

function report(ids: readonly string[] = [], reasons: readonly ReportedHeld["reason"][] = []): Report {
  const service = {
    namespace: "shop.local",
    service: "web",
    podNamespaces: ["shop"],
    desired: 1,
    registered: 1,
    foreign: 0,
    changes: ids.map((id) => ({ kind: "register", id, reason: "missing", pod: null }) as const),
    held: reasons.map((reason) => ({ kind: "register", id: "h", reason, pod: null, remedy: "" }) as const),
    error: null,
  };
  const drift = { missing: 0, stale: 0, changed: 0, health: 0 };
  return { services: [service], drift, errors: [], warnings: [], ok: true };
}
