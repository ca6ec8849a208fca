import { expect, test } from "vitest";
import { openShop, putPod, registered, SCHEDULED, SHOP } from "./shop.ts";

const DOWN = { status: 503, code: "ServiceUnavailable" };
const warningsIn = (logs: readonly { readonly level: string; readonly message: string }[]) =>
  logs.flatMap(({ level, message }) => (level === "WARN" && message.includes("the configuration") ? message : []));

test("while SSM does not answer a pass goes on with the document that it knows, says so, and gives up after 10 minutes", async () => {
  const shop = await openShop();
  const lambda = await shop.start("scheduled-reconcile");
  await lambda.invoke(SCHEDULED);
  shop.ssm.failure = DOWN;
  putPod(shop, "web-3", "10.0.0.3");
  shop.advance(61_000);
  const { answer, logs } = await lambda.invoke(SCHEDULED);
  expect(answer).toMatchObject({ ok: true });
  expect(registered(shop)).toContain("web 10.0.0.3");
  expect(warningsIn(logs)).toEqual([
    expect.stringMatching(/could not be read.*going on with the document of 1 min ago, for 10 min.*dry-run/),
    expect.stringContaining("removals of living pods wait until it can"),
  ]);
  shop.advance(9 * 60_000);
  expect((await lambda.invoke(SCHEDULED)).error?.message).toMatch(/could not be read from the SSM parameter/);
});

test("while SSM does not answer it is not asked in every pass, and what it says later counts", async () => {
  const shop = await openShop();
  const lambda = await shop.start("scheduled-reconcile");
  await lambda.invoke(SCHEDULED);
  shop.ssm.failure = DOWN;
  shop.advance(61_000);
  await lambda.invoke(SCHEDULED);
  shop.calls.length = 0;
  expect(warningsIn((await lambda.invoke(SCHEDULED)).logs)).toEqual([]);
  expect(shop.calls.map(({ input }) => input["Name"])).not.toContain("/sync/configuration");
  shop.ssm.failure = undefined;
  shop.configure({ ...SHOP, policy: "dry-run" });
  putPod(shop, "web-3", "10.0.0.3");
  shop.advance(16_000);
  expect((await lambda.invoke(SCHEDULED)).answer).toMatchObject({ ok: true, drift: { missing: 1 } });
  expect(registered(shop)).not.toContain("web 10.0.0.3");
});

test("while the document may be another one by now, no living pod's instance is removed; a pod that is gone leaves", async () => {
  const shop = await openShop();
  const lambda = await shop.start("scheduled-reconcile");
  putPod(shop, "web-3", "10.0.0.3");
  await lambda.invoke(SCHEDULED);
  shop.ssm.failure = DOWN;
  shop.advance(61_000);
  putPod(shop, "web-1", "10.0.0.1", { labels: { app: "other" } });
  shop.kubernetes.remove({ kind: "Pod", namespace: "shop", name: "web-2" });
  await lambda.invoke(SCHEDULED);
  expect(registered(shop)).toEqual(["api 10.0.1.1", "web 10.0.0.1", "web 10.0.0.3"]);
  shop.ssm.failure = undefined;
  shop.advance(16_000);
  await lambda.invoke(SCHEDULED);
  expect(registered(shop)).toEqual(["api 10.0.1.1", "web 10.0.0.3"]);
});

test.each([
  ["a parameter that is gone", (shop: Awaited<ReturnType<typeof openShop>>) => shop.ssm.parameters.clear()],
  [
    "a right that is missing",
    (shop: Awaited<ReturnType<typeof openShop>>) => {
      shop.ssm.failure = { status: 400, code: "AccessDeniedException" };
    },
  ],
])("%s is a failure at once", async (_, befall) => {
  const shop = await openShop();
  const lambda = await shop.start("scheduled-reconcile");
  await lambda.invoke(SCHEDULED);
  befall(shop);
  shop.advance(61_000);
  expect((await lambda.invoke(SCHEDULED)).error).toBeDefined();
});

test("a function that has read no document yet has nothing to go on with", async () => {
  const shop = await openShop();
  shop.ssm.failure = DOWN;
  const lambda = await shop.start("scheduled-reconcile");
  expect((await lambda.invoke(SCHEDULED)).error?.message).toMatch(/could not be read from the SSM parameter/);
});

test("how long the document counts can be set, to nothing too", async () => {
  const shop = await openShop();
  const lambda = await shop.start("scheduled-reconcile", { CONFIG_STALE_MINUTES: "0" });
  await lambda.invoke(SCHEDULED);
  shop.ssm.failure = DOWN;
  shop.advance(61_000);
  expect((await lambda.invoke(SCHEDULED)).error?.message).toMatch(/could not be read/);
});
