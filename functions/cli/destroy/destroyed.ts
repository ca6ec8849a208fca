import type { Report, ReportedReason } from "../../core/report.ts";

/** The same report with the reason why destroy removes: what claims services was not even read. */
export function asDestroyed(report: Report): Report {
  const services = report.services.map((service) => ({
    ...service,
    changes: service.changes.map((change) => ({ ...change, reason: reasonOf(change.reason) })),
    held: service.held.map((held) => ({ ...held, why: held.why === null ? null : reasonOf(held.why) })),
  }));
  return { ...report, services };
}

function reasonOf(reason: ReportedReason): ReportedReason {
  return reason === "unmapped" || reason === "load-balancer-gone" ? "destroyed" : reason;
}
