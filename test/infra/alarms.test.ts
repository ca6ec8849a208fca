import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Match } from "aws-cdk-lib/assertions";
import type { Template } from "aws-cdk-lib/assertions";
import { expect, test } from "vitest";
import { ALARMS, givenOf } from "../../infra/alarms.ts";
import { alarmedMetrics, deployed, metricText } from "./alarmed.ts";
import { metricsIn } from "./emf.ts";
import "./matchers.ts";
import { NARROW, synth } from "./stack.ts";

const emitted = metricsOfPass();
const template = synth(NARROW);
const alarmed = alarmedMetrics(template);

test("every metric that an alarm watches is one that a pass writes, with the same dimensions", () => {
  expect(alarmed.length).toBeGreaterThan(6);
  expect(alarmed.filter((metric) => !emitted.includes(metric))).toEqual([]);
});

test("every metric on the dashboard is one that a pass writes", () => {
  const shown = dashboardMetrics(template)
    .filter(([namespace]) => namespace === "EksCloudMapSync")
    .map(([namespace, name, ...keys]) =>
      metricText({ Namespace: namespace ?? "", MetricName: name ?? "", Dimensions: pairs(keys.slice(0, 4)) }),
    );
  expect(shown.length).toBeGreaterThan(15);
  expect(shown.filter((metric) => !emitted.includes(metric))).toEqual([]);
});

test("a pass over some services says nothing of the others, so that no alarm ends or begins with it", () => {
  const scoped = metricsOfPass("scoped");
  const told = scoped.filter((metric) => alarmed.includes(metric));
  expect(told).toEqual(["EksCloudMapSync Throttles cluster=prod deployment=Test/Sync"]);
  expect(scoped).toContain("EksCloudMapSync HeldByGuard cluster=prod deployment=Test/Sync");
});

test("there are 12 alarms, each on one metric, which costs ten cents a month", () => {
  expect(template).toHaveNumber("AWS::CloudWatch::Alarm", 12);
  expect(template).toHaveEvery("AWS::CloudWatch::Alarm", { MetricName: Match.anyValue(), Metrics: Match.absent() });
  expect(ALARMS.map(({ of, metric }) => `${of} ${metric}`)).toEqual([
    ...new Set(ALARMS.map(({ of, metric }) => `${of} ${metric}`)),
  ]);
});

test.each([1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60])(
  "with a pass every %i minutes each alarm is one that CloudWatch takes",
  (minutes) => {
    const given = givenOf(minutes, {});
    for (const { name, period, datapoints } of ALARMS) {
      const [alarming, of] = datapoints(given);
      // An alarm looks back for a day at most; with periods of an hour and more, for a week.
      const most = period(given) < 60 ? 24 * 60 : 7 * 24 * 60;
      expect({
        name,
        isWhole: Number.isInteger(of) && Number.isInteger(period(given)),
        fits: of * period(given) <= most,
      }).toEqual({
        name,
        isWhole: true,
        fits: true,
      });
      expect(alarming).toBeLessThanOrEqual(of);
      expect(alarming).toBeGreaterThan(0);
    }
  },
);

test("docs/alarms.md has a section for each alarm that says what it means, how to look and what to do", () => {
  const manual = readFileSync(join(import.meta.dirname, "../../docs/alarms.md"), "utf8");
  const sections = manual.split(/^## /m).filter((section) => section.includes("**Means:**"));
  expect(sections.map((section) => section.split("\n", 1)[0])).toEqual(ALARMS.map(({ name }) => name));
  const parts = ["Means", "How to look", "What to do"].map((part) => new RegExp(`^\\*\\*${part}:\\*\\* \\S`, "m"));
  expect(sections.filter((section) => !parts.every((part) => part.test(section)))).toEqual([]);
});

test("each alarm says whose it is, and where its section is", () => {
  const described = Object.values(template.findResources("AWS::CloudWatch::Alarm")).map(({ Properties }) =>
    deployed(Properties.AlarmDescription),
  );
  expect(described.filter((text) => !text.startsWith("prod (eks-cloudmap-sync, Test/Sync): "))).toEqual([]);
  const anchors = new Set(described.map((text) => /docs\/alarms\.md#(\w+)$/.exec(text)?.[1]));
  expect(anchors).toEqual(new Set(ALARMS.map(({ name }) => name.toLowerCase())));
});

test("the dashboard says how to get the page for an incident, of the stack it is in", () => {
  const [dashboard] = Object.values(template.findResources("AWS::CloudWatch::Dashboard"));
  const body = JSON.stringify(dashboard);
  expect(body).toContain('eks-cloudmap-sync status --stack ",{"Ref":"AWS::StackName"}," --html status.html');
});

test("the dashboard stays within the 50 metrics that CloudWatch shows for nothing", () => {
  expect(dashboardMetrics(synth({ ...NARROW, watch: true, auditLog: true })).length).toBeLessThanOrEqual(50);
});

test("a message that fails and comes back twice raises no alarm about the queue's age", () => {
  const { Properties: alarm } = only("AWS::CloudWatch::Alarm", { MetricName: "ApproximateAgeOfOldestMessage" });
  const { Properties: queue } = only("AWS::SQS::Queue", { RedrivePolicy: {} });
  expect(alarm.Threshold).toBeGreaterThan(2 * Number(queue.VisibilityTimeout));
});

function only(type: string, properties: object) {
  const [found, ...others] = Object.values(template.findResources(type, { Properties: properties }));
  if (found === undefined || others.length > 0) throw new Error(`not one ${type}`);
  return found;
}

/** As CloudWatch has them: namespace, name, and the dimensions' names and values in turn. */
function dashboardMetrics(of: Template): readonly (readonly string[])[] {
  const parts = Object.values(of.findResources("AWS::CloudWatch::Dashboard")).flatMap(
    ({ Properties }) => Properties.DashboardBody["Fn::Join"][1] as readonly unknown[],
  );
  const body = parts.map(deployed).join("");
  const { widgets } = JSON.parse(body) as {
    readonly widgets: readonly { readonly properties: { readonly metrics?: readonly (readonly string[])[] } }[];
  };
  return widgets.flatMap(({ properties }) => properties.metrics ?? []);
}

function pairs(keys: readonly string[]): readonly { readonly Name: string; readonly Value: unknown }[] {
  return keys.flatMap((key, index) => (index % 2 === 0 ? [{ Name: key, Value: keys[index + 1] }] : []));
}

/** What a pass in which everything is wrong writes. A process of its own, since it writes to standard output. */
function metricsOfPass(kind = "full"): readonly string[] {
  const script = join(import.meta.dirname, "metrics-of-a-bad-pass.ts");
  return metricsIn(execFileSync(process.execPath, [script, kind], { encoding: "utf8" }));
}
