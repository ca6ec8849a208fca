import { expect, test } from "vitest";
import type { Invocation } from "../support/lambda.ts";
import { seedInstance, seedService } from "../emulators/cloudmap/seed.ts";
import { batchOf } from "../support/event-source.ts";
import { openShop, putPod, SCHEDULED, SHOP } from "./shop.ts";

test("writes what was changed and why with the line that ends the pass, and its metrics with the cluster and the deployment as their dimensions", async () => {
  const shop = await openShop();
  const lambda = await shop.start("scheduled-reconcile", { DEPLOYMENT: "Stack/Sync" });
  const { logs, metrics } = await lambda.invoke(SCHEDULED);
  const change = { namespace: "shop.local", kind: "register", reason: "missing" };
  const calls = shop.calls.filter(({ service }) => service === "servicediscovery").length;
  const changes = [
    { ...change, service: "api", id: "10.0.1.1", pod: "backend/api-1" },
    { ...change, service: "web", id: "10.0.0.1", pod: "shop/web-1" },
    { ...change, service: "web", id: "10.0.0.2", pod: "shop/web-2" },
  ];
  expect(logs).toMatchObject([
    { message: "pass begins", cause: "schedule", scopes: [{ kind: "all" }] },
    { message: "pass ended", cause: "schedule", ok: true, services: 2, calls, changed: 3, changes },
  ]);
  const dimensions = { cluster: "prod", deployment: "Stack/Sync" };
  expect(metrics).toMatchObject([{ ...dimensions, Passes: 1, DriftMissing: 3, Registered: 3 }]);
  expect(metrics[0]?.directives).toMatchObject({
    Namespace: "EksCloudMapSync",
    Dimensions: [["cluster", "deployment"]],
  });
  expect(metrics[0]?.["RegistrationDelay"]).toHaveLength(3);
});

test("more than ten changes have lines of ten each, removals first", async () => {
  const shop = await openShop();
  for (let n = 3; n <= 25; n++) putPod(shop, `web-${n}`, `10.0.0.${n}`);
  const lambda = await shop.start("scheduled-reconcile");
  const sizes = async () =>
    (await lambda.invoke(SCHEDULED)).logs.flatMap(({ changes }) => (Array.isArray(changes) ? [changes.length] : []));
  expect(await sizes()).toEqual([10, 6, 10]);
  putPod(shop, "web-26", "10.0.0.26");
  shop.kubernetes.remove({ kind: "Pod", namespace: "shop", name: "web-25" });
  const { logs } = await lambda.invoke(SCHEDULED);
  expect(logs.at(-1)).toMatchObject({ changed: 2, changes: [{ id: "10.0.0.25" }, { id: "10.0.0.26" }] });
});

test("a dry run says what it would change, and not that it did", async () => {
  const shop = await openShop();
  const lambda = await shop.start("manual-resync");
  const { logs } = await lambda.invoke({ dryRun: true });
  const planned = logs.filter(({ message }) => message === "would change");
  expect(planned).toMatchObject([
    { service: "api", kind: "register", reason: "missing", count: 1, ids: ["10.0.1.1"] },
    { service: "web", kind: "register", reason: "missing", count: 2, ids: ["10.0.0.1", "10.0.0.2"] },
  ]);
  expect(logs.find(({ message }) => message === "pass ended")).toMatchObject({ changed: 0 });
});

test("every line of metrics has the dimension, however many values there are", async () => {
  const shop = await openShop();
  for (let n = 3; n <= 150; n++) putPod(shop, `web-${n}`, `10.0.2.${n}`);
  const lambda = await shop.start("scheduled-reconcile");
  const { metrics } = await lambda.invoke(SCHEDULED);
  expect(metrics.length).toBeGreaterThan(1);
  for (const line of metrics)
    expect(line).toMatchObject({ cluster: "prod", directives: { Dimensions: [["cluster", "deployment"]] } });
  expect(metrics.flatMap((line) => line["RegistrationDelay"] ?? [])).toHaveLength(151);
});

test("the largest service is told with the instances of others, which take of its quota too", async () => {
  const shop = await openShop();
  const service = seedService(shop.cloudMap, shop.namespace, { name: "web" });
  for (let n = 0; n < 600; n++) seedInstance(shop.cloudMap, service, `10.9.${Math.floor(n / 250)}.${n % 250}`);
  const lambda = await shop.start("scheduled-reconcile");
  const { metrics } = await lambda.invoke(SCHEDULED);
  expect(metrics).toMatchObject([{ Registered: 3, LargestService: 602 }]);
});

test("keeps debug lines back, and shows them when something fails", async () => {
  const shop = await openShop();
  const lambda = await shop.start("scheduled-reconcile");
  expect(debugLines(await lambda.invoke(SCHEDULED))).toEqual([]);
  shop.cloudMap.options.fault = ({ operation }) =>
    operation === "RegisterInstance" ? { error: "InvalidInput", message: "no", status: 400 } : undefined;
  putPod(shop, "web-3", "10.0.0.3");
  shop.configure({ ...SHOP, ignoreAttributes: ["x"] });
  shop.advance(61_000);
  expect(debugLines(await lambda.invoke(SCHEDULED))).toEqual(["composed anew", "compared", "compared"]);
});

test("what stays as it is, such as nodes that may not be listed, is told once and not in every pass", async () => {
  const shop = await openShop();
  shop.kubernetes.options.forbid = ({ resource }) => resource === "nodes";
  const lambda = await shop.start("scheduled-reconcile");
  const warningsOf = async () =>
    (await lambda.invoke(SCHEDULED)).logs.filter(({ level }) => level === "WARN").map(({ message }) => message);
  expect(await warningsOf()).toEqual([expect.stringContaining("grant `list` on nodes")]);
  putPod(shop, "web-3", "10.0.0.3");
  expect(await warningsOf()).toEqual([]);
});

test("a pass over a part tells nothing that alarms take for the whole", async () => {
  const shop = await openShop();
  const lambda = await shop.start("event-reconcile");
  const body = JSON.stringify({ scope: { kind: "namespace", namespace: "shop" } });
  const { metrics } = await lambda.invoke(batchOf([{ id: "m", body }]));
  const names = metrics[0]?.directives.Metrics.map(({ Name }) => Name);
  expect(names).toEqual(["PassDuration", "DriftMissing", "RegistrationDelay"]);
});

test("each service has metrics of its own only where they are asked for", async () => {
  const shop = await openShop({ configuration: { ...SHOP, metrics: { perService: true } } });
  const { metrics } = await (await shop.start("scheduled-reconcile")).invoke(SCHEDULED);
  expect(metrics.slice(1)).toMatchObject([
    { cluster: "prod", service: "shop.local/api", Desired: 1, Registered: 1, Held: 0 },
    { cluster: "prod", service: "shop.local/web", Desired: 2, Registered: 2, Held: 0 },
  ]);
});

function debugLines({ logs }: Invocation): readonly string[] {
  return logs.filter(({ level }) => level === "DEBUG").map(({ message }) => message);
}
