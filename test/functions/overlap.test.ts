import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { batchOf, failedIds } from "../support/event-source.ts";
import { openShop, putPod, registered, SCHEDULED } from "./shop.ts";

const WEB = JSON.stringify({ scope: { kind: "namespace", namespace: "shop" } });

test("two invocations at once on one service end true, and never fail on each other's operations", async () => {
  const shop = await openShop();
  const [schedule, events] = await Promise.all([shop.start("scheduled-reconcile"), shop.start("event-reconcile")]);
  await schedule.invoke(SCHEDULED);
  for (let n = 3; n <= 20; n++) putPod(shop, `web-${n}`, `10.0.0.${n}`);
  shop.kubernetes.remove({ kind: "Pod", namespace: "shop", name: "web-1" });
  // Operations run until the one meets the other's.
  const { options, calls } = shop.cloudMap;
  options.operationDelayMs = Infinity;
  const both = Promise.all([schedule.invoke(SCHEDULED), events.invoke(batchOf([{ id: "m", body: WEB }]))]);
  while (!calls.some(({ error }) => error === "DuplicateRequest")) await sleep(10);
  options.operationDelayMs = 0;
  const [first, second] = await both;
  expect(first.answer).toMatchObject({ ok: true });
  expect(failedIds(second.answer)).toEqual([]);
  expect(registered(shop)).toHaveLength(20);
  expect(registered(shop)).not.toContain("web 10.0.0.1");
});

test("an older pass removes no registration that a newer one made meanwhile", async () => {
  const shop = await openShop();
  const [schedule, events] = await Promise.all([shop.start("scheduled-reconcile"), shop.start("event-reconcile")]);
  await schedule.invoke(SCHEDULED);
  // The older pass has read the registry and waits for its pods, while the newer one registers another.
  const waits = Promise.withResolvers<void>();
  shop.kubernetes.options.fault = ({ path, count }) => {
    if (count !== 2 || !path.endsWith("/shop/pods")) return undefined;
    waits.resolve();
    return { kind: "delay", ms: 1_500 };
  };
  const older = schedule.invoke(SCHEDULED);
  await waits.promise;
  putPod(shop, "web-3", "10.0.0.3");
  await events.invoke(batchOf([{ id: "m", body: WEB }]));
  expect((await older).answer).toMatchObject({ ok: true, drift: { stale: 0 } });
  expect(registered(shop)).toContain("web 10.0.0.3");
});
