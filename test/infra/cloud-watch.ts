import type { Template } from "aws-cdk-lib/assertions";
import { ALARMS } from "../../infra/alarms.ts";
import { deployed, metricText } from "./alarmed.ts";

/** A value of a metric; `at` in minutes. */
export type Sample = { readonly metric: string; readonly at: number; readonly value: number };

/**
 * What AWS leaves open. `extra`: how many periods more than it evaluates an alarm looks back for values, where some are missing;
 * the documentation shows two. `isSliding`: whether periods end at the minute of the evaluation, or at the clock's multiples.
 */
export type Reading = { readonly extra: number; readonly isSliding: boolean };

export const READINGS: readonly Reading[] = [0, 2].flatMap((extra) =>
  [false, true].map((isSliding) => ({ extra, isSliding })),
);

type Statistic = "Maximum" | "Sum" | "SampleCount";

type AlarmDefinition = {
  readonly name: string;
  readonly metric: string;
  readonly statistic: Statistic;
  /** In minutes. */
  readonly period: number;
  readonly alarming: number;
  readonly of: number;
  readonly isBreaching: (value: number) => boolean;
  readonly isMissingBreaching: boolean;
};

/** How often each alarm began to ring from one minute to another, and which ring at the end. */
export type Rings = { readonly begun: readonly string[]; readonly atEnd: readonly string[] };

/** Evaluates a template's alarms each minute, as CloudWatch does, over these values. */
export function ringsOf(template: Template, samples: readonly Sample[], minutes: number, reading: Reading): Rings {
  const buckets = bucketsOf(samples);
  const begun: string[] = [];
  const ringing = new Set<string>();
  for (let minute = 1; minute <= minutes; minute++) {
    for (const alarm of alarmsOf(template)) {
      const rings = isAlarm(alarm, buckets.get(alarm.metric) ?? new Map(), minute, reading);
      if (rings && !ringing.has(alarm.name)) begun.push(alarm.name);
      if (rings) ringing.add(alarm.name);
      else ringing.delete(alarm.name);
    }
  }
  return { begun: begun.toSorted(), atEnd: [...ringing] };
}

function isAlarm(
  { statistic, period, alarming, of, isBreaching, isMissingBreaching }: AlarmDefinition,
  values: ReadonlyMap<number, readonly number[]>,
  minute: number,
  { extra, isSliding }: Reading,
): boolean {
  const end = isSliding ? minute : Math.floor(minute / period) * period;
  const points = Array.from({ length: of + extra }, (_, index) =>
    pointOf(values, end - (index + 1) * period, end - index * period, statistic, isMissingBreaching),
  );
  // As the documentation has it: values count from the newest on, and what is missing only fills up.
  const present = points.filter((point) => point !== undefined).slice(0, of);
  const breaching = present.filter(isBreaching).length + (isMissingBreaching ? of - present.length : 0);
  return breaching >= alarming;
}

function pointOf(
  values: ReadonlyMap<number, readonly number[]>,
  from: number,
  to: number,
  statistic: Statistic,
  isMissingBreaching: boolean,
): number | undefined {
  const all: number[] = [];
  for (let minute = from; minute < to; minute++) {
    // Before the beginning all was well: an alarm that takes absence for bad has seen what it wants.
    if (minute < 0) return isMissingBreaching ? 1 : undefined;
    all.push(...(values.get(minute) ?? []));
  }
  if (all.length === 0) return undefined;
  switch (statistic) {
    case "Maximum":
      return Math.max(...all);
    case "Sum":
      return all.reduce((total, value) => total + value, 0);
    case "SampleCount":
      return all.length;
    default:
      return statistic satisfies never;
  }
}

/** By metric and minute. */
function bucketsOf(samples: readonly Sample[]): ReadonlyMap<string, ReadonlyMap<number, readonly number[]>> {
  const buckets = new Map<string, Map<number, number[]>>();
  for (const { metric, at, value } of samples) {
    const minutes = buckets.get(metric) ?? new Map<number, number[]>();
    buckets.set(metric, minutes);
    const values = minutes.get(Math.floor(at)) ?? [];
    minutes.set(Math.floor(at), values);
    values.push(value);
  }
  return buckets;
}

const definitions = new Map<Template, readonly AlarmDefinition[]>();

function alarmsOf(template: Template): readonly AlarmDefinition[] {
  const known =
    definitions.get(template) ?? Object.values(template.findResources("AWS::CloudWatch::Alarm")).map(alarmOf);
  definitions.set(template, known);
  return known;
}

type Resource = { readonly Properties: Parameters<typeof metricText>[0] & Readonly<Record<string, unknown>> };

function alarmOf(resource: object): AlarmDefinition {
  const { Properties } = resource as Resource;
  const { AlarmDescription, Statistic, Period, EvaluationPeriods, DatapointsToAlarm, Threshold } = Properties;
  const isBelow = Properties["ComparisonOperator"] === "LessThanThreshold";
  const isOfQueue = Properties.Namespace === "AWS/SQS";
  return {
    name:
      ALARMS.find(({ name }) => deployed(AlarmDescription).endsWith(`docs/alarms.md#${name.toLowerCase()}`))?.name ??
      "?",
    // Each of the queues' metrics has one alarm.
    metric: isOfQueue ? `AWS/SQS ${Properties.MetricName}` : metricText(Properties),
    statistic: Statistic as Statistic,
    period: Number(Period) / 60,
    alarming: Number(DatapointsToAlarm ?? EvaluationPeriods),
    of: Number(EvaluationPeriods),
    isBreaching: (value) => (isBelow ? value < Number(Threshold) : value >= Number(Threshold)),
    isMissingBreaching: Properties["TreatMissingData"] === "breaching",
  };
}
