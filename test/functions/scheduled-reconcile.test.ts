import { expect, test } from "vitest";
import { seedInstance, seedService } from "../emulators/cloudmap/seed.ts";
import { bodiesIn } from "../emulators/sqs/world.ts";
import { createServerIdentity } from "../support/certificates.ts";
import { ACCOUNT, CLUSTER } from "../support/deployment.ts";
import { callsOf, openShop, putPod, registered, requestsOf, SCHEDULED, SHOP, SWEEP, writesOf } from "./shop.ts";

const ALL = ["api 10.0.1.1", "web 10.0.0.1", "web 10.0.0.2"];

test("registers every pod, and writes nothing in the next pass", async () => {
  const shop = await openShop();
  const lambda = await shop.start("scheduled-reconcile");
  const first = await lambda.invoke(SCHEDULED);
  expect(first.answer).toMatchObject({ ok: true, drift: { missing: 3 } });
  expect(registered(shop)).toEqual(ALL);
  shop.calls.length = 0;
  expect((await lambda.invoke(SCHEDULED)).answer).toMatchObject({ ok: true, drift: { missing: 0 } });
  expect(writesOf(shop)).toEqual([]);
});

test("keeps its connection, its credentials and its configuration from one invocation to the next", async () => {
  const shop = await openShop();
  const lambda = await shop.start("scheduled-reconcile");
  await lambda.invoke(SCHEDULED);
  shop.calls.length = 0;
  await lambda.invoke(SCHEDULED);
  const read = shop.calls.filter(({ service }) => service === "ssm").map(({ input }) => input["Name"]);
  expect(new Set(read)).toEqual(new Set(["/sync/turn"]));
  expect(callsOf(shop)).not.toContain("eks DescribeCluster");
});

test("still knows after a pass that failed what services Cloud Map has", async () => {
  const shop = await openShop();
  const lambda = await shop.start("scheduled-reconcile");
  shop.kubernetes.options.fault = ({ path }) => (path.endsWith("/pods") ? { kind: "status", status: 403 } : undefined);
  expect((await lambda.invoke(SCHEDULED)).answer).toMatchObject({ ok: false });
  shop.kubernetes.options.fault = undefined;
  shop.calls.length = 0;
  expect((await lambda.invoke(SCHEDULED)).answer).toMatchObject({ ok: true });
  expect(callsOf(shop)).toContain("eks DescribeCluster");
  expect(callsOf(shop)).not.toContain("servicediscovery ListServices");
});

test("without its variables says which are missing, once, and leaves the registry as it is", async () => {
  const shop = await openShop();
  const lambda = await shop.start("scheduled-reconcile", { CLUSTER_NAME: "", CONFIG_PARAMETER: "" });
  const { error, logs } = await lambda.invoke(SCHEDULED);
  expect(error?.message).toContain("CLUSTER_NAME is missing; set it to the EKS cluster's name");
  expect(error?.message).toContain("CONFIG_PARAMETER is missing; set it to the name of the SSM parameter");
  expect(logs.filter(({ level }) => level === "ERROR")).toHaveLength(1);
  expect(shop.calls).toEqual([]);
});

test("with a document that is missing or bad says so once, and leaves the registry as it is", async () => {
  const shop = await openShop();
  const lambda = await shop.start("scheduled-reconcile");
  for (const [document, says] of [
    [undefined, "could not be read from the SSM parameter /sync/configuration (CONFIG_PARAMETER)"],
    [" ", "the SSM parameter /sync/configuration: is no configuration"],
    ["{namespaces: [shop.local], polcy: sync, id: name}", "the SSM parameter /sync/configuration has 2 mistakes"],
  ] as const) {
    if (document === undefined) shop.ssm.parameters.clear();
    else shop.configure(document);
    shop.advance(61_000);
    const { error, logs } = await lambda.invoke(SCHEDULED);
    expect(error).toMatchObject({ name: "InputError", message: expect.stringContaining(says) });
    const errors = logs.filter(({ level }) => level === "ERROR");
    expect(errors).toMatchObject([{ message: "the invocation failed", error: { message: error?.message } }]);
  }
  expect(writesOf(shop)).toEqual([]);
});

test("where the cluster cannot be described, says why and what to do", async () => {
  const shop = await openShop();
  const lambda = await shop.start("scheduled-reconcile");
  for (const [status, code, remedy] of [
    [404, "ResourceNotFoundException", "check `cluster` and the AWS region"],
    [403, "AccessDeniedException", "grant eks:DescribeCluster on it"],
  ] as const) {
    shop.eks.failure = { status, code, message: "no" };
    const { error } = await lambda.invoke(SCHEDULED);
    expect(error?.message).toBe(`EKS cluster prod could not be described in region us-west-2: no; ${remedy}`);
  }
  expect(writesOf(shop)).toEqual([]);
});

test("trusts no API server but the cluster's own", async () => {
  const shop = await openShop();
  const cluster = shop.eks.clusters.get(CLUSTER);
  if (cluster === undefined) throw new Error("no cluster");
  shop.eks.clusters.set(CLUSTER, { ...cluster, ca: (await createServerIdentity()).ca });
  const lambda = await shop.start("scheduled-reconcile");
  const { answer } = await lambda.invoke(SCHEDULED);
  expect(answer).toMatchObject({ ok: false });
  expect(JSON.stringify(answer)).toContain("certificate");
  expect(writesOf(shop)).toEqual([]);
});

test("a policy of dry-run in the parameter stops all writes within 60 s, without a deployment", async () => {
  const shop = await openShop();
  const lambda = await shop.start("scheduled-reconcile");
  await lambda.invoke(SCHEDULED);
  shop.configure({ ...SHOP, policy: "dry-run" });
  shop.advance(61_000);
  putPod(shop, "web-3", "10.0.0.3");
  const { answer, metrics } = await lambda.invoke(SCHEDULED);
  expect(answer).toMatchObject({ ok: true, drift: { missing: 1 } });
  expect(registered(shop)).toEqual(ALL);
  expect(metrics[0]).toMatchObject({ HeldByPolicy: 1, DriftMissing: 1, Passes: 1 });
});

test("its token is renewed before the cluster refuses it", async () => {
  const shop = await openShop();
  const lambda = await shop.start("scheduled-reconcile");
  await lambda.invoke(SCHEDULED);
  shop.advance(13 * 60_000);
  const { answer } = await lambda.invoke(SCHEDULED);
  expect(answer).toMatchObject({ ok: true });
  expect(shop.kubernetes.log.filter(({ status }) => status === 401)).toEqual([]);
});

test("looks for orphans on the minutes that are for it, by the event's own time", async () => {
  const shop = await openShop();
  const old = seedService(shop.cloudMap, shop.namespace, { name: "old" });
  const owner = `arn:aws:eks:us-west-2:${ACCOUNT}:cluster/prod`;
  const of = { "k8s.io/namespace": "shop", "k8s.io/pod": "old-1", "eks-cloudmap-sync/owner": owner };
  seedInstance(shop.cloudMap, old, "10.0.9.9", { AWS_INSTANCE_IPV4: "10.0.9.9", ...of });
  const lambda = await shop.start("scheduled-reconcile");
  await lambda.invoke(SCHEDULED);
  expect(registered(shop)).toContain("old 10.0.9.9");
  await lambda.invoke(SWEEP);
  expect(registered(shop)).toEqual(ALL);
});

test("an event without its time is refused with what to set", async () => {
  const shop = await openShop();
  const lambda = await shop.start("scheduled-reconcile");
  const { error } = await lambda.invoke({});
  expect(error?.message).toContain('set the input of the schedule to {"time": "<aws.scheduler.scheduled-time>"}');
});

test("stops starting writes when its time runs short, and the next pass ends the work", async () => {
  const shop = await openShop({ configuration: { ...SHOP, rates: { RegisterInstance: "1:1" } } });
  for (let n = 3; n <= 6; n++) putPod(shop, `web-${n}`, `10.0.0.${n}`);
  const lambda = await shop.start("scheduled-reconcile");
  const invoked = lambda.invoke(SCHEDULED, { remainingMs: 10_000 });
  await expect.poll(() => registered(shop).length, { timeout: 20_000 }).toBeGreaterThan(0);
  shop.advance(6_000);
  const { answer, metrics } = await invoked;
  expect(answer).toMatchObject({ ok: false });
  const had = registered(shop).length;
  expect(had).toBeGreaterThan(0);
  expect(had).toBeLessThan(7);
  expect(metrics[0]).toMatchObject({ Passes: 0, HeldUnfinished: 7 - had });
  expect(bodiesIn(shop.sqs, shop.queue)).toEqual([]);
  const { answer: last } = await shop.hurry(lambda.invoke(SCHEDULED));
  expect(last).toMatchObject({ ok: true });
  expect(registered(shop)).toHaveLength(7);
});

test("what had no time is left to the schedule", async () => {
  const shop = await openShop();
  const lambda = await shop.start("scheduled-reconcile");
  expect(await lambda.invoke(SCHEDULED, { remainingMs: 1 })).toMatchObject({ error: undefined, answer: { ok: false } });
  expect(registered(shop)).toEqual([]);
});

test("a pass that starts while the one before is at work ends at once, and reads nothing but the turn", async () => {
  const shop = await openShop();
  const lambda = await shop.start("scheduled-reconcile");
  await lambda.invoke(SCHEDULED);
  shop.ssm.parameters.set("/sync/turn", { value: new Date(Date.now() + 60_000).toISOString(), version: 2 });
  [shop.calls, shop.kubernetes.log].forEach((log) => (log.length = 0));
  const { answer, error, logs, metrics } = await lambda.invoke(SCHEDULED);
  expect([answer, error, metrics]).toEqual([undefined, undefined, []]);
  expect(callsOf(shop)).toEqual(["ssm GetParameter"]);
  expect(requestsOf(shop)).toEqual([]);
  expect(logs.map(({ message }) => message)).toEqual(["the pass before is still at work"]);
});

test("beside a watch, what was just found is left to it, and made when it is still to do", async () => {
  const shop = await openShop();
  const lambda = await shop.start("scheduled-reconcile", { WATCH: "on" });
  const invoked = lambda.invoke(SCHEDULED, { remainingMs: 240_000 });
  await expect
    .poll(() => requestsOf(shop).filter((path) => path.endsWith("/pods")).length, { timeout: 20_000 })
    .toBeGreaterThan(1);
  expect(registered(shop)).toEqual([]);
  const { answer } = await shop.hurry(invoked);
  expect(answer).toMatchObject({ ok: true });
  expect(registered(shop)).toHaveLength(3);
});

test("asks the cluster for no more than its services need", async () => {
  const shop = await openShop({ configuration: { ...SHOP, sources: { virtualNodes: false } } });
  const lambda = await shop.start("scheduled-reconcile");
  await lambda.invoke(SCHEDULED);
  expect(new Set(requestsOf(shop))).toEqual(
    new Set(["/api/v1/namespaces", "/api/v1/nodes", "/api/v1/namespaces/shop/pods", "/api/v1/namespaces/backend/pods"]),
  );
});
