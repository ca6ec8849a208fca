import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { NARROW, synth } from "./stack.ts";

type Metric = {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
};
type Alarm = Metric & { readonly Metrics?: readonly { readonly MetricStat?: { readonly Metric: Metric } }[] };

/** How a line tells CloudWatch which of its members are metrics. */
type Directives = {
  readonly CloudWatchMetrics: readonly {
    readonly Namespace: string;
    readonly Dimensions: readonly (readonly string[])[];
    readonly Metrics: readonly { readonly Name: string }[];
  }[];
};

/** Metrics as `namespace name dimension=value`. */
const emitted = emittedMetrics();
const { Resources } = synth(NARROW).toJSON() as {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties: Alarm }>>;
};
const watched = Object.values(Resources)
  .filter(({ Type }) => Type === "AWS::CloudWatch::Alarm")
  .flatMap(({ Properties }) => Properties.Metrics?.flatMap(({ MetricStat }) => MetricStat?.Metric ?? []) ?? Properties)
  .filter(({ Namespace }) => !Namespace.startsWith("AWS/"))
  .map(textOf);

test("every metric that an alarm watches is one that a pass writes, with the same dimensions", () => {
  expect(watched.length).toBeGreaterThan(8);
  expect(watched.filter((metric) => !emitted.includes(metric))).toEqual([]);
});

test("every metric on the dashboard is one that a pass writes", () => {
  const board = JSON.stringify(synth(NARROW).findResources("AWS::CloudWatch::Dashboard")).replaceAll("\\", "");
  const shown = [...board.matchAll(/\["EksCloudMapSync","(\w+)","cluster","prod"/g)].map(([, name]) => name);
  expect(shown.length).toBeGreaterThan(15);
  expect(shown.filter((name) => !emitted.includes(`EksCloudMapSync ${name} cluster=prod`))).toEqual([]);
});

test("each reason to hold a change that waits for somebody has an alarm", () => {
  const names = watched.map((metric) => metric.split(" ")[1]);
  expect(names).toEqual(
    expect.arrayContaining(["HeldByGuard", "HeldSourceAbsent", "HeldByQuota", "HeldForeign", "HeldNotAllowed"]),
  );
});

function emittedMetrics(): readonly string[] {
  const script = join(import.meta.dirname, "metrics-of-a-bad-pass.ts");
  const output = execFileSync(process.execPath, [script], { encoding: "utf8" });
  return output
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .flatMap((line) => {
      const document = JSON.parse(line) as Readonly<Record<string, unknown>>;
      const { CloudWatchMetrics } = document["_aws"] as Directives;
      return CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
        Metrics.flatMap(({ Name: MetricName }) =>
          Dimensions.map((names) =>
            textOf({ Namespace, MetricName, Dimensions: names.map((Name) => ({ Name, Value: document[Name] })) }),
          ),
        ),
      );
    });
}

function textOf({ Namespace, MetricName, Dimensions = [] }: Metric): string {
  return [Namespace, MetricName, ...Dimensions.map(({ Name, Value }) => `${Name}=${String(Value)}`)].join(" ");
}
