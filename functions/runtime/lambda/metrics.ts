import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { boundedName } from "../../core/bounded.ts";
import { serviceName } from "../../core/model.ts";
import type { Report, ServiceReport } from "../../core/report.ts";
import { HELD_METRICS } from "./held-metrics.ts";
import type { Findings } from "./findings.ts";

/** Whose metrics they are. */
export type Origin = {
  /** CloudWatch's namespace of the metrics. */
  readonly namespace: string;
  readonly cluster: string;
  /** Which of several deployments for one cluster: a dead one must not look alive because another is. */
  readonly deployment: string;
};

export type PassFigures = {
  readonly origin: Origin;
  readonly milliseconds: number;
  /** Calls that AWS asked to slow down; undefined: there are none, nor were there lately. */
  readonly throttles: number | undefined;
  /** Undefined: a pass over a part, or a person's dry run. What tells of the whole would be wrong of it. */
  readonly full: FullPass | undefined;
  /** Whether each service that is mapped has series of its own, which CloudWatch charges for one by one. */
  readonly perService: boolean;
};

/** Of a pass over every service by the document's own policy. */
export type FullPass = {
  readonly findings: Findings;
  /** How many of the last six have failed. */
  readonly failedPasses: number;
  /** Whether the document's policy lets nothing be written. */
  readonly isDryRun: boolean;
  /** How full the fullest service or namespace is, in percent. */
  readonly quota: number;
};

/** Instances of a service from which on the size of the largest is told. */
const LARGE = 500;
/** From here on, in percent, it is told how full the fullest service or namespace is: its alarm is about 90 by default. */
const NEAR_QUOTA = 50;

/**
 * Writes one pass as CloudWatch's embedded metric format to standard output; the dimensions are the cluster and the deployment.
 * CloudWatch charges for every metric that is sent, by the hour: those that are mostly zero are sent only when they are not.
 * What alarms watch comes from passes over everything alone: passes that events wake always find drift, for that is what woke
 * them, and their success must not hide that the schedule has stopped.
 */
export function publishMetrics(
  report: Report,
  { origin, milliseconds, throttles, full, perService }: PassFigures,
): void {
  const metrics = createMetrics(origin);
  const { drift, services } = report;
  const addIfAny = (name: string, count: number) => addCount(metrics, name, count);
  metrics.addMetric("PassDuration", MetricUnit.Milliseconds, milliseconds);
  if (full !== undefined) addWhole(metrics, report, full);
  addIfAny("DriftMissing", drift.missing);
  addIfAny("DriftStale", drift.stale);
  addIfAny("DriftChanged", drift.changed);
  addIfAny("DriftHealth", drift.health);
  addIfAny("Failures", countFailures(report));
  if (throttles !== undefined) metrics.addMetric("Throttles", MetricUnit.Count, throttles);
  const reasons = services.flatMap(({ held }) => held.map(({ reason }) => reason));
  for (const [reason, name] of Object.entries(HELD_METRICS))
    addIfAny(name, reasons.filter((one) => one === reason).length);
  for (const seconds of services.flatMap(delaysOf)) metrics.addMetric("RegistrationDelay", MetricUnit.Seconds, seconds);
  metrics.publishStoredMetrics();
  // Tenants can name any number of services; a series costs money, and only what is mapped is somebody's.
  if (perService) for (const service of services.filter(isMapped)) publishService(origin, service);
}

/** A full pass that threw: it has ended, and failed. */
export function publishFailedPass(origin: Origin, milliseconds: number, failedPasses: number): void {
  const metrics = createMetrics(origin);
  metrics.addMetric("PassDuration", MetricUnit.Milliseconds, milliseconds);
  metrics.addMetric("Passes", MetricUnit.Count, 0);
  metrics.addMetric("FailedPasses", MetricUnit.Count, failedPasses);
  metrics.addMetric("Failures", MetricUnit.Count, 1);
  metrics.publishStoredMetrics();
}

/** `Passes` is the heartbeat, 1 or 0; the others say that something is wrong, and nothing where it is not. */
function addWhole(
  metrics: Metrics,
  { ok, services }: Report,
  { findings, failedPasses, isDryRun, quota }: FullPass,
): void {
  metrics.addMetric("Passes", MetricUnit.Count, ok ? 1 : 0);
  // Of a pass that could not begin it is not known how many there are.
  if (services.length > 0)
    metrics.addMetric("Registered", MetricUnit.Count, sum(services.map(({ registered }) => registered)));
  addCount(metrics, "FailedPasses", failedPasses);
  addCount(metrics, "DriftNotHeld", findings.Drift);
  addCount(metrics, "HeldUrgent", findings.Guard);
  addCount(metrics, "HeldConflicts", findings.Held);
  addCount(metrics, "ClaimProblems", findings.Claims);
  addCount(metrics, "DryRuns", isDryRun ? 1 : 0);
  // The quota is of all instances of a service, whoever registered them.
  const largest = Math.max(0, ...services.map(({ registered, foreign }) => registered + foreign));
  if (largest >= LARGE) metrics.addMetric("LargestService", MetricUnit.Count, largest);
  if (quota >= NEAR_QUOTA) metrics.addMetric("QuotaUsed", MetricUnit.Percent, quota);
}

function addCount(metrics: Metrics, name: string, count: number): void {
  if (count > 0) metrics.addMetric(name, MetricUnit.Count, count);
}

function isMapped({ podNamespaces }: ServiceReport): boolean {
  return podNamespaces.length > 0;
}

function publishService(origin: Origin, { desired, registered, held, ...key }: ServiceReport): void {
  const metrics = createMetrics(origin, { service: boundedName(serviceName(key)) });
  metrics.addMetric("Desired", MetricUnit.Count, desired);
  metrics.addMetric("Registered", MetricUnit.Count, registered);
  metrics.addMetric("Held", MetricUnit.Count, held.length);
  metrics.publishStoredMetrics();
}

function createMetrics(
  { namespace, cluster, deployment }: Origin,
  more: Readonly<Record<string, string>> = {},
): Metrics {
  const metrics = new Metrics({ namespace });
  // Default ones stay when the library writes by itself, as it does with the hundredth value of a metric.
  metrics.clearDefaultDimensions();
  metrics.setDefaultDimensions({ cluster, deployment, ...more });
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
