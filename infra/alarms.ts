import { Duration } from "aws-cdk-lib/core";
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import type { AlarmThresholds } from "./props.ts";
import type { Queues } from "./queues.ts";

/** What a pass publishes: functions/runtime/lambda/metrics.ts. */
export type PassMetric = (name: string, statistic: string, period: Duration) => Metric;

export function passMetrics(namespace: string, dimensionsMap: Readonly<Record<string, string>>): PassMetric {
  return (metricName, statistic, period) => new Metric({ namespace, metricName, dimensionsMap, statistic, period });
}

/** What the thresholds are counted in. `minutes`: of the schedule. */
type Given = Required<AlarmThresholds> & { readonly minutes: number };

/** One alarm, which means one thing, on one metric, so that it costs ten cents a month. */
export type AlarmRow = {
  readonly name: string;
  /** Whose the metric is: a pass's, or a queue's. */
  readonly of: "passes" | keyof Queues;
  readonly metric: string;
  readonly statistic: "Maximum" | "Sum" | "SampleCount";
  /** In minutes. */
  readonly period: (given: Given) => number;
  /** So many of the last so many periods, before it rings. */
  readonly datapoints: (given: Given) => readonly [alarming: number, of: number];
  readonly threshold: (given: Given) => number;
  /** It rings where the metric is less; by default, where it reaches the threshold. */
  readonly isBelow?: true;
  /** What a period without the metric counts as: by default, all is well. */
  readonly missing?: "alarming";
  readonly meaning: (given: Given) => string;
};

/** What quiet passes leave unsaid costs nothing: a custom metric is charged for by the hour in which it is sent. */
export const ALARMS: readonly AlarmRow[] = [
  {
    name: "Silent",
    of: "passes",
    metric: "Passes",
    statistic: "SampleCount",
    period: ({ minutes }) => minutes,
    datapoints: ({ silentMinutes, minutes }) => inARow(Math.ceil(silentMinutes / minutes)),
    threshold: () => 1,
    isBelow: true,
    missing: "alarming",
    meaning: ({ silentMinutes }) => `no pass over every service has ended for ${silentMinutes} minutes, well or badly`,
  },
  {
    name: "Failing",
    of: "passes",
    metric: "FailedPasses",
    statistic: "Maximum",
    period: ({ minutes }) => minutes,
    // The metric counts; the periods only outlast the pause between passes that take their time.
    datapoints: () => [1, 6],
    threshold: ({ failingPasses }) => failingPasses,
    meaning: ({ failingPasses }) =>
      `${failingPasses} of the last 6 passes could not read or write something, or the configuration is wrong`,
  },
  {
    name: "Drift",
    of: "passes",
    metric: "DriftNotHeld",
    statistic: "Maximum",
    period: ({ minutes }) => minutes,
    datapoints: ({ driftPasses }) => inARow(driftPasses),
    threshold: () => 1,
    meaning: ({ driftPasses }) => `differences that nothing holds have lasted ${driftPasses} passes`,
  },
  {
    name: "Guard",
    of: "passes",
    metric: "HeldUrgent",
    statistic: "Maximum",
    period: ({ minutes }) => minutes,
    datapoints: () => [3, 5],
    threshold: () => 1,
    meaning: () => "removals of living pods' instances wait for a person",
  },
  {
    name: "Held",
    of: "passes",
    metric: "HeldConflicts",
    statistic: "Maximum",
    period: ({ minutes }) => minutes,
    datapoints: ({ driftPasses }) => inARow(driftPasses),
    threshold: () => 1,
    meaning: () => "pods are not registered: an id is somebody else's, or a service or namespace is full",
  },
  {
    name: "Claims",
    of: "passes",
    metric: "ClaimProblems",
    statistic: "Maximum",
    period: ({ minutes }) => Math.max(5, minutes),
    datapoints: ({ minutes }) => inARow(Math.max(2, 60 / Math.max(5, minutes))),
    threshold: () => 1,
    meaning: () => "what a tenant claims in the cluster has been wrong for an hour",
  },
  {
    name: "Quota",
    of: "passes",
    metric: "QuotaUsed",
    statistic: "Maximum",
    period: ({ minutes }) => Math.max(5, minutes),
    datapoints: () => inARow(1),
    threshold: ({ largestService }) => largestService / 10,
    meaning: ({ largestService }) =>
      `a service or a namespace has used ${largestService / 10} % of the instances that AWS lets it hold`,
  },
  {
    name: "DryRun",
    of: "passes",
    metric: "DryRuns",
    statistic: "Maximum",
    period: () => 60,
    datapoints: () => inARow(24),
    threshold: () => 1,
    meaning: () => "the configuration's policy has been dry-run for a day: nothing is registered or removed",
  },
  {
    name: "Throttled",
    of: "passes",
    metric: "Throttles",
    statistic: "Sum",
    period: () => 5,
    datapoints: () => inARow(3),
    threshold: ({ throttles }) => throttles,
    meaning: () => "AWS asks to slow down",
  },
  {
    name: "DeadLetters",
    of: "deadLetters",
    metric: "ApproximateNumberOfMessagesVisible",
    statistic: "Maximum",
    period: () => 5,
    datapoints: () => inARow(1),
    threshold: () => 1,
    meaning: () => "messages failed too often, or events did not reach the queue",
  },
  {
    name: "Failures",
    of: "failures",
    metric: "NumberOfMessagesSent",
    statistic: "Sum",
    period: () => 5,
    datapoints: () => [2, 3],
    threshold: () => 1,
    meaning: () => "invocations fail, or cannot be made",
  },
  {
    name: "QueueAge",
    of: "scopes",
    metric: "ApproximateAgeOfOldestMessage",
    statistic: "Maximum",
    period: () => 5,
    datapoints: () => inARow(1),
    threshold: ({ queueAge }) => queueAge,
    meaning: ({ queueAge }) => `events wait for longer than ${queueAge} s`,
  },
];

type Parts = {
  /** What an e-mail about an alarm begins with: the cluster, and which deployment it is, as `STACK/CONSTRUCT`. */
  readonly cluster: string;
  readonly deployment: string;
  readonly metric: PassMetric;
  readonly queues: Queues;
  /** Of the schedule. */
  readonly minutes: number;
  readonly thresholds: AlarmThresholds;
  readonly topic: ITopic | undefined;
};

export function createAlarms(
  scope: Construct,
  { cluster, deployment, metric, queues, minutes, thresholds, topic }: Parts,
): readonly Alarm[] {
  const given = givenOf(minutes, thresholds);
  return ALARMS.map((row) => {
    const [datapointsToAlarm, evaluationPeriods] = row.datapoints(given);
    const period = Duration.minutes(row.period(given));
    const alarm = new Alarm(scope, `${row.name}Alarm`, {
      alarmDescription: `${cluster} (eks-cloudmap-sync, ${deployment}): ${row.meaning(given)}. In the app's folder run npx --no-install eks-cloudmap-sync doctor --stack ${deployment}. What to do: node_modules/eks-cloudmap-sync/docs/alarms.md#${row.name.toLowerCase()}`,
      metric:
        row.of === "passes"
          ? metric(row.metric, row.statistic, period)
          : queues[row.of].metric(row.metric, { statistic: row.statistic, period }),
      threshold: row.threshold(given),
      comparisonOperator:
        row.isBelow === true
          ? ComparisonOperator.LESS_THAN_THRESHOLD
          : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods,
      datapointsToAlarm,
      treatMissingData: row.missing === "alarming" ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    if (topic !== undefined) {
      alarm.addAlarmAction(new SnsAction(topic));
      alarm.addOkAction(new SnsAction(topic));
    }
    return alarm;
  });
}

/** The thresholds with their defaults, for a schedule of so many minutes. */
export function givenOf(minutes: number, thresholds: AlarmThresholds): Given {
  return {
    driftPasses: 10,
    silentMinutes: Math.max(5, 3 * minutes),
    failingPasses: 3,
    largestService: 900,
    throttles: 50,
    queueAge: 1_800,
    ...thresholds,
    minutes,
  };
}

function inARow(periods: number): readonly [number, number] {
  return [periods, periods];
}
