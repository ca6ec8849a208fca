import type { Check } from "./check.ts";
import { counted, createPaint, fit, printable } from "./text.ts";
import type { Style } from "./text.ts";

const STYLES = { ok: "green", warning: "yellow", failed: "red" } as const;

const LIMITS = "Checked with your identity; the rights of deployed functions show when these use them.";

/** A line a check, and what they come to. `limits`: what was not looked at, where nothing failed. */
export function renderChecks(checks: readonly Check[], style: Style, limits = LIMITS): string {
  const paint = createPaint(style);
  const lines = checks.map(
    ({ check, result, message }) =>
      `${paint(STYLES[result], result.padEnd("warning".length))}  ${printable(check)}: ${message.split("\n").map(printable).join("\n  ")}`,
  );
  const count = (result: Check["result"]) => checks.filter((one) => one.result === result).length;
  const verdict = `${count("ok")} ok, ${counted(count("warning"), "warning")}, ${count("failed")} failed.`;
  const next = count("failed") === 0 ? limits : "Correct what failed and run this again.";
  return fit(`${lines.join("\n")}\n\n${paint("bold", `${verdict} ${next}`)}\n`, style);
}
