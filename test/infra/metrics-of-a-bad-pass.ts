import type { HeldReason } from "../../functions/core/change.ts";
import { RULES } from "../../functions/core/rules.ts";
import { createFindings } from "../../functions/runtime/lambda/findings.ts";
import { publishMetrics } from "../../functions/runtime/lambda/metrics.ts";
import { heldFor, report, serviceReport } from "../support/reports.ts";

const REASONS: readonly HeldReason[] = RULES.map(({ reason }) => reason);

/** Told by the first argument. */
const isFull = process.argv[2] === "full";

/** A pass in which everything that can be wrong is. Run by itself, it writes the pass's metrics to standard output: `full` as of a pass over every service. */
const told = report({
  services: [
    serviceReport({
      desired: 1000,
      registered: 1000,
      changes: [{ kind: "register", id: "10.0.0.1", reason: "missing", pod: "shop/web", seconds: 2 }],
      held: heldFor(...REASONS),
      error: "failed",
    }),
  ],
  drift: { missing: 1, stale: 1, changed: 1, health: 1 },
  claims: [{ reason: "invalid", claim: "Service shop/web", from: "shop", service: null, problem: "wrong" }],
  errors: ["failed"],
  ok: false,
});
publishMetrics(told, {
  origin: { namespace: "EksCloudMapSync", cluster: "prod", deployment: "Test/Sync" },
  milliseconds: 1,
  throttles: 1,
  full: isFull ? { findings: createFindings()(told, false), failedPasses: 1, isDryRun: true, quota: 100 } : undefined,
  perService: false,
});
