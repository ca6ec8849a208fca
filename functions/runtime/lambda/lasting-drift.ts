import { serviceName } from "../../core/model.ts";
import type { Report, ServiceReport } from "../../core/report.ts";

/**
 * Counts the differences of a full pass that the full pass before it found too, and that nothing holds on purpose: writes that
 * fail, that never end, or that somebody undoes. Pods that come and go make every pass differ; their differences do not last.
 * The first pass of a process knows of none before it, and counts all of its own: where drift lasts, a new process says so.
 */
export function createLastingDrift(): (report: Report) => number {
  let before: ReadonlySet<string> | undefined;
  return ({ services }) => {
    const now = new Set(services.flatMap(differences));
    const lasting = [...now].filter((one) => before?.has(one) ?? true);
    before = now;
    return lasting.length;
  };
}

function differences(service: ServiceReport): readonly string[] {
  const { changes, held } = service;
  return [...changes, ...held.filter(({ reason }) => reason === "unfinished" || reason === "pending")].map(
    ({ kind, id }) => `${serviceName(service)} ${kind} ${id}`,
  );
}
