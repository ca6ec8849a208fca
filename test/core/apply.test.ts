import { describe, expect, test } from "vitest";
import type { Change } from "../../functions/core/change.ts";
import type { Pod } from "../../functions/core/model.ts";
import type { Outcome } from "../../functions/core/ports.ts";
import { claim, claims, instance, mapping, pod } from "../support/builders.ts";
import { pass, writesOf } from "../support/memory-pass.ts";
import { crowd, done, memoryRegistry } from "../support/memory-world.ts";

const web1 = pod({ name: "web-1", ip: "10.0.0.1" });
const strayed = pod({ name: "web-2", ip: "10.0.0.2", labels: {} });
const gone = instance({ id: "10.0.0.3", pod: "web-3" });
const living = instance({ id: "10.0.0.2", pod: "web-2" });

const FAILED = { ok: false, services: [{ registered: 1, error: "refused" }] };
const NOT_BEGUN = { ok: false, services: [{ registered: 1, error: null, held: [{ reason: "unfinished" }, {}] }] };
const PENDING = { ok: true, services: [{ registered: 1, error: null, held: [{ reason: "pending" }, {}] }] };

describe("the order of writes", () => {
  test("registrations, then pods that are gone, then living ones", async () => {
    const { calls } = await pass({ pods: [web1, strayed], instances: { web: [gone, living] } });
    expect(writesOf(calls)).toEqual(["web: register 10.0.0.1", "web: deregister 10.0.0.3", "web: deregister 10.0.0.2"]);
  });

  test("health after registrations, before removals", async () => {
    const sick = instance({ health: "UNHEALTHY" });
    const fresh = pod({ name: "web-4", ip: "10.0.0.4" });
    const { calls } = await pass({
      pods: [web1, fresh],
      instances: { web: [sick, gone] },
      hooks: { kindOf: () => ({ health: "custom" }) },
    });
    expect(writesOf(calls)).toEqual(["web: register 10.0.0.4", "web: set-health 10.0.0.1", "web: deregister 10.0.0.3"]);
  });

  test("at the quota pods that are gone leave first", async () => {
    const full = crowd(1000);
    const pods = [...full.pods.slice(2), strayedFrom(full.pods[1]), pod({ name: "new", ip: "10.9.9.9" })];
    const { calls } = await pass({ pods, instances: { web: full.instances } });
    expect(writesOf(calls)).toEqual(["web: deregister 10.1.0.0", "web: register 10.9.9.9", "web: deregister 10.1.0.1"]);
  });

  test("just under it they wait their turn", async () => {
    const nearly = crowd(999);
    const { calls } = await pass({ pods: [...nearly.pods.slice(1), web1], instances: { web: nearly.instances } });
    expect(writesOf(calls)).toEqual(["web: register 10.0.0.1", "web: deregister 10.1.0.0"]);
  });
});

describe("a registration that does not come to its end", () => {
  const failures: readonly [string, (change: Change) => Outcome, object][] = [
    ["fails", (change) => ({ change, result: "failed", error: new Error("refused") }), FAILED],
    ["is not begun in time", (change) => ({ change, result: "not-begun" }), NOT_BEGUN],
    ["hangs", (change) => ({ change, result: "pending" }), PENDING],
  ];

  test.each(failures)("and %s keeps living pods' instances, and lets go what is gone", async (_, outcome, expected) => {
    const { report, registry } = await pass({
      pods: [web1, strayed],
      instances: { web: [gone, living] },
      hooks: { outcomeOf: (change) => (change.kind === "register" ? outcome(change) : done(change)) },
    });
    expect([...(registry.get("web")?.keys() ?? [])]).toEqual(["10.0.0.2"]);
    expect(report).toMatchObject(expected);
    expect(report.services[0]?.held).toContainEqual(
      expect.objectContaining({ kind: "deregister", id: "10.0.0.2", reason: "guard" }),
    );
  });

  test("is told with its change, and counted as drift", async () => {
    const { report } = await pass({
      pods: [web1],
      instances: { web: [] },
      hooks: { outcomeOf: (change) => ({ change, result: "failed", error: new Error("refused") }) },
    });
    expect(report.services).toMatchObject([{ changes: [{ kind: "register", error: "refused" }], registered: 0 }]);
    expect(report.drift.missing).toBe(1);
  });
});

describe("Cloud Map's own refusal of one more instance", () => {
  test("is held, once for each, and is no failure", async () => {
    const { report, registry } = await pass({ pods: [web1], instances: { web: [gone] }, hooks: { outcomeOf: full } });
    expect(report).toMatchObject({
      ok: true,
      services: [{ error: null, held: [{ kind: "register", reason: "quota" }] }],
    });
    expect(registry.get("web")?.size).toBe(0);
  });
});

test.each<[string, (change: Change) => Outcome, string]>([
  ["refused for the quota", full, "Cloud Map refuses more instances"],
  ["not made", (change) => ({ change, result: "failed", error: new Error("InternalFailure") }), "InternalFailure"],
])("a registration that is %s keeps what it was to replace, saying why", async (_, outcome, why) => {
  const { report, registry } = await pass({
    pods: [web1],
    instances: { web: [instance()] },
    sources: [claims(claim({ ports: mapping({ ports: [80] }).ports }))],
    settings: { id: "ip-port" },
    hooks: { outcomeOf: (change) => (change.kind === "register" ? outcome(change) : done(change)) },
  });
  expect([...(registry.get("web")?.keys() ?? [])]).toEqual(["10.0.0.1"]);
  expect(report.services[0]?.held).toContainEqual(
    expect.objectContaining({
      kind: "deregister",
      reason: "waiting",
      remedy: `10.0.0.1:80, which replaces it, is not there: ${why}`,
    }),
  );
});

test.each<[string, Outcome["result"], number]>([
  ["is not confirmed", "pending", 1],
  ["is not begun", "not-begun", 1],
  ["is refused for the quota", "quota", 0],
])("the last instance, of a pod that is gone, where a registration %s: %s leaves %i", async (_, result, size) => {
  const outcomeOf = (change: Change) => (change.kind === "register" ? ({ change, result } as Outcome) : done(change));
  const { registry } = await pass({ pods: [web1], instances: { web: [gone] }, hooks: { outcomeOf } });
  expect(registry.get("web")?.size).toBe(size);
});

test("where all pods are unready, `whenAllUnready: remove` lets them go, and `keep` does not", async () => {
  const given = { pods: [{ ...web1, state: "not-ready" } as const], instances: { web: [instance()] } };
  const size = async (whenAllUnready: "keep" | "remove") =>
    (await pass({ ...given, settings: { whenAllUnready } })).registry.get("web")?.size;
  expect([await size("keep"), await size("remove")]).toEqual([1, 0]);
});

function strayedFrom(one: Pod | undefined): Pod {
  return { ...(one ?? web1), labels: {} };
}

function full(change: Change): Outcome {
  return change.kind === "register" ? { change, result: "quota" } : done(change);
}

test("another's instance in a service that somebody creates meanwhile stays as it is", async () => {
  const registry = memoryRegistry({});
  const foreign = instance({ id: "10.0.0.1", owner: "other" });
  const { report } = await pass({
    pods: [web1],
    registry,
    before: (call) => {
      if (call.kind === "create-service") registry.set("web", new Map([[foreign.id, foreign]]));
    },
  });
  expect(registry.get("web")?.get("10.0.0.1")).toEqual(foreign);
  expect(report.services).toMatchObject([{ error: null, held: [{ id: "10.0.0.1", reason: "foreign" }] }]);
});
