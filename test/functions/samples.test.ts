import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bodiesIn } from "../emulators/sqs/world.ts";
import type { Deployment } from "../support/deployment.ts";
import { failedIds } from "../support/event-source.ts";
import type { Lambda } from "../support/lambda.ts";
import { MACHINE, openWalkthroughDeployment } from "../support/walkthrough-deployment.ts";

/** What comes of a sample: a pass over scopes, or none; messages for the queue; ids of messages that go back; a sentence. */
type Outcome = {
  readonly pass?: readonly object[];
  readonly sends?: readonly object[];
  readonly back?: readonly number[];
  readonly error?: string;
};

const ALL = { kind: "all" };
const NODE = { kind: "node", node: MACHINE };
const NAMESPACE = { kind: "namespace", namespace: "howto-k8s-cloudmap" };
const SERVICE = { kind: "service", service: "colorapp", namespace: "howto-k8s-cloudmap.pvt.aws.local" };
const namespaces = (...names: readonly string[]) =>
  names.map((namespace) => ({ scope: { kind: "namespace", namespace } }));

const SAMPLES: Readonly<Record<string, readonly [name: string, outcome: Outcome]>> = {
  schedule: ["scheduled-reconcile", { pass: [ALL] }],
  "schedule-sweep": ["scheduled-reconcile", { pass: [ALL] }],
  "schedule-without-time": ["scheduled-reconcile", { error: "a scheduled event needs its time" }],
  "queue-scopes": ["event-reconcile", { pass: [NAMESPACE, SERVICE] }],
  "queue-ec2-state-change": ["event-reconcile", { pass: [NODE] }],
  "queue-ec2-spot-interruption": ["event-reconcile", { pass: [NODE] }],
  "queue-ec2-rebalance": ["event-reconcile", { pass: [NODE] }],
  "queue-ec2-other-instance": ["event-reconcile", {}],
  "queue-autoscaling-lifecycle": ["event-reconcile", { pass: [NODE] }],
  "queue-autoscaling-terminate": ["event-reconcile", { pass: [NODE] }],
  "queue-eks-fargate-termination": ["event-reconcile", { pass: [NAMESPACE] }],
  "queue-eks-cloudtrail": ["event-reconcile", { pass: [ALL] }],
  "queue-eks-other-cluster": ["event-reconcile", {}],
  "queue-mixed-with-poison": ["event-reconcile", { pass: [NAMESPACE, NODE], back: [2, 4] }],
  "queue-none": ["event-reconcile", { error: "this is no batch of SQS messages" }],
  "audit-log-pod-ready": ["audit-log", { sends: namespaces("howto-k8s-cloudmap") }],
  "audit-log-pod-changes": ["audit-log", { sends: namespaces("drained", "howto-k8s-cloudmap", "shop") }],
  "audit-log-truncated": ["audit-log", { sends: namespaces("metadata-level", "truncated") }],
  "audit-log-noise": ["audit-log", {}],
  "audit-log-control": ["audit-log", {}],
  "resync-all-force": ["manual-resync", { pass: [ALL] }],
  "resync-service-dry-run": ["manual-resync", { pass: [SERVICE] }],
  "resync-namespace": ["manual-resync", { pass: [NAMESPACE] }],
  "resync-node": ["manual-resync", { pass: [NODE] }],
  "resync-no-such-node": ["manual-resync", { error: "nothing was changed: cluster prod has no such node" }],
  "resync-wrong": ["manual-resync", { error: "nothing was changed: the payload is wrong: scope: write one of" }],
};

let deployment: Deployment;
const lambdas = new Map<string, Lambda>();

beforeAll(async () => {
  deployment = await openWalkthroughDeployment();
  for (const name of new Set(Object.values(SAMPLES).map(([name]) => name)))
    lambdas.set(name, await deployment.start(name));
});
afterAll(() => deployment.close());

test("every sample is used", () => {
  const there = globSync("events/*.json").map((path) => basename(path, ".json"));
  expect(there.toSorted()).toEqual(Object.keys(SAMPLES).toSorted());
});

test.each(Object.entries(SAMPLES).map(([sample, [name, outcome]]) => ({ sample, name, outcome })))(
  "$sample, as $name takes it",
  async ({ sample, name, outcome: { pass, sends = [], back = [], error } }) => {
    deployment.sqs.queues.get(deployment.queue)?.messages.splice(0);
    const event: unknown = JSON.parse(readFileSync(`events/${sample}.json`, "utf8"));
    const ran = await lambdas.get(name)?.invoke(event);
    expect(ran?.error?.message ?? "").toContain(error ?? "");
    expect(ran?.error === undefined).toBe(error === undefined);
    expect(ran?.logs.find(({ message }) => message === "pass begins")?.["scopes"]).toEqual(pass);
    expect(ran?.logs.find(({ message }) => message === "pass ended")?.["ok"]).toEqual(pass && true);
    expect(bodiesIn(deployment.sqs, deployment.queue)).toEqual(sends);
    const failed = name === "event-reconcile" && error === undefined ? failedIds(ran?.answer) : [];
    expect(failed.map((id) => Number(id.slice(-12)))).toEqual(back);
  },
);
