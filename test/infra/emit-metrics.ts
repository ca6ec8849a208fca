import { text } from "node:stream/consumers";
import { createFailedPasses } from "../../functions/runtime/lambda/failed-passes.ts";
import { createFindings } from "../../functions/runtime/lambda/findings.ts";
import { publishFailedPass, publishMetrics } from "../../functions/runtime/lambda/metrics.ts";
import { quotaUsed } from "../../functions/runtime/lambda/quota.ts";
import { createThrottleCount } from "../../functions/runtime/lambda/throttles.ts";
import type { Scenario } from "./scenarios.ts";

/**
 * Reads scenarios, and writes what the functions' own code writes of their passes: a line with the scenario and the minute, then
 * the pass's metrics. A program of its own, since these go to standard output.
 */
const scenarios = JSON.parse(await text(process.stdin)) as readonly Scenario[];
for (const { name, events } of scenarios) {
  let memory = newMemory();
  for (const event of events) {
    if (event.kind === "new-process") memory = newMemory();
    if (event.kind !== "pass" && event.kind !== "thrown") continue;
    process.stdout.write(`${JSON.stringify({ scenario: name, at: event.at })}\n`);
    const origin = { namespace: "EksCloudMapSync", cluster: "prod", deployment: event.deployment };
    if (event.kind === "thrown") {
      publishFailedPass(origin, 1_000, memory.countFailed(true));
      continue;
    }
    const { report, sweep, isDryRun, at } = event;
    const throttles = memory.countThrottles(event.throttles, at * 60_000);
    const findings = memory.countFindings(report, sweep);
    const failedPasses = memory.countFailed(findings.Failing > 0);
    const full = { findings, failedPasses, isDryRun, quota: quotaUsed(report, 2_000) };
    publishMetrics(report, { origin, milliseconds: 1_000, throttles, full, perService: false });
  }
}

function newMemory() {
  return {
    countFindings: createFindings(),
    countFailed: createFailedPasses(),
    countThrottles: createThrottleCount(),
  };
}
