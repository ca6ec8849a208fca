import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseEvent } from "../../functions/triggers/event-bridge.ts";
import { CLUSTER_CALLS } from "../../functions/triggers/events/cluster-changes.ts";
import { parseScheduledTime } from "../../functions/triggers/schedule.ts";
import { NARROW, synth } from "./stack.ts";

type Pattern = { readonly [key: string]: readonly unknown[] | Pattern };

const template = synth({ ...NARROW, watch: true, access: "rbac" });
const patterns = Object.values(template.findResources("AWS::Events::Rule")).map(
  ({ Properties }) => Properties.EventPattern as Pattern,
);
const isWanted = (event: unknown) => patterns.some((pattern) => matches(pattern, event));

const SAMPLES = [
  "ec2-state-change",
  "ec2-spot-interruption",
  "autoscaling-terminate",
  "eks-fargate-termination",
  "eks-cloudtrail",
];

test.each(SAMPLES)("a rule lets %s through", (name) => {
  for (const event of sample(name)) expect(isWanted(event)).toBe(parseEvent(event, "prod")?.length !== 0);
  expect(sample(name).some(isWanted)).toBe(true);
});

test("no rule lets another cluster's events through", () => {
  const events = sample("eks-other-cluster");
  expect(events.length).toBeGreaterThan(0);
  expect(events.filter(isWanted)).toEqual([]);
});

test.each(CLUSTER_CALLS)("after %s a pass is wanted, as the functions see it", (eventName) => {
  const event = clusterCall({ eventName, requestParameters: { clusterName: "prod" } });
  expect(isWanted(event)).toBe(true);
  expect(parseEvent(event, "prod")).toEqual([{ kind: "all" }]);
});

test("a call that failed, and one of no concern, wake nothing", () => {
  const requestParameters = { name: "prod" };
  expect(isWanted(clusterCall({ eventName: "UpdateClusterConfig", requestParameters }))).toBe(true);
  expect(isWanted(clusterCall({ eventName: "UpdateClusterConfig", requestParameters, errorCode: "Denied" }))).toBe(
    false,
  );
  expect(isWanted(clusterCall({ eventName: "DescribeCluster", requestParameters }))).toBe(false);
});

test("the schedules' input is what the functions take", () => {
  const schedules = Object.values(template.findResources("AWS::Scheduler::Schedule"));
  expect(schedules).toHaveLength(2);
  for (const { Properties } of schedules) {
    const input = String(Properties.Target.Input).replace("<aws.scheduler.scheduled-time>", "2026-11-24T14:00:00Z");
    expect(parseScheduledTime(JSON.parse(input))).toBe(Date.parse("2026-11-24T14:00:00Z"));
  }
});

function clusterCall(detail: object): object {
  return {
    source: "aws.eks",
    "detail-type": "AWS API Call via CloudTrail",
    detail: { eventSource: "eks.amazonaws.com", ...detail },
  };
}

/** The events of a batch in events/. */
function sample(name: string): readonly unknown[] {
  const text = readFileSync(join(import.meta.dirname, `../../events/queue-${name}.json`), "utf8");
  const { Records } = JSON.parse(text) as { readonly Records: readonly { readonly body: string }[] };
  return Records.map(({ body }) => JSON.parse(body) as unknown);
}

/** EventBridge's rules of matching, as far as the patterns use them. */
function matches(pattern: Pattern, event: unknown): boolean {
  return Object.entries(pattern).every(([key, wanted]) => {
    if (key === "$or") return (wanted as readonly Pattern[]).some((one) => matches(one, event));
    const value = (event as Readonly<Record<string, unknown>> | undefined)?.[key];
    if (!Array.isArray(wanted)) return typeof value === "object" && value !== null && matches(wanted as Pattern, value);
    return wanted.some((one: unknown) =>
      typeof one === "object" && one !== null && "exists" in one ? (value !== undefined) === one.exists : one === value,
    );
  });
}
