import { expect, test } from "vitest";
import { ANSWER_BYTES, answerOf } from "../../../functions/runtime/lambda/answer.ts";
import type { Report, ReportedHeld, ServiceReport } from "../../../functions/core/report.ts";
import { report, serviceReport } from "../../support/reports.ts";

test("a report that fits is answered whole, with its counts", () => {
  const small = reportOf(3, 4);
  expect(answerOf(small, ANSWER_BYTES)).toEqual({
    counts: { services: 3, changes: 0, held: 12, claims: 0, errors: 0, warnings: 0 },
    ...small,
  });
});

test.each([
  ["one service with 100,000 holds", () => reportOf(1, 100_000), 1_000],
  ["1,000 services with 100 holds each", () => reportOf(1_000, 100), 10],
  ["100,000 services", () => reportOf(100_000, 2), 1],
] as const)("%s: the answer fits, counts everything, and has the first of each reason", (_what, make, cutTo) => {
  const large = make();
  const answer = answerOf(large, ANSWER_BYTES);
  expect(JSON.stringify(answer).length).toBeLessThanOrEqual(ANSWER_BYTES);
  expect(answer).toMatchObject({ cutTo, counts: { services: large.services.length }, ok: true });
  expect(answer.counts.held).toBe(large.services.reduce((total, { held }) => total + held.length, 0));
  const [first] = answer.services;
  expect(first?.held).toHaveLength(Math.min(cutTo, (large.services[0]?.held.length ?? 0) / 2) * 2);
});

test("100,000 wrong claims, warnings and errors leave the answer within its limit", () => {
  const many = Array.from({ length: 100_000 }, (_, n) => `${n} ${"x".repeat(1_000)}`);
  const claims = many.map((problem, n) => ({
    reason: "invalid" as const,
    claim: `Service team-${n}/web`,
    from: `team-${n}`,
    service: null,
    problem,
  }));
  const answer = answerOf(report({ claims, warnings: many, errors: many, ok: false }), ANSWER_BYTES);
  expect(JSON.stringify(answer).length).toBeLessThanOrEqual(ANSWER_BYTES);
  expect(answer.counts).toMatchObject({ claims: 100_000, warnings: 100_000, errors: 100_000 });
  expect(answer.claims.length).toBeGreaterThan(0);
});

/** Half of the holds of one reason, half of another. */
function reportOf(services: number, holds: number): Report {
  return report({ services: Array.from({ length: services }, (_, n) => serviceOf(n, holds)) });
}

function serviceOf(number: number, holds: number): ServiceReport {
  const held = Array.from({ length: holds }, (_, n): ReportedHeld => {
    const reason = n % 2 === 0 ? "foreign" : "policy";
    return {
      kind: "register",
      id: `10.0.0.${n}`,
      reason,
      why: "missing",
      pod: `shop/web-${n}`,
      remedy: "do",
      isFailure: false,
    };
  });
  return serviceReport({ service: `web-${number}`, held });
}
