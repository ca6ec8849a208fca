import * as cloudWatchModel from "@aws-sdk/client-cloudwatch";
import * as z from "zod";
import { awsJsonHandler, unknownOperation } from "../aws-json.ts";
import type { Handler } from "../serve.ts";

/** One value of a metric. `at`: milliseconds since the epoch. */
export type Sample = {
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly at: number;
  readonly value: number;
};

export type CloudWatchWorld = {
  /** Their states by name. */
  readonly alarms: Map<string, { readonly state: string; readonly description: string }>;
  readonly samples: Sample[];
};

export function createCloudWatch(): CloudWatchWorld {
  return { alarms: new Map(), samples: [] };
}

const alarmsSchema = z.object({ AlarmNames: z.array(z.string()).max(100), StateValue: z.string().optional() });
const dimensionSchema = z.object({ Name: z.string(), Value: z.string() });
const querySchema = z.object({
  Id: z.string().regex(/^[a-z][A-Za-z0-9_]*$/),
  MetricStat: z.object({
    Metric: z.object({ Namespace: z.string(), MetricName: z.string(), Dimensions: z.array(dimensionSchema) }),
    Period: z.int().multipleOf(60),
    Stat: z.enum(["Minimum", "Maximum", "Sum"]),
  }),
});
const dataSchema = z.object({
  MetricDataQueries: z.array(querySchema).max(500),
  StartTime: z.number(),
  EndTime: z.number(),
  ScanBy: z.literal("TimestampDescending"),
  MaxDatapoints: z.int().optional(),
});

/** CloudWatch's DescribeAlarms and GetMetricData (awsJson 1.0) over `world`, for `serve`. */
export function cloudWatchHandler(world: CloudWatchWorld): Handler {
  return awsJsonHandler(
    "GraniteServiceVersion20100801",
    async (operation, input) => {
      switch (operation) {
        case "DescribeAlarms":
          return describeAlarms(world, alarmsSchema.parse(input));
        case "GetMetricData":
          return metricData(world, dataSchema.parse(input));
        default:
          throw unknownOperation();
      }
    },
    cloudWatchModel,
  );
}

function describeAlarms({ alarms }: CloudWatchWorld, { AlarmNames, StateValue }: z.infer<typeof alarmsSchema>): object {
  const MetricAlarms = AlarmNames.flatMap((name) => {
    const alarm = alarms.get(name);
    if (alarm === undefined || (StateValue !== undefined && alarm.state !== StateValue)) return [];
    return [{ AlarmName: name, AlarmDescription: alarm.description, StateValue: alarm.state }];
  });
  return { MetricAlarms };
}

function metricData({ samples }: CloudWatchWorld, input: z.infer<typeof dataSchema>): object {
  const MetricDataResults = input.MetricDataQueries.map(({ Id, MetricStat: { Metric, Period, Stat } }) => {
    const wanted = Object.fromEntries(Metric.Dimensions.map(({ Name, Value }) => [Name, Value]));
    const found = samples.filter(
      ({ metric, dimensions, at }) =>
        metric === Metric.MetricName &&
        isSame(dimensions, wanted) &&
        at >= input.StartTime * 1000 &&
        at < input.EndTime * 1000,
    );
    const periods = [...Map.groupBy(found, ({ at }) => Math.floor(at / 1000 / Period) * Period)].toSorted(
      ([a], [b]) => b - a,
    );
    const values = periods.map(([, ones]) =>
      statistic(
        Stat,
        ones.map(({ value }) => value),
      ),
    );
    return {
      Id,
      Label: Metric.MetricName,
      StatusCode: "Complete",
      Timestamps: periods.map(([at]) => at),
      Values: values,
    };
  });
  return { MetricDataResults };
}

function statistic(stat: "Minimum" | "Maximum" | "Sum", values: readonly number[]): number {
  switch (stat) {
    case "Minimum":
      return Math.min(...values);
    case "Maximum":
      return Math.max(...values);
    case "Sum":
      return values.reduce((sum, value) => sum + value, 0);
    default:
      return stat satisfies never;
  }
}

function isSame(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}
