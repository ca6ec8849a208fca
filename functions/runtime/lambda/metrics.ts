import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { serviceName } from "../../core/model.ts";
import type { HeldReason } from "../../core/model.ts";
import type { Report, ServiceReport } from "../../core/report.ts";

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
  "other-cluster": "HeldOtherCluster",
  "not-allowed": "HeldNotAllowed",
  guard: "HeldByGuard",
  "source-absent": "HeldSourceAbsent",
  "source-failed": "HeldSourceFailed",
  quota: "HeldByQuota",
  ambiguous: "HeldAmbiguous",
  invalid: "HeldInvalid",
  "too-many": "HeldTooMany",
  "no-service": "HeldNoService",
  waiting: "HeldWaiting",
  contested: "HeldContested",
  pending: "HeldPending",
  unfinished: "HeldUnfinished",
};

/** What alarms ask for: holds that look like a mistake or need room, and those that conflict with what is somebody else's. */
const URGENT: ReadonlySet<HeldReason> = new Set(["guard", "source-absent", "quota"]);
const CONFLICTS: ReadonlySet<HeldReason> = new Set(["foreign", "not-allowed"]);

/** Of Cloud Map's quota of 1,000 instances a service: from here on the size of the largest is told. */
const NEAR_QUOTA = 500;

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
  if (isFull) addWhole(metrics, report);
  addIfAny("DriftNotHeld", lastingDrift);
  addIfAny("DriftMissing", drift.missing);
  addIfAny("DriftStale", drift.stale);
  addIfAny("DriftChanged", drift.changed);
  addIfAny("DriftHealth", drift.health);
  addIfAny("Failures", countFailures(report));
  addIfAny("Throttles", throttles);
  const reasons = services.flatMap(({ held }) => held.map(({ reason }) => reason));
  for (const [reason, name] of Object.entries(HELD)) addIfAny(name, reasons.filter((one) => one === reason).length);
  addIfAny("HeldUrgent", reasons.filter((reason) => URGENT.has(reason)).length);
  addIfAny("HeldConflicts", reasons.filter((reason) => CONFLICTS.has(reason)).length);
  for (const seconds of services.flatMap(delaysOf)) metrics.addMetric("RegistrationDelay", MetricUnit.Seconds, seconds);
  metrics.publishStoredMetrics();
  if (perService) for (const service of services) publishService(namespace, service, cluster);
}

function addWhole(metrics: Metrics, { ok, services }: Report): void {
  // The quota is of all instances of a service, whoever registered them.
  const largest = Math.max(0, ...services.map(({ registered, foreign }) => registered + foreign));
  metrics.addMetric("Passes", MetricUnit.Count, ok ? 1 : 0);
  metrics.addMetric("Registered", MetricUnit.Count, sum(services.map(({ registered }) => registered)));
  if (largest >= NEAR_QUOTA) metrics.addMetric("LargestService", MetricUnit.Count, largest);
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
  // Default ones stay when the library writes by itself, as it does with the hundredth value of a metric.
  metrics.clearDefaultDimensions();
  metrics.setDefaultDimensions({ ...dimensions });
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
