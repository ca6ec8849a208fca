import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { Template } from "aws-cdk-lib/assertions";
import { expect, test } from "vitest";
import { alarmedMetrics } from "./alarmed.ts";
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
    .map(([namespace, name, key, value]) => `${namespace} ${name} ${key}=${value}`);
  expect(shown.length).toBeGreaterThan(15);
  expect(shown.filter((metric) => !emitted.includes(metric))).toEqual([]);
});

test("a pass over some services says nothing of the others, so that no alarm ends or begins with it", () => {
  const scoped = metricsOfPass("scoped");
  const whole = ["Passes", "DriftNotHeld", "LargestService", "Registered"];
  expect(emitted.filter((metric) => !scoped.includes(metric))).toEqual(
    emitted.filter((metric) => whole.includes(metric.split(" ")[1] ?? "")),
  );
  expect(scoped).toContain("EksCloudMapSync HeldUrgent cluster=prod");
});

test("alarms and dashboard stay within what CloudWatch gives an account for nothing: 10 metrics, and 50", () => {
  expect(template).toHaveNumber("AWS::CloudWatch::Alarm", 10);
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
    ({ Properties }) => Properties.DashboardBody["Fn::Join"][1] as readonly (string | object)[],
  );
  const body = parts.map((part) => (typeof part === "string" ? part : "ref")).join("");
  const { widgets } = JSON.parse(body) as {
    readonly widgets: readonly { readonly properties: { readonly metrics?: readonly (readonly string[])[] } }[];
  };
  return widgets.flatMap(({ properties }) => properties.metrics ?? []);
}

/** What a pass in which everything is wrong writes. A process of its own, since it writes to standard output. */
function metricsOfPass(kind = "full"): readonly string[] {
  const script = join(import.meta.dirname, "metrics-of-a-bad-pass.ts");
  return metricsIn(execFileSync(process.execPath, [script, kind], { encoding: "utf8" }));
}
