import type { HeldReason } from "../../functions/core/model.ts";
import { publishMetrics } from "../../functions/runtime/lambda/metrics.ts";
import { heldFor, report, serviceReport } from "../support/reports.ts";

const REASONS: readonly HeldReason[] = [
  "policy",
  "foreign",
  "not-allowed",
  "guard",
  "source-absent",
  "source-failed",
  "quota",
  "ambiguous",
  "invalid",
  "unfinished",
];

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
  errors: ["failed"],
  ok: false,
});
publishMetrics(told, {
  namespace: "EksCloudMapSync",
  cluster: "prod",
  milliseconds: 1,
  throttles: 1,
  isFull,
  lastingDrift: isFull ? 1 : 0,
  perService: false,
});
