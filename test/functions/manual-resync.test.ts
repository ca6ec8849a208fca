import { expect, test } from "vitest";
import { openShop, putPod, registered, SHOP, writesOf } from "./shop.ts";

const ALL = ["api 10.0.1.1", "web 10.0.0.1", "web 10.0.0.2"];

test("reconciles everything where the payload names nothing", async () => {
  const shop = await openShop();
  const lambda = await shop.start("manual-resync");
  expect((await lambda.invoke(undefined)).answer).toMatchObject({ ok: true, drift: { missing: 3 } });
  expect(registered(shop)).toEqual(ALL);
  for (const payload of [null, {}]) expect((await lambda.invoke(payload)).answer).toMatchObject({ ok: true });
});

test("reconciles what the scope names, and nothing else", async () => {
  const shop = await openShop();
  const lambda = await shop.start("manual-resync");
  const web = ["web 10.0.0.1", "web 10.0.0.2"];
  for (const [scope, wanted] of [
    [{ service: "web" }, web],
    [{ service: "shop.local/web" }, web],
    [{ namespace: "backend" }, ["api 10.0.1.1"]],
  ] as const) {
    for (const { instances } of shop.cloudMap.services.values()) instances.clear();
    expect((await lambda.invoke({ scope })).answer).toMatchObject({ ok: true });
    expect(registered(shop)).toEqual(wanted);
  }
});

test("a dry run answers with the plan, changes nothing, and tells no alarm of it", async () => {
  const shop = await openShop();
  const lambda = await shop.start("manual-resync");
  const { answer, metrics } = await lambda.invoke({ dryRun: true });
  expect(answer).toMatchObject({
    services: [
      { service: "api", desired: 1, registered: 0, changes: [{ kind: "register", id: "10.0.1.1", reason: "missing" }] },
      { service: "web", desired: 2, registered: 0 },
    ],
    drift: { missing: 3, stale: 0, changed: 0, health: 0 },
    ok: true,
  });
  expect(writesOf(shop)).toEqual([]);
  expect(Object.keys(metrics[0] ?? {})).not.toContain("Passes");
});

test("tells what `plan` tells besides: mappings that choose no pod, and why a service is empty", async () => {
  const [web, api] = SHOP.mappings;
  const shop = await openShop({
    configuration: { ...SHOP, mappings: [{ ...web, pods: { namespace: "shop", selector: "app=wbe" } }, api] },
  });
  const lambda = await shop.start("manual-resync");
  const { answer } = await lambda.invoke({ dryRun: true });
  expect(answer).toMatchObject({
    warnings: ["mappings[0] chooses no pod: no pod of shop has app=wbe; did you mean app=web?"],
    unchosen: 1,
    services: [{ service: "api" }, { service: "web", empty: "no pods" }],
  });
});

test("logs the report in full, for those who do not wait for the answer", async () => {
  const shop = await openShop();
  const lambda = await shop.start("manual-resync");
  const { answer, logs } = await lambda.invoke({});
  expect(logs.find(({ message }) => message === "report")?.["report"]).toEqual(answer);
});

test("force makes the removals that the guard holds, and every line says who forced", async () => {
  const shop = await openShop();
  const lambda = await shop.start("manual-resync");
  await lambda.invoke({});
  const [web, api] = SHOP.mappings;
  shop.configure({ ...SHOP, mappings: [{ ...web, pods: { namespace: "shop", selector: "app=wbe" } }, api] });
  shop.advance(61_000);
  const held = await lambda.invoke({});
  expect(held.answer).toMatchObject({ ok: true, drift: { stale: 2 } });
  expect(registered(shop)).toEqual(ALL);
  expect(held.metrics[0]).toMatchObject({ HeldByGuard: 2 });
  const advice = "correct mappings[0] (see the warning: did you mean app=web?); shop.local/web would lose its last";
  for (const told of [held.answer, held.logs]) expect(JSON.stringify(told)).toContain(advice);

  const forced = await lambda.invoke({ force: true }, { clientContext: { custom: { caller: "ada" } } });
  expect(registered(shop)).toEqual(["api 10.0.1.1"]);
  const lines = forced.logs.filter(({ message }) => message.startsWith("forced: "));
  expect(lines).toMatchObject([{ level: "WARN", caller: "ada" }]);
});

test("says where to look for the caller when the invocation does not tell", async () => {
  const shop = await openShop();
  const lambda = await shop.start("manual-resync");
  const { logs } = await lambda.invoke({ force: true });
  expect(logs[0]).toMatchObject({ force: true, caller: "unknown: CloudTrail tells who invoked" });
});

test("a wrong payload gets a sentence, and changes nothing", async () => {
  const shop = await openShop();
  const lambda = await shop.start("manual-resync");
  const sentences = [
    [{ scope: { pod: "web-1" } }, "scope: write one of"],
    [{ scope: { service: "web", namespace: "shop" } }, "scope: write one of"],
    [{ dryrun: true }, "dryrun"],
    [{ force: "yes" }, "force: write true or false"],
    ["web", "payload: write an object like"],
  ] as const;
  for (const [payload, says] of sentences) {
    const { error } = await lambda.invoke(payload);
    expect(error?.message).toMatch(/^nothing was changed: the payload is wrong: /);
    expect(error?.message).toContain(says);
  }
  expect(shop.calls).toEqual([]);
});

test("a service that nobody claims is an error that names it", async () => {
  const shop = await openShop();
  putPod(shop, "web-3", "10.0.0.3");
  const lambda = await shop.start("manual-resync");
  const { answer } = await lambda.invoke({ scope: { service: "wbe" } });
  expect(answer).toMatchObject({ ok: false, errors: [expect.stringContaining("no mapping claims a service wbe")] });
  expect(registered(shop)).toEqual([]);
});
