import { Duration } from "aws-cdk-lib";
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import type { AlarmThresholds } from "./props.ts";
import type { Queues } from "./queues.ts";

/** What a pass publishes: functions/runtime/metrics.ts. The cluster is the only dimension. */
export type PassMetric = (name: string, statistic: string, period: Duration) => Metric;

export function passMetrics(namespace: string, cluster: string): PassMetric {
  return (metricName, statistic, period) =>
    new Metric({ namespace, metricName, dimensionsMap: { cluster }, statistic, period });
}

type Parts = {
  readonly metric: PassMetric;
  readonly queues: Queues;
  /** Of the schedule. */
  readonly minutes: number;
  readonly thresholds: AlarmThresholds;
  readonly topic: ITopic | undefined;
};

type Definition = {
  readonly id: string;
  readonly description: string;
  readonly metric: Metric;
  readonly threshold: number;
  readonly comparison?: ComparisonOperator;
  readonly periods?: number;
  readonly missing?: TreatMissingData;
};

export function createAlarms(scope: Construct, parts: Parts): readonly Alarm[] {
  return definitions(parts).map(({ id, description, metric, threshold, comparison, periods, missing }) => {
    const alarm = new Alarm(scope, `${id}Alarm`, {
      alarmDescription: `eks-cloudmap-sync: ${description} Look it up in docs/operations.md, ${id}.`,
      metric,
      threshold,
      comparisonOperator: comparison ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: periods ?? 1,
      treatMissingData: missing ?? TreatMissingData.NOT_BREACHING,
    });
    if (parts.topic !== undefined) {
      alarm.addAlarmAction(new SnsAction(parts.topic));
      alarm.addOkAction(new SnsAction(parts.topic));
    }
    return alarm;
  });
}

function definitions({ metric, queues, minutes, thresholds }: Parts): readonly Definition[] {
  const pass = Duration.minutes(minutes);
  const five = Duration.minutes(5);
  const {
    driftPasses = 10,
    silentMinutes = Math.max(5, 3 * minutes),
    failingPasses = 3,
    largestService = 900,
    throttles = 50,
    queueAge = 1_800,
  } = thresholds;
  return [
    {
      id: "Drift",
      description: `in each of ${driftPasses} passes a difference was still there that the pass before had found, though nothing is held.`,
      metric: metric("DriftNotHeld", "Maximum", pass),
      threshold: 1,
      periods: driftPasses,
    },
    {
      id: "Silent",
      description: `no pass over every service has succeeded for ${silentMinutes} minutes.`,
      metric: metric("Passes", "Maximum", pass),
      threshold: 1,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      periods: Math.ceil(silentMinutes / minutes),
      missing: TreatMissingData.BREACHING,
    },
    {
      id: "Failing",
      description: `something failed in each of ${failingPasses} passes.`,
      metric: metric("Passes", "Minimum", pass),
      threshold: 1,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      periods: failingPasses,
    },
    {
      id: "Guard",
      description: "changes are held because they look like a mistake, a source is absent, or a service is full.",
      metric: metric("HeldUrgent", "Maximum", pass),
      threshold: 1,
    },
    {
      id: "Held",
      description: "changes are held because an id is taken by somebody else's instance, or a claim is not allowed.",
      metric: metric("HeldConflicts", "Maximum", pass),
      threshold: 1,
      periods: driftPasses,
    },
    {
      id: "Quota",
      description: "a service nears Cloud Map's quota of 1,000 instances.",
      metric: metric("LargestService", "Maximum", five),
      threshold: largestService,
    },
    {
      id: "Throttled",
      description: "AWS asks to slow down.",
      metric: metric("Throttles", "Sum", five),
      threshold: throttles,
      periods: 3,
    },
    {
      id: "DeadLetters",
      description: "messages failed too often, or events did not reach the queue.",
      metric: queues.deadLetters.metricApproximateNumberOfMessagesVisible({ period: five, statistic: "Maximum" }),
      threshold: 1,
    },
    {
      id: "Failures",
      description: "invocations failed or could not be made.",
      metric: queues.failures.metricApproximateNumberOfMessagesVisible({ period: five, statistic: "Maximum" }),
      threshold: 1,
    },
    {
      id: "QueueAge",
      description: `events wait for longer than ${queueAge} s.`,
      metric: queues.scopes.metricApproximateAgeOfOldestMessage({ period: five, statistic: "Maximum" }),
      threshold: queueAge,
    },
  ];
}
