import { expect, test } from "vitest";
import type { HeldReason } from "../../../functions/core/change.ts";
import type { Report, ServiceReport } from "../../../functions/core/report.ts";
import { RULES } from "../../../functions/core/rules.ts";
import { createFindings } from "../../../functions/runtime/lambda/findings.ts";
import { heldFor, report, serviceReport } from "../../support/reports.ts";

const ORPHAN = { podNamespaces: [] } as const;

test("pods that come and go make no drift that lasts", () => {
  const count = createFindings();
  count(reportOf(), false);
  expect([["a"], ["b"], ["c"]].map((ids) => count(reportOf(ids), false).Drift)).toEqual([0, 0, 0]);
});

test("what differs again, pass after pass, lasts, as long as it does", () => {
  const count = createFindings();
  count(reportOf(), false);
  const passes = [["a", "b"], ["a", "c"], ["a"], []];
  expect(passes.map((ids) => count(reportOf(ids), false).Drift)).toEqual([0, 1, 1, 0]);
});

test("a process that has just begun takes all drift for lasting, so that no alarm ends for that", () => {
  expect(createFindings()(reportOf(["a", "b"]), false).Drift).toBe(2);
});

test("what a sweep over some of many namespaces finds counts from the next sweep over the same, and stays while others are swept", () => {
  const count = createFindings();
  const [there, elsewhere] = [sweepOver("a.local", ["10.0.0.1"]), sweepOver("b.local", [])];
  const sweeps = [there, elsewhere, there, elsewhere, sweepOver("a.local", []), elsewhere];
  expect(sweeps.map((one) => count(one, true).Drift)).toEqual([0, 0, 1, 1, 0, 0]);
});

test("each reason counts for the alarm that the rules name, for Failing, for Drift, or for none", () => {
  const counted = RULES.map(({ reason }) => {
    const count = createFindings();
    const held = report({ services: [serviceReport({ held: heldFor(reason) })] });
    count(held, false);
    return [reason, ...Object.entries(count(held, false)).flatMap(([kind, found]) => (found > 0 ? [kind] : []))];
  });
  expect(Object.fromEntries(counted.map(([reason, ...kinds]) => [reason, kinds]))).toEqual({
    policy: [],
    foreign: ["Held"],
    "other-cluster": ["Held"],
    "source-absent": ["Guard"],
    "source-failed": ["Failing"],
    "not-allowed": ["Claims"],
    invalid: ["Claims"],
    ambiguous: ["Claims"],
    "too-many": ["Claims"],
    "no-service": ["Claims"],
    guard: ["Guard"],
    waiting: [],
    contested: ["Guard"],
    quota: ["Held"],
    pending: ["Drift"],
    unfinished: ["Drift"],
  } satisfies Record<HeldReason, readonly string[]>);
});

test("a mistake in the operator's own document is a failure, and no tenant's claim", () => {
  const mistake = heldFor("invalid").map((hold) => ({ ...hold, kind: "claim", isFailure: true }) as const);
  const count = createFindings()(report({ services: [serviceReport({ held: mistake })] }), false);
  expect(count).toEqual({ Failing: 1, Drift: 0, Guard: 0, Held: 0, Claims: 0 });
});

test("what only sweeps see counts from the second in a row, in the passes between, and until one does not see it", () => {
  const count = createFindings();
  const seen = reportOf([], ["guard"], ORPHAN);
  const passes = [
    [seen, true],
    [reportOf(), false],
    [seen, true],
    [reportOf(), false],
    [reportOf(), false],
    [reportOf(), true],
    [reportOf(), false],
  ] as const;
  expect(passes.map(([one, sweep]) => count(one, sweep).Guard)).toEqual([0, 0, 1, 1, 1, 0, 0]);
});

test("what every pass sees counts in those that see it, sweep or not, and once", () => {
  const count = createFindings();
  const seen = reportOf([], ["guard"], ORPHAN);
  expect([false, true, false].map((sweep) => count(seen, sweep).Guard)).toEqual([1, 1, 1]);
  expect(count(reportOf([], ["guard"]), true).Guard).toBe(1);
  expect(count(reportOf(), false).Guard).toBe(0);
});

function reportOf(
  ids: readonly string[] = [],
  reasons: readonly HeldReason[] = [],
  wanted: Partial<ServiceReport> = {},
): Report {
  const changes = ids.map((id) => ({ kind: "register", id, reason: "missing", pod: null }) as const);
  return report({ services: [serviceReport({ changes, held: heldFor(...reasons), ...wanted })] });
}

/** A sweep over one of two namespaces, and what nobody claims any more there. */
function sweepOver(namespace: string, ids: readonly string[]): Report {
  const namespaces = ["a.local", "b.local"].map((name) => ({
    namespace: name,
    instances: 1,
    swept: name === namespace,
  }));
  return { ...reportOf(ids, [], { ...ORPHAN, namespace }), namespaces };
}
