import type { Logger } from "@aws-lambda-powertools/logger";
import type { Report } from "../../core/report.ts";
import type { Configuration } from "../../core/settings.ts";
import { parseLambdaEnvironment } from "../configuration/environment.ts";
import { createIsNew } from "../is-new.ts";
import { createFailedPasses } from "./failed-passes.ts";
import { createFindings } from "./findings.ts";
import { logReport } from "./log-report.ts";
import { publishFailedPass, publishMetrics } from "./metrics.ts";
import { quotaUsed } from "./quota.ts";
import { createThrottleCount } from "./throttles.ts";

/** What a report does not say of the pass that made it. */
type Pass = {
  /** What woke it. */
  readonly cause: string;
  /** Whether it tells of the whole: one of the schedule's. */
  readonly isFull: boolean;
  readonly sweep: boolean;
  readonly dryRun: boolean;
  readonly force: boolean;
  /** Undefined where the pass could not even begin. */
  readonly settings: Pick<Configuration, "policy" | "quotas" | "metrics"> | undefined;
};

export type Telemetry = {
  readonly onCall: () => void;
  readonly onThrottle: (operation: string) => void;
  /** What stays as it is, such as nodes that may not be listed, is logged once a process, not in every pass. */
  readonly warn: (warning: string) => void;
  /** A pass begins; what it gives back logs and measures the report. */
  readonly begin: () => (report: Report, pass: Pass) => void;
  /** A full pass that began at `began`, in milliseconds since the epoch, has thrown. */
  readonly failed: (began: number) => void;
};

/** What the passes of one process say of themselves, in log and metrics. */
export function createTelemetry(logger: Logger, variables: Readonly<Record<string, string | undefined>>): Telemetry {
  const countFindings = createFindings();
  const countFailed = createFailedPasses();
  const countThrottles = createThrottleCount();
  const isNew = createIsNew();
  let [calls, throttles] = [0, 0];
  const originOf = () => {
    const { metricsNamespace, cluster, deployment } = parseLambdaEnvironment(variables);
    return { namespace: metricsNamespace, cluster, deployment };
  };
  return {
    onCall: () => {
      calls += 1;
    },
    onThrottle: (operation) => {
      throttles += 1;
      logger.debug("throttled", { operation });
    },
    warn: (warning) => {
      if (isNew(warning)) logger.warn(warning);
    },
    begin: () => {
      const began = Date.now();
      // Of passes that overlap, each counts the others' too.
      const before = { calls, throttles };
      return (report, { cause, isFull, sweep, dryRun, force, settings }) => {
        const warnings = force ? report.warnings : report.warnings.filter(isNew);
        logReport(logger, { ...report, warnings }, { cause, calls: calls - before.calls, dryRun });
        const now = Date.now();
        const full = () => {
          const findings = countFindings(report, sweep);
          return {
            findings,
            failedPasses: countFailed(findings.Failing > 0),
            isDryRun: settings?.policy === "dry-run",
            quota: settings === undefined ? 0 : quotaUsed(report, settings.quotas.instancesPerNamespace),
          };
        };
        publishMetrics(report, {
          milliseconds: now - began,
          throttles: countThrottles(throttles - before.throttles, now),
          origin: originOf(),
          full: isFull ? full() : undefined,
          perService: settings?.metrics.perService === true,
        });
      };
    },
    failed: (began) => publishFailedPass(originOf(), Date.now() - began, countFailed(true)),
  };
}
