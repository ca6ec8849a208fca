import { expect, test } from "vitest";
import { countCalls, countRefused, countWatches, DOCUMENT, ids, open, takeOverTimers, WAIT } from "./shop.ts";

test("a pod that turns ready is registered, and one that ends is deregistered", async () => {
  const { stage, start, put } = await open();
  await start();
  put({ name: "web-2", ip: "10.0.0.2" });
  await expect.poll(() => ids(stage, "web"), WAIT).toEqual(["10.0.0.1", "10.0.0.2"]);
  stage.kubernetes.terminate({ kind: "Pod", namespace: "shop", name: "web-2" }, 60_000);
  await expect.poll(() => ids(stage, "web"), WAIT).toEqual(["10.0.0.1"]);
});

test("changes that come together are one pass", async () => {
  const { stage, start, put } = await open();
  const following = await start();
  for (let index = 2; index < 22; index++) put({ name: `web-${index}`, ip: `10.0.0.${index}` });
  put({ namespace: "bar", name: "beer-1", ip: "10.0.1.1" });
  await expect.poll(() => ids(stage, "web"), WAIT).toHaveLength(21);
  expect(following.passes).toEqual([["beer", "web"]]);
  expect(await following.stop()).toMatchObject({ changes: 21, passes: 1, failures: 0 });
});

test("what changes while a pass waits for Cloud Map does not wait for it, and nothing is written or told twice", async () => {
  const { stage, start, put } = await open();
  stage.cloudMap.options.operationDelayMs = Infinity;
  const following = await start();
  for (let index = 2; index <= 5; index++) {
    put({ name: `web-${index}`, ip: `10.0.0.${index}` });
    await expect.poll(() => countCalls(stage, "RegisterInstance"), WAIT).toBe(index - 1);
  }
  expect(following.reports).toEqual([]);
  stage.cloudMap.options.operationDelayMs = 0;
  await expect.poll(() => following.reports, WAIT).toHaveLength(4);
  expect(ids(stage, "web")).toHaveLength(5);
  expect(countCalls(stage, "RegisterInstance")).toBe(4);
  expect(following.reports.map(({ ok }) => ok)).not.toContain(false);
  const told = following.reports.flatMap(({ services }) => services.flatMap(({ changes }) => changes));
  expect(told.map(({ id }) => id).toSorted()).toEqual(["10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"]);
});

test("a pod that nobody asks for costs no pass, and one that somebody asks for only that service", async () => {
  const { stage, start, put } = await open();
  const following = await start();
  put({ namespace: "elsewhere", name: "other", ip: "10.0.9.9" });
  put({ name: "job", ip: "10.0.9.8", labels: { app: "job" } });
  put({ name: "web-2", ip: "10.0.0.2" });
  await expect.poll(() => ids(stage, "web"), WAIT).toHaveLength(2);
  expect(following.passes).toEqual([["web"]]);
});

test("a pod that is relabelled is looked for in the service that it leaves, in the one that it joins, and nowhere else", async () => {
  const { stage, start, put } = await open();
  put({ name: "web-2", ip: "10.0.0.2" });
  put({ namespace: "bar", name: "beer-1", ip: "10.0.1.1" });
  await stage.pass();
  stage.cloudMap.calls.length = 0;
  const following = await start();
  put({ name: "web-1", ip: "10.0.0.1", labels: { app: "api" } });
  await expect.poll(() => [ids(stage, "api"), ids(stage, "web")], WAIT).toEqual([["10.0.0.1"], ["10.0.0.2"]]);
  await following.stop();
  expect(following.passes).toEqual([["api", "web"]]);
  const asked = stage.cloudMap.calls.flatMap(({ input: { ServiceId } }) => ServiceId ?? []);
  const named = [...stage.cloudMap.services.values()].flatMap(({ id, name }) => (asked.includes(id) ? [name] : []));
  expect(named.toSorted()).toEqual(["api", "web"]);
});

test("while a source cannot be read, a change means every service of its namespace", async () => {
  const { stage, start, put } = await open(`${DOCUMENT}sources: { services: true }\n`);
  const following = await start();
  stage.kubernetes.options.forbid = ({ resource }) => resource === "services";
  put({ name: "web-2", ip: "10.0.0.2" });
  await expect.poll(() => ids(stage, "web"), WAIT).toEqual(["10.0.0.1", "10.0.0.2"]);
  expect(following.passes[0]).toEqual([]);
});

test("several passes list Cloud Map's services once, whose rate is one a second", async () => {
  const { stage, start, put } = await open();
  const following = await start();
  for (const index of [2, 3, 4]) {
    put({ name: `web-${index}`, ip: `10.0.0.${index}` });
    await expect.poll(() => ids(stage, "web"), WAIT).toHaveLength(index);
  }
  expect(following.passes).toHaveLength(3);
  expect(stage.cloudMap.calls.filter(({ operation }) => operation === "ListServices")).toHaveLength(1);
});

test("what a pass failed at is asked for again, and the watch goes on", async () => {
  const { stage, start, put } = await open();
  const following = await start();
  stage.cloudMap.options.fault = ({ operation }) =>
    operation === "RegisterInstance" ? { error: "InvalidInput", message: "not today", status: 400 } : undefined;
  put({ name: "web-2", ip: "10.0.0.2" });
  await expect.poll(() => following.reports.map(({ ok }) => ok), WAIT).toContain(false);
  stage.cloudMap.options.fault = undefined;
  await expect.poll(() => ids(stage, "web"), WAIT).toEqual(["10.0.0.1", "10.0.0.2"]);
  expect((await following.stop()).failures).toBeGreaterThan(0);
});

test("a pass that throws is logged and asked for again", async () => {
  const { stage, start, put } = await open();
  const following = await start({
    around: (pass) =>
      following.passes.length === 1 ? Promise.reject(new Error("the configuration is broken")) : pass(),
  });
  put({ name: "web-2", ip: "10.0.0.2" });
  await expect.poll(() => ids(stage, "web"), WAIT).toHaveLength(2);
  expect(following.lines.join("\n")).toContain("the configuration is broken");
});

test("a service that is deleted under the watch is made again", async () => {
  const { stage, start, put } = await open();
  await start();
  put({ name: "web-2", ip: "10.0.0.2" });
  await expect.poll(() => ids(stage, "web"), WAIT).toHaveLength(2);
  const held = [...stage.cloudMap.services.values()].find(({ name }) => name === "web");
  stage.cloudMap.services.delete(held?.id ?? "");
  put({ name: "web-3", ip: "10.0.0.3" });
  await expect.poll(() => ids(stage, "web"), WAIT).toHaveLength(3);
});

test("at its end, what is still gathered is done first", async () => {
  const { stage, start, put } = await open(DOCUMENT.replace("100", "10000"));
  const following = await start();
  put({ name: "web-2", ip: "10.0.0.2" });
  await expect.poll(() => following.changes, WAIT).toEqual(["shop/web-2"]);
  expect(await following.stop()).toMatchObject({ passes: 1 });
  expect(ids(stage, "web")).toEqual(["10.0.0.1", "10.0.0.2"]);
});

test("a pass that takes longer than the function has is left", async () => {
  const { start, put } = await open();
  const goOn = takeOverTimers();
  const following = await start({ limit: Date.now() + 20_000, around: () => new Promise(() => {}) });
  put({ name: "web-2", ip: "10.0.0.2" });
  await expect.poll(() => following.passes, WAIT).toEqual([["web"]]);
  goOn(20_000);
  await following.ended;
  expect(following.reports).toEqual([]);
});

test("without the right to watch it tries until its time is up, and then fails with the right that it lacks", async () => {
  const { stage, begin } = await open();
  stage.kubernetes.options.forbid = ({ verb }) => verb === "watch";
  const following = begin();
  await expect.poll(() => countRefused(stage), WAIT).toBeGreaterThan(1);
  await expect(following.stop()).rejects.toThrow("infra/rbac.yaml");
});

test("where the right is granted while it tries, it follows from then on, and that is no failure", async () => {
  const { stage, begin, put } = await open();
  stage.kubernetes.options.forbid = ({ verb }) => verb === "watch";
  const following = begin();
  await expect.poll(() => countRefused(stage), WAIT).toBeGreaterThan(0);
  put({ name: "web-2", ip: "10.0.0.2" });
  stage.kubernetes.options.forbid = undefined;
  await expect.poll(() => ids(stage, "web"), WAIT).toEqual(["10.0.0.1", "10.0.0.2"]);
  await following.stop();
});

test("a cluster that cannot even be told yet is tried again, and followed from then on", async () => {
  const { stage, begin, put } = await open();
  stage.kubernetes.options.forbid = () => true;
  const following = begin();
  await expect.poll(() => countRefused(stage), WAIT).toBeGreaterThan(1);
  stage.kubernetes.options.forbid = undefined;
  await expect.poll(() => countWatches(stage), WAIT).toBe(1);
  put({ name: "web-2", ip: "10.0.0.2" });
  await expect.poll(() => ids(stage, "web"), WAIT).toEqual(["10.0.0.1", "10.0.0.2"]);
  await following.stop();
  expect(following.lines.filter((line) => line.includes("grant `list` on namespaces"))).not.toEqual([]);
});

test("where it cannot be told until the time is up, that is a failure which says why", async () => {
  const { stage, begin } = await open();
  stage.kubernetes.options.forbid = () => true;
  const following = begin();
  await expect.poll(() => countRefused(stage), WAIT).toBeGreaterThan(1);
  await expect(following.stop()).rejects.toThrow("grant `list` on namespaces");
});

test("a change seen by two watches is registered once", async () => {
  const { stage, start, put } = await open();
  const goOn = takeOverTimers();
  const older = await start();
  const newer = await start({ alone: Date.now() + 20_000 });
  for (let index = 2; index <= 6; index++) {
    put({ name: `web-${index}`, ip: `10.0.0.${index}` });
    await expect.poll(() => ids(stage, "web"), WAIT).toHaveLength(index);
  }
  await older.stop();
  goOn(20_000);
  await expect.poll(() => newer.reports, WAIT).toHaveLength(1);
  expect(newer.reports[0]?.services.flatMap(({ changes }) => changes)).toEqual([]);
  expect(countCalls(stage, "RegisterInstance")).toBe(5);
});

test("two watches at once, each on its own, register every pod and fail on nothing", async () => {
  const { stage, start, put } = await open();
  stage.cloudMap.options.operationDelayMs = 200;
  const both = [await start(), await start()];
  for (let index = 2; index <= 9; index++) put({ name: `web-${index}`, ip: `10.0.0.${index}` });
  await expect.poll(() => both.every(({ reports }) => reports.length > 0), WAIT).toBe(true);
  expect(ids(stage, "web")).toHaveLength(9);
  expect(both.flatMap(({ reports }) => reports.map(({ ok }) => ok))).not.toContain(false);
});
