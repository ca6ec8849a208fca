import { expect, test } from "vitest";
import { exitCodeOf } from "../../functions/cli/exit-code.ts";
import type { ReportedHeld } from "../../functions/core/report.ts";
import { NO_DRIFT, report, serviceReport } from "../support/reports.ts";

const TRUE = report();
const DRIFTED = report({ drift: { ...NO_DRIFT, health: 1 } });
const HELD = { ...DRIFTED, services: [serviceWith("register")] };
const CLAIM_HELD = { ...TRUE, services: [serviceWith("claim")] };

test.each([
  ["nothing differs", TRUE, "plan", false, 0],
  ["nothing differs, and somebody asks", TRUE, "plan", true, 0],
  ["something differs, and nobody asks", DRIFTED, "plan", false, 0],
  ["something differs, and somebody asks", DRIFTED, "plan", true, 2],
  ["what differed is repaired", DRIFTED, "apply", true, 0],
  ["what differs is held, and nobody asks", HELD, "apply", false, 0],
  ["what differs is held, and somebody asks", HELD, "apply", true, 2],
  ["a claim is held that asks for nothing that is not there", CLAIM_HELD, "apply", true, 0],
  ["something failed and something differs", { ...DRIFTED, ok: false }, "plan", true, 1],
  ["something failed", { ...TRUE, ok: false }, "apply", false, 1],
] as const)("where %s, the exit code tells", (_, told, verb, tellsDrift, code) => {
  expect(exitCodeOf(told, verb, tellsDrift)).toBe(code);
});

function serviceWith(kind: ReportedHeld["kind"]) {
  return serviceReport({
    held: [
      { kind, id: "10.0.0.1", reason: "foreign", why: null, pod: null, remedy: "remove it there", isFailure: false },
    ],
  });
}
