import type { HeldReason } from "../../functions/core/change.ts";
import type { Drift, Report, ReportedHeld, ServiceReport } from "../../functions/core/report.ts";
import { isFailure } from "../../functions/core/rules.ts";

/** Reports of a pass that has found nothing; what a test is about shows in the call. */
export const NO_DRIFT: Drift = { missing: 0, stale: 0, changed: 0, health: 0 };

export function report(wanted: Partial<Report> = {}): Report {
  return {
    version: "0.0.0",
    services: [],
    drift: NO_DRIFT,
    claims: [],
    otherClusters: [],
    namespaces: [],
    errors: [],
    warnings: [],
    ok: true,
    ...wanted,
  };
}

export function serviceReport(wanted: Partial<ServiceReport> = {}): ServiceReport {
  return {
    namespace: "shop.local",
    service: "web",
    podNamespaces: ["shop"],
    desired: 1,
    registered: 1,
    foreign: 0,
    changes: [],
    held: [],
    error: null,
    ...wanted,
  };
}

/** One registration a reason, all of one id. */
export function heldFor(...reasons: readonly HeldReason[]): readonly ReportedHeld[] {
  return reasons.map((reason) => ({
    kind: "register",
    id: "10.0.0.2",
    reason,
    why: null,
    pod: null,
    remedy: "",
    isFailure: isFailure({ reason }),
  }));
}
