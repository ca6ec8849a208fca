import { describe, expect, test } from "vitest";
import type { Change } from "../../functions/core/change.ts";
import type { Outcome } from "../../functions/core/ports.ts";
import { claim, claims, instance, pod } from "../support/builders.ts";
import { pass, writesOf } from "../support/memory-pass.ts";
import { done } from "../support/memory-world.ts";

/** What waits for a registration waits for its confirmation, and says why it is not there. */

const web1 = pod({ name: "web-1", ip: "10.0.0.1" });
const web2 = pod({ name: "web-2", ip: "10.0.0.2" });
const strayed = pod({ name: "web-3", ip: "10.0.0.3", labels: {} });
const registered = [instance(), instance({ id: "10.0.0.2", pod: "web-2" }), instance({ id: "10.0.0.3", pod: "web-3" })];

const refuse = (change: Change): Outcome => ({ change, result: "failed", error: new Error("InvalidInput: too long") });
const full = (change: Change): Outcome => ({ change, result: "quota" });
const hang = (change: Change): Outcome => ({ change, result: "pending" });
const onRegister = (outcome: (change: Change) => Outcome) => (change: Change) =>
  change.kind === "register" ? outcome(change) : done(change);

describe("an instance that is replaced", () => {
  const given = {
    pods: [web1],
    instances: { web: [instance()] },
    sources: [claims(claim({ ports: [8080] }))],
    settings: { id: "ip-port" } as const,
  };

  test.each<[string, (change: Change) => Outcome, RegExp]>([
    ["fails", refuse, /10\.0\.0\.1:8080, which replaces it, is not there: InvalidInput: too long/],
    [
      "is refused for the quota",
      full,
      /10\.0\.0\.1:8080, which replaces it, is not there: Cloud Map refuses more instances/,
    ],
    ["hangs", hang, /have to be confirmed first/],
  ])("waits while its successor %s, and says so", async (_, outcome, remedy) => {
    const { report, registry } = await pass({ ...given, hooks: { outcomeOf: onRegister(outcome) } });
    expect([...(registry.get("web")?.keys() ?? [])]).toEqual(["10.0.0.1"]);
    const held = report.services[0]?.held.find(({ kind }) => kind === "deregister");
    expect(held).toMatchObject({ reason: "waiting", isFailure: false });
    expect(held?.remedy).toMatch(remedy);
  });

  test("waits while the id of its successor is somebody else's, and says so", async () => {
    const taken = instance({ id: "10.0.0.1:8080", owner: "other" });
    const { report, registry, calls } = await pass({ ...given, instances: { web: [instance(), taken] } });
    expect([...(registry.get("web")?.keys() ?? [])]).toEqual(["10.0.0.1", "10.0.0.1:8080"]);
    expect(report.services[0]?.held).toMatchObject([
      { kind: "deregister", id: "10.0.0.1", reason: "waiting", isFailure: false },
      { kind: "register", id: "10.0.0.1:8080", reason: "foreign" },
    ]);
    // It waits for nothing that this pass brings on: it looks no second time.
    expect(calls.filter(({ kind }) => kind === "list-instances")).toHaveLength(1);
  });
});

describe("an unready pod's instance", () => {
  const sick = pod({ name: "web-1", ip: "10.0.0.1", ready: false });

  test("waits where the only ready pod's registration is refused, and says so", async () => {
    const { report, registry } = await pass({
      pods: [sick, web2],
      instances: { web: [instance()] },
      hooks: { outcomeOf: onRegister(refuse) },
    });
    expect([...(registry.get("web")?.keys() ?? [])]).toEqual(["10.0.0.1"]);
    const held = report.services[0]?.held.find(({ id }) => id === "10.0.0.1");
    expect(held).toMatchObject({ kind: "deregister", reason: "waiting" });
    expect(held?.remedy).toContain("InvalidInput: too long");
  });

  test("goes once the ready one is confirmed", async () => {
    const { calls } = await pass({ pods: [sick, web2], instances: { web: [instance()] } });
    expect(writesOf(calls)).toEqual(["web: register 10.0.0.2", "web: deregister 10.0.0.1"]);
  });
});

describe("a living pod that no mapping chooses", () => {
  const fresh = pod({ name: "web-4", ip: "10.0.0.4" });

  test("goes though another pod's registration is refused for ever: others stand", async () => {
    const { report, registry } = await pass({
      pods: [web1, web2, strayed, fresh],
      instances: { web: registered },
      hooks: { outcomeOf: onRegister(refuse) },
    });
    expect([...(registry.get("web")?.keys() ?? [])]).toEqual(["10.0.0.1", "10.0.0.2"]);
    expect(report).toMatchObject({ ok: false, services: [{ error: "InvalidInput: too long" }] });
  });

  test("waits while a registration of the service is under way", async () => {
    const { report, registry } = await pass({
      pods: [web1, web2, strayed, fresh],
      instances: { web: registered },
      hooks: { outcomeOf: onRegister(hang) },
    });
    expect(registry.get("web")?.size).toBe(3);
    expect(report.ok).toBe(true);
    expect(report.services[0]?.held.map(({ id, reason }) => `${id} ${reason}`)).toEqual([
      "10.0.0.3 waiting",
      "10.0.0.4 pending",
    ]);
  });

  test("and was only counted on registrations that Cloud Map refuses keeps its instance", async () => {
    const { report, registry } = await pass({
      pods: [web1, strayed],
      instances: { web: registered.slice(2) },
      hooks: { outcomeOf: onRegister(full) },
    });
    expect(registry.get("web")?.size).toBe(1);
    expect(report).toMatchObject({ ok: true, services: [{ held: [{ reason: "quota" }, { reason: "guard" }] }] });
  });
});

describe("pods that are gone", () => {
  const gone = [instance({ id: "10.0.0.8", pod: "web-8" }), instance({ id: "10.0.0.9", pod: "web-9" })];

  test.each<[string, (change: Change) => Outcome, number, readonly string[]]>([
    ["is confirmed", done, 1, []],
    ["fails", refuse, 0, []],
    ["is under way: without them it would be empty", hang, 2, ["waiting", "waiting"]],
  ])("of a service with nothing else, whose registration %s", async (_, outcome, size, waiting) => {
    const { report, registry } = await pass({
      pods: [web1],
      instances: { web: gone },
      hooks: { outcomeOf: onRegister(outcome) },
    });
    expect(registry.get("web")?.size).toBe(size);
    expect(report.services[0]?.held.flatMap(({ kind, reason }) => (kind === "deregister" ? [reason] : []))).toEqual(
      waiting,
    );
  });

  test("go while a registration is under way where others stand", async () => {
    const { registry } = await pass({
      pods: [web1, web2],
      instances: { web: [instance(), ...gone] },
      hooks: { outcomeOf: onRegister(hang) },
    });
    expect([...(registry.get("web")?.keys() ?? [])]).toEqual(["10.0.0.1"]);
  });
});

describe("a registration that was refused as a duplicate", () => {
  test("is looked at again, and not sent again where its pod is gone by then", async () => {
    const pods = new Map([
      ["shop/web-1", web1],
      ["shop/web-2", web2],
    ]);
    let refusals = 0;
    const { calls, report } = await pass({
      pods,
      instances: { web: [instance()] },
      hooks: {
        outcomeOf: (change) => {
          refusals += 1;
          pods.delete("shop/web-2");
          return { change, result: "not-begun" };
        },
      },
    });
    expect(refusals).toBe(1);
    expect(writesOf(calls)).toEqual([]);
    expect(report).toMatchObject({ ok: true, services: [{ registered: 1, held: [] }] });
  });
});
