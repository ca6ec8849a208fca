import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { bodiesIn, sendMessage } from "../emulators/sqs/world.ts";
import { batchOf, failedIds, pollOnce } from "../support/event-source.ts";
import { callsOf, openShop, putPod, registered, requestsOf, SCHEDULED, SHOP, writesOf } from "./shop.ts";

const inNamespace = (namespace: string) => JSON.stringify({ scope: { kind: "namespace", namespace } });
const WEB = inNamespace("shop");
const API = inNamespace("backend");

test("reconciles the services that a batch names, once for all of it, and reads nothing of the others", async () => {
  const shop = await openShop({ configuration: { ...SHOP, sources: { virtualNodes: false } } });
  const lambda = await shop.start("event-reconcile");
  const { answer, logs } = await lambda.invoke(batchOf([WEB, WEB, WEB].map((body, n) => ({ id: `m${n}`, body }))));
  expect(failedIds(answer)).toEqual([]);
  expect(registered(shop)).toEqual(["web 10.0.0.1", "web 10.0.0.2"]);
  expect(callsOf(shop).filter((call) => call.endsWith("ListServices"))).toHaveLength(1);
  const [identity, ...lists] = requestsOf(shop);
  expect(identity).toBe("/api/v1/namespaces");
  expect(new Set(lists)).toEqual(new Set(["/api/v1/namespaces/shop/pods", "/api/v1/nodes"]));
  const pods = shop.kubernetes.log.find(({ path }) => path.endsWith("/pods"));
  expect(pods?.query).toMatchObject({ labelSelector: "app=web" });
  expect(logs.filter(({ message }) => message === "pass ended")).toHaveLength(1);
});

test("takes the union of a batch", async () => {
  const shop = await openShop();
  const lambda = await shop.start("event-reconcile");
  await lambda.invoke(batchOf([WEB, API].map((body, n) => ({ id: `m${n}`, body }))));
  expect(registered(shop)).toEqual(["api 10.0.1.1", "web 10.0.0.1", "web 10.0.0.2"]);
});

test("removes nothing outside its scope", async () => {
  const shop = await openShop();
  await (await shop.start("scheduled-reconcile")).invoke(SCHEDULED);
  shop.kubernetes.remove({ kind: "Pod", namespace: "backend", name: "api-1" });
  shop.kubernetes.remove({ kind: "Pod", namespace: "shop", name: "web-1" });
  const lambda = await shop.start("event-reconcile");
  await lambda.invoke(batchOf([{ id: "m", body: WEB }]));
  expect(registered(shop)).toEqual(["api 10.0.1.1", "web 10.0.0.2"]);
});

test("only the messages whose service failed come back", async () => {
  const shop = await openShop();
  shop.cloudMap.options.fault = ({ operation, input }) =>
    operation === "RegisterInstance" && input["InstanceId"] === "10.0.1.1"
      ? { error: "InvalidInput", message: "no", status: 400 }
      : undefined;
  const lambda = await shop.start("event-reconcile");
  const { answer, logs } = await lambda.invoke(batchOf([WEB, API].map((body, n) => ({ id: `m${n}`, body }))));
  expect(failedIds(answer)).toEqual(["m1"]);
  expect(registered(shop)).toEqual(["web 10.0.0.1", "web 10.0.0.2"]);
  const failure = logs.find(({ message }) => message === "service failed");
  expect(failure).toMatchObject({ namespace: "shop.local", service: "api" });
});

test("what stays held however often it is tried does not come back", async () => {
  const twice = [...SHOP.mappings, { service: "web", pods: { namespace: "shop" }, port: 9090 }];
  const shop = await openShop({ configuration: { ...SHOP, mappings: twice } });
  const lambda = await shop.start("event-reconcile");
  const { answer, metrics } = await lambda.invoke(batchOf([{ id: "m", body: WEB }]));
  expect(metrics[0]).toMatchObject({ HeldAmbiguous: 1 });
  expect(failedIds(answer)).toEqual([]);
});

test("a poisoned message is told with its reason, blocks no other, and ends in the dead-letter queue", async () => {
  const shop = await openShop();
  const queue = shop.sqs.queues.get(shop.queue);
  if (queue === undefined) throw new Error("no queue");
  for (const body of ["{not json", WEB]) sendMessage(shop.sqs, queue, body, 0);
  const lambda = await shop.start("event-reconcile");
  const first = await pollOnce(shop.sqs, shop.queue, lambda);
  expect(registered(shop)).toEqual(["web 10.0.0.1", "web 10.0.0.2"]);
  expect(first?.logs.find(({ message }) => message === "refused a message")).toMatchObject({
    level: "ERROR",
    failure: "the message is neither an EventBridge event of a known shape nor a scope",
  });
  for (let time = 1; time < 6; time++) {
    shop.advance(31_000);
    await pollOnce(shop.sqs, shop.queue, lambda);
  }
  expect(queue.messages).toEqual([]);
  expect(shop.sqs.queues.get(`${shop.queue}-dead`)?.messages.map(({ body }) => body)).toEqual(["{not json"]);
});

test("each message has tries of its own, whatever else is in its batch", async () => {
  const shop = await openShop();
  const queue = shop.sqs.queues.get(shop.queue);
  if (queue === undefined) throw new Error("no queue");
  const lambda = await shop.start("event-reconcile");
  const poll = async () => {
    shop.advance(31_000);
    return pollOnce(shop.sqs, shop.queue, lambda);
  };
  shop.cloudMap.options.fault = ({ operation }) =>
    operation === "RegisterInstance" ? { error: "InvalidInput", message: "no", status: 400 } : undefined;
  sendMessage(shop.sqs, queue, WEB, 0);
  for (let time = 1; time < 5; time++) await poll();
  sendMessage(shop.sqs, queue, API, 0);
  const last = await poll();
  expect(failedIds(last?.answer)).toHaveLength(2);
  await poll();
  expect(shop.sqs.queues.get(`${shop.queue}-dead`)?.messages.map(({ body }) => body)).toEqual([WEB]);
  expect(queue.messages).toMatchObject([{ body: API, receives: 2 }]);
  shop.cloudMap.options.fault = undefined;
  await poll();
  expect(queue.messages).toEqual([]);
  expect(registered(shop)).toEqual(["api 10.0.1.1"]);
});

test("an event of another cluster costs nothing", async () => {
  const shop = await openShop();
  const lambda = await shop.start("event-reconcile");
  const { answer, logs } = await lambda.invoke(sample("queue-eks-other-cluster"));
  expect(failedIds(answer)).toEqual([]);
  expect([shop.calls, shop.kubernetes.log, logs]).toEqual([[], [], []]);
});

test("instances of EC2 that are no nodes here cost one list of nodes a batch", async () => {
  const shop = await openShop({ configuration: { ...SHOP, nodes: { ec2: true } } });
  const lambda = await shop.start("event-reconcile");
  await lambda.invoke(batchOf([{ id: "m", body: WEB }]));
  [shop.calls, shop.kubernetes.log].forEach((log) => (log.length = 0));
  const event = sample("queue-ec2-state-change");
  const { answer } = await lambda.invoke({ Records: [...event.Records, ...event.Records] });
  expect(failedIds(answer)).toEqual([]);
  expect(requestsOf(shop)).toEqual(["/api/v1/nodes"]);
  expect(shop.calls).toEqual([]);
});

test("where nodes may not be read, an event of EC2 costs the same, and says what is missing", async () => {
  const shop = await openShop();
  shop.kubernetes.options.forbid = ({ resource }) => resource === "nodes";
  const lambda = await shop.start("event-reconcile");
  const { answer, logs } = await lambda.invoke(sample("queue-ec2-state-change"));
  expect(failedIds(answer)).toEqual([]);
  expect(requestsOf(shop)).toEqual(["/api/v1/namespaces", "/api/v1/nodes"]);
  const warnings = logs.filter(({ level }) => level === "WARN").map(({ message }) => message);
  expect(warnings).toEqual([expect.stringMatching(/^nodes could not be read: 403 .*grant `list` on nodes/)]);
});

test("what a pass could not read or finish is the schedule's next pass's, and goes round in no queue", async () => {
  const shop = await openShop({ configuration: { ...SHOP, sources: { services: true, virtualNodes: false } } });
  shop.kubernetes.options.forbid = ({ resource }) => resource === "services";
  shop.cloudMap.options.failOperation = ({ targets }) => (targets.INSTANCE === "10.0.0.2" ? "hang" : undefined);
  const lambda = await shop.start("event-reconcile");
  const { answer } = await shop.hurry(lambda.invoke(batchOf([{ id: "m", body: WEB }])));
  expect(failedIds(answer)).toEqual([]);
  expect(bodiesIn(shop.sqs, shop.queue)).toEqual([]);
});

test("an operation that hangs is pending, and left to the schedule", async () => {
  const shop = await openShop();
  await (await shop.start("scheduled-reconcile")).invoke(SCHEDULED);
  putPod(shop, "web-3", "10.0.0.3");
  shop.cloudMap.options.failOperation = ({ targets }) => (targets.INSTANCE === "10.0.0.3" ? "hang" : undefined);
  const lambda = await shop.start("event-reconcile");
  const { answer, metrics } = await shop.hurry(lambda.invoke(batchOf([{ id: "m", body: WEB }])));
  expect(failedIds(answer)).toEqual([]);
  expect(metrics[0]).toMatchObject({ HeldPending: 1 });
  expect(bodiesIn(shop.sqs, shop.queue)).toEqual([]);
});

test("a batch that is none is refused", async () => {
  const shop = await openShop();
  const lambda = await shop.start("event-reconcile");
  const { error } = await lambda.invoke({ records: [] });
  expect(error?.message).toBe("this is no batch of SQS messages");
  expect(writesOf(shop)).toEqual([]);
});

function sample(name: string): { readonly Records: readonly object[] } {
  return JSON.parse(readFileSync(`events/${name}.json`, "utf8")) as { readonly Records: readonly object[] };
}
