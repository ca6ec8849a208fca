import { expect, test } from "vitest";
import { CLUSTER } from "../support/deployment.ts";
import { freePort } from "../support/ports.ts";
import { openShop, putPod, registered } from "./shop.ts";

const WAIT = { timeout: 20_000 };

test("the bundle follows the pods until its time is up, and tells what it did", async () => {
  const shop = await openShop();
  const watch = await shop.start("watch");
  // As the second of two that overlap would be, once the first has ended.
  const time = new Date(Date.now() - 90_000).toISOString();
  const following = watch.invoke({ time }, { remainingMs: 26_000 });
  await expect.poll(() => countWatches(shop), WAIT).toBe(1);
  putPod(shop, "web-3", "10.0.0.3");
  await expect.poll(() => registered(shop), WAIT).toContain("web 10.0.0.3");
  shop.kubernetes.remove({ kind: "Pod", namespace: "shop", name: "web-3" });
  await expect.poll(() => registered(shop), WAIT).not.toContain("web 10.0.0.3");
  shop.advance(6_000);
  const { answer, error, logs, output } = await following;
  expect(error).toBeUndefined();
  expect(answer).toMatchObject({ changes: 2, passes: 2, failures: 0 });
  expect(logs).toMatchObject([
    { message: "following the pods" },
    { message: "pass ended", cause: "watch", changed: 3 },
    { message: "pass ended", cause: "watch", changed: 1, changes: [{ kind: "deregister", pod: "shop/web-3" }] },
    { message: "followed the pods" },
  ]);
  expect(output).not.toContain("k8s-aws-v1.");
});

test("a start that comes after its time has passed ends at once, and does nothing", async () => {
  const shop = await openShop();
  const watch = await shop.start("watch");
  const { answer, error } = await watch.invoke({ time: "2026-11-24T14:00:00Z" }, { remainingMs: 345_000 });
  expect(error).toBeUndefined();
  expect(answer).toMatchObject({ passes: 0 });
});

test("without the right to watch it tries to the end, and fails with the right that it lacks", async () => {
  const shop = await openShop();
  shop.kubernetes.options.forbid = ({ verb }) => verb === "watch";
  const watch = await shop.start("watch");
  const following = watch.invoke({ time: new Date().toISOString() }, { remainingMs: 60_000 });
  await expect.poll(() => shop.kubernetes.log.some(({ status }) => status === 403), WAIT).toBe(true);
  const { error, logs } = await shop.hurry(following);
  expect(error?.message).toContain("infra/rbac.yaml");
  expect(logs.filter(({ level }) => level === "ERROR")).toHaveLength(1);
});

test("while the API server is away it tries to the end, and fails with what it could not reach", async () => {
  const shop = await openShop();
  const cluster = shop.eks.clusters.get(CLUSTER);
  if (cluster === undefined) throw new Error("no cluster");
  shop.eks.clusters.set(CLUSTER, { ...cluster, endpoint: `https://127.0.0.1:${await freePort()}` });
  const watch = await shop.start("watch");
  const following = watch.invoke({ time: new Date().toISOString() }, { remainingMs: 60_000 });
  const { error, logs } = await shop.hurry(following);
  expect(error?.message).toContain("ECONNREFUSED");
  expect(logs.map(({ message }) => message)).toContain("the pods cannot be followed yet; it is tried again");
  expect(logs.filter(({ level }) => level === "ERROR")).toHaveLength(1);
});

function countWatches({ kubernetes }: Awaited<ReturnType<typeof openShop>>): number {
  return kubernetes.log.filter(({ query }) => query["watch"] === "true").length;
}
