import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { serviceName } from "../core/model.ts";
import type { HeldReason } from "../core/model.ts";
import type { Report, ServiceReport } from "../core/report.ts";

export type PassFigures = {
  /** CloudWatch's namespace of the metrics. */
  readonly namespace: string;
  readonly cluster: string;
  readonly milliseconds: number;
  /** Calls that AWS asked to slow down. */
  readonly throttles: number;
  /** Whether it was over every service, and no dry run: what tells of the whole would be wrong of a part. */
  readonly isFull: boolean;
  /** Of a full pass: what differed in the one before too, and is not held on purpose. */
  readonly lastingDrift: number;
  /** Whether each service has series of its own, which CloudWatch charges for one by one. */
  readonly perService: boolean;
};

/** What is held, by reason: each a metric of its own, since dimensions would multiply the series. */
const HELD: Readonly<Record<HeldReason, string>> = {
  policy: "HeldByPolicy",
  foreign: "HeldForeign",
  "not-allowed": "HeldNotAllowed",
  guard: "HeldByGuard",
  "source-absent": "HeldSourceAbsent",
  "source-failed": "HeldSourceFailed",
  quota: "HeldByQuota",
  ambiguous: "HeldAmbiguous",
  invalid: "HeldInvalid",
  unfinished: "HeldUnfinished",
};

/**
 * Writes one pass as CloudWatch's embedded metric format to standard output, with the cluster as the only dimension. CloudWatch
 * charges for every metric that is sent, by the hour: those that are mostly zero are sent only when they are not. Those that
 * alarms take the least or the greatest of, or the absence, come from passes over everything alone: passes that events wake
 * always find drift, for that is what woke them, and their success must not hide that the schedule has stopped.
 */
export function publishMetrics(
  report: Report,
  { namespace, cluster, milliseconds, throttles, isFull, lastingDrift, perService }: PassFigures,
): void {
  const metrics = createMetrics(namespace, { cluster });
  const { drift, services } = report;
  const addIfAny = (name: string, count: number) => count > 0 && metrics.addMetric(name, MetricUnit.Count, count);
  metrics.addMetric("PassDuration", MetricUnit.Milliseconds, milliseconds);
  if (isFull) addWhole(metrics, report, lastingDrift);
  addIfAny("DriftMissing", drift.missing);
  addIfAny("DriftStale", drift.stale);
  addIfAny("DriftChanged", drift.changed);
  addIfAny("DriftHealth", drift.health);
  addIfAny("Failures", countFailures(report));
  addIfAny("Throttles", throttles);
  const held = services.flatMap((service) => service.held);
  for (const [reason, name] of Object.entries(HELD)) addIfAny(name, held.filter((one) => one.reason === reason).length);
  for (const seconds of services.flatMap(delaysOf)) metrics.addMetric("RegistrationDelay", MetricUnit.Seconds, seconds);
  metrics.publishStoredMetrics();
  if (perService) for (const service of services) publishService(namespace, service, cluster);
}

function addWhole(metrics: Metrics, { ok, services }: Report, lastingDrift: number): void {
  const registered = services.map((service) => service.registered);
  metrics.addMetric("Passes", MetricUnit.Count, ok ? 1 : 0);
  metrics.addMetric("DriftNotHeld", MetricUnit.Count, lastingDrift);
  metrics.addMetric("Registered", MetricUnit.Count, sum(registered));
  metrics.addMetric("LargestService", MetricUnit.Count, Math.max(0, ...registered));
}

function publishService(
  namespace: string,
  { desired, registered, held, ...key }: ServiceReport,
  cluster: string,
): void {
  const metrics = createMetrics(namespace, { cluster, service: serviceName(key) });
  metrics.addMetric("Desired", MetricUnit.Count, desired);
  metrics.addMetric("Registered", MetricUnit.Count, registered);
  metrics.addMetric("Held", MetricUnit.Count, held.length);
  metrics.publishStoredMetrics();
}

function createMetrics(namespace: string, dimensions: Readonly<Record<string, string>>): Metrics {
  const metrics = new Metrics({ namespace });
  metrics.clearDefaultDimensions();
  metrics.addDimensions({ ...dimensions });
  return metrics;
}

function countFailures({ errors, services }: Report): number {
  return errors.length + services.filter(({ error }) => error !== null).length;
}

function delaysOf({ changes }: ServiceReport): readonly number[] {
  return changes.flatMap(({ seconds }) => seconds ?? []);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
