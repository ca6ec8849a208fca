import type { Report, ReportedChange, ReportedHeld, ServiceReport } from "../../core/report.ts";

/** What Lambda lets a synchronous answer have, 6 MB, less what surrounds it. */
export const ANSWER_BYTES = 6_000_000;
/** What CloudWatch lets an event of a log have, 256 KB, less the line around the report. */
export const LOGGED_BYTES = 200_000;

/** How many of each there are, before anything is left out. */
export type Counts = Readonly<Record<"services" | "changes" | "held" | "claims" | "errors" | "warnings", number>>;

export type Answer = {
  readonly counts: Counts;
  /** Where the report was too large: so many of each reason are in it, and of services as many as fit. */
  readonly cutTo?: number;
} & Report;

/** So many of each reason are tried, until the report fits. */
const STEPS = [1_000, 100, 10, 1] as const;

/**
 * The report as an answer of at most so many bytes: counts first; where it is larger, the first changes, holds and claims of
 * each reason of a service, and at last the first services alone.
 */
export function answerOf(report: Report, bytes: number): Answer {
  const counts = countsOf(report);
  const whole = { counts, ...report };
  if (sizeOf(whole) <= bytes) return whole;
  for (const most of STEPS) {
    const cut = { counts, cutTo: most, ...cutReport(report, most) };
    if (sizeOf(cut) <= bytes) return cut;
  }
  const { services, ...rest } = cutReport(report, 1);
  const frame = { counts, cutTo: 1, ...rest };
  return { ...frame, services: fitting(services, bytes - sizeOf({ ...frame, services: [] })) };
}

function countsOf({ services, claims, errors, warnings }: Report): Counts {
  return {
    services: services.length,
    changes: services.reduce((total, { changes }) => total + changes.length, 0),
    held: services.reduce((total, { held }) => total + held.length, 0),
    claims: claims.length,
    errors: errors.length,
    warnings: warnings.length,
  };
}

function cutReport(report: Report, most: number): Report {
  return {
    ...report,
    services: report.services.map((service) => cutService(service, most)),
    claims: firstOfEach(report.claims, ({ from, reason }) => `${from} ${reason}`, most).slice(0, LISTED),
    errors: report.errors.slice(0, most),
    warnings: report.warnings.slice(0, most),
    otherClusters: report.otherClusters.slice(0, most),
    namespaces: report.namespaces.slice(0, most),
  };
}

/** Whatever each Kubernetes namespace does, of their claims no more are answered with once the report is cut. */
const LISTED = 1_000;

function cutService(service: ServiceReport, most: number): ServiceReport {
  return {
    ...service,
    podNamespaces: service.podNamespaces.slice(0, most),
    changes: firstOfEach(service.changes, reasonOf, most),
    held: firstOfEach(service.held, reasonOf, most),
  };
}

function reasonOf({ kind, reason }: ReportedChange | ReportedHeld): string {
  return `${kind} ${reason}`;
}

function firstOfEach<T>(list: readonly T[], keyOf: (one: T) => string, most: number): readonly T[] {
  const seen = new Map<string, number>();
  return list.filter((one) => {
    const key = keyOf(one);
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return count <= most;
  });
}

function fitting(services: readonly ServiceReport[], bytes: number): readonly ServiceReport[] {
  let left = bytes;
  return services.filter((service) => {
    left -= sizeOf(service) + 1;
    return left >= 0;
  });
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
