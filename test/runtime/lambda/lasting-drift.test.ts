import { expect, test } from "vitest";
import type { HeldReason } from "../../../functions/core/model.ts";
import type { Report } from "../../../functions/core/report.ts";
import { createLastingDrift } from "../../../functions/runtime/lambda/lasting-drift.ts";
import { heldFor, report, serviceReport } from "../../support/reports.ts";

test("pods that come and go make no drift that lasts", () => {
  const count = createLastingDrift();
  count(reportOf());
  expect([["a"], ["b"], ["c"]].map((ids) => count(reportOf(ids)))).toEqual([0, 0, 0]);
});

test("what differs again, pass after pass, lasts, as long as it does", () => {
  const count = createLastingDrift();
  count(reportOf());
  expect([["a", "b"], ["a", "c"], ["a"], []].map((ids) => count(reportOf(ids)))).toEqual([0, 1, 1, 0]);
});

test("a process that has just begun takes all drift for lasting, so that no alarm ends for that", () => {
  expect(createLastingDrift()(reportOf(["a", "b"]))).toBe(2);
});

test.each([
  ["unfinished", 1],
  ["policy", 0],
  ["guard", 0],
] as const)("what is held as %s counts %i", (reason, wanted) => {
  const count = createLastingDrift();
  count(reportOf([], reason));
  expect(count(reportOf([], reason))).toBe(wanted);
});

function reportOf(ids: readonly string[] = [], ...reasons: readonly HeldReason[]): Report {
  const changes = ids.map((id) => ({ kind: "register", id, reason: "missing", pod: null }) as const);
  return report({ services: [serviceReport({ changes, held: heldFor(...reasons) })] });
}
