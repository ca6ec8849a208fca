import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import type { Deployment } from "../support/deployment.ts";
import { batchOf } from "../support/event-source.ts";
import { IN_PODS, podWithSecrets, secretsIn } from "../support/secrets.ts";
import { openShop, SCHEDULED, SHOP } from "./shop.ts";

const DEBUG = { POWERTOOLS_LOG_LEVEL: "DEBUG" };
const ALL = { scope: { kind: "all" } };

/** What fails in a pass, each with what becomes of it again. */
const FAULTS: readonly ((shop: Deployment) => void)[] = [
  ({ kubernetes }) => (kubernetes.options.tokens = () => undefined),
  ({ kubernetes }) => (kubernetes.options.forbid = () => true),
  ({ cloudMap }) => (cloudMap.options.fault = () => ({ error: "AccessDenied", message: "no", status: 403 })),
  ({ eks }) => (eks.failure = { status: 403, code: "AccessDeniedException", message: "no" }),
  (shop) => shop.configure("{"),
  (shop) => shop.advance(61_000),
];

test.each([
  ["scheduled-reconcile", SCHEDULED],
  ["manual-resync", { force: true }],
  ["event-reconcile", batchOf([{ id: "m", body: JSON.stringify(ALL) }])],
  ["watch", { time: "2026-11-24T14:00:00Z" }],
] as const)("%s tells no secret that it works with or reads, at debug level, whatever fails", async (name, event) => {
  const shop = await openShop();
  shop.kubernetes.put(podWithSecrets({ namespace: "shop", name: "web-3", ip: "10.0.0.3", labels: { app: "web" } }));
  const lambda = await shop.start(name, DEBUG);
  const told = [JSON.stringify(await lambda.invoke(event))];
  for (const fault of FAULTS) {
    fault(shop);
    told.push(JSON.stringify(await lambda.invoke(event)));
  }
  const { AWS_SECRET_ACCESS_KEY: key = "", AWS_SESSION_TOKEN: session = "" } = shop.variablesOf(name);
  expect(told.join("\n")).toContain(name === "watch" ? "passes" : '\\"level\\":\\"ERROR\\"');
  expect(secretsIn(told.join("\n"), [key, session])).toEqual([]);
});

test("audit-log repeats nothing of a delivery, be it understood, cut off or of another shape", async () => {
  const shop = await openShop();
  const lambda = await shop.start("audit-log", DEBUG);
  const requestObject = podWithSecrets({ namespace: "shop", name: "web-3", ip: "10.0.0.3" });
  const entry = { verb: "create", objectRef: { resource: "pods", namespace: "shop" }, requestObject };
  const message = JSON.stringify(entry);
  const told: string[] = [];
  for (const text of [
    JSON.stringify({ messageType: "DATA_MESSAGE", logEvents: [{ message }] }),
    `{"messageType":"DATA_MESSAGE","logEvents":[${IN_PODS[0]}`,
    JSON.stringify({ messageType: message }),
  ])
    told.push(JSON.stringify(await lambda.invoke({ awslogs: { data: gzipSync(text).toString("base64") } })));
  expect(told.map((one) => one.includes("ERROR"))).toEqual([false, true, true]);
  expect(secretsIn(told.join("\n"), ["seeded-"])).toEqual([]);
});

test("event-reconcile refuses a message without repeating it", async () => {
  const shop = await openShop({ configuration: SHOP });
  const lambda = await shop.start("event-reconcile", DEBUG);
  const stopped = { source: "aws.ec2", "detail-type": "EC2 Instance State-change Notification" };
  const bodies = [
    `{"url": seeded-secret`,
    "seeded-secret",
    JSON.stringify({ url: "seeded-secret" }),
    JSON.stringify({ ...stopped, detail: { url: "seeded-secret" } }),
  ];
  const { output, answer } = await lambda.invoke(batchOf(bodies.map((body, n) => ({ id: `${n}`, body }))));
  expect(answer).toMatchObject({ batchItemFailures: { length: 4 } });
  expect(secretsIn(output, ["seeded-"])).toEqual([]);
});
