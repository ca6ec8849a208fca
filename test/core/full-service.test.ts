import { describe, expect, test } from "vitest";
import type { Change } from "../../functions/core/change.ts";
import type { Outcome } from "../../functions/core/ports.ts";
import { claim, claims } from "../support/builders.ts";
import { pass } from "../support/memory-pass.ts";
import { crowd, done, memoryCluster, memoryRegistry } from "../support/memory-world.ts";
import type { MemoryCluster, MemoryRegistry } from "../support/memory-world.ts";

/** Cloud Map holds 1,000 instances a service; how a service that is full, or nearly, comes from one set to another. */

const BATCH = 100;

describe("a roll of a service between two passes", () => {
  test.each([
    [600, 600],
    [700, 700],
    [1000, 1000],
    [1000, 300],
  ])("of %i, of which %i are new: never fewer living ones than before, but for a batch", async (count, fresh) => {
    const before = crowd(count);
    const after = crowd(fresh, 5000);
    const pods = [...before.pods.slice(fresh), ...after.pods];
    const living = countLiving(memoryCluster(...pods), memoryRegistry({ web: before.instances }));
    const { report, registry } = await pass({ pods, registry: living.registry, before: living.look });
    expect(registry.get("web")?.size).toBe(count);
    expect(report).toMatchObject({ ok: true, services: [{ registered: count, held: [] }] });
    expect(living.least()).toBe(count - fresh);
    expect(living.most()).toBeLessThanOrEqual(1000);
    expect(living.emptyings()).toBe(0);
  });

  test("as many leave first as the quota needs, and no more", async () => {
    const writes: string[] = [];
    await pass({
      pods: crowd(600, 5000).pods,
      instances: { web: crowd(600).instances },
      before: (call) => {
        if (call.kind === "write") writes.push(call.change.kind);
      },
    });
    const runs = runsOf(writes);
    expect(runs).toEqual([
      ["register", 400],
      ["deregister", 100],
      ["register", 100],
      ["deregister", 100],
      ["register", 100],
      ["deregister", 400],
    ]);
  });
});

describe("`id` is changed to `ip-port`", () => {
  const sources = [claims(claim({ ports: [8080] }))];
  const settings = { id: "ip-port" } as const;

  test.each([
    [400, 0],
    [600, 0.7],
    [1000, 0],
    [1000, 0.37],
  ])(
    "in a service of %i, begun at %d: gets there, with never fewer living ones but for a batch",
    async (count, start) => {
      const { pods, instances } = crowd(count);
      const living = countLiving(memoryCluster(...pods), memoryRegistry({ web: instances }));
      const { report, registry } = await pass({
        pods,
        registry: living.registry,
        before: living.look,
        sources,
        settings,
        request: { start },
      });
      expect(report).toMatchObject({ ok: true, services: [{ registered: count, held: [] }] });
      const ids = [...(registry.get("web")?.keys() ?? [])];
      expect(ids.every((id) => id.endsWith(":8080"))).toBe(true);
      expect(living.least()).toBeGreaterThanOrEqual(count - BATCH);
      expect(living.most()).toBeLessThanOrEqual(1000);
    },
  );

  test.each<[string, (change: Change) => Outcome]>([
    ["fail", (change) => ({ change, result: "failed", error: new Error("InternalFailure") })],
    ["are refused for the quota", (change) => ({ change, result: "quota" })],
    ["hang", (change) => ({ change, result: "pending" })],
  ])(
    "in a full service whose registrations %s no more than a batch is lost, however many passes try",
    async (_, outcome) => {
      const { pods, instances } = crowd(1000);
      const registry = memoryRegistry({ web: instances });
      const outcomeOf = (change: Change) => (change.kind === "register" ? outcome(change) : done(change));
      for (let count = 0; count < 3; count += 1)
        await pass({ pods, registry, sources, settings, hooks: { outcomeOf } });
      expect(registry.get("web")?.size).toBe(1000 - BATCH);
      await pass({ pods, registry, sources, settings });
      expect(registry.get("web")?.size).toBe(1000);
    },
  );

  test("in a full service one pod that is refused does not hold up the others", async () => {
    const { pods, instances } = crowd(1000);
    const refused = "10.1.0.0:8080";
    const { registry } = await pass({
      pods,
      instances: { web: instances },
      sources,
      settings,
      hooks: {
        outcomeOf: (change) =>
          change.id === refused ? { change, result: "failed", error: new Error("refused") } : done(change),
      },
    });
    expect([...(registry.get("web")?.keys() ?? [])].filter((id) => id.endsWith(":8080"))).toHaveLength(999);
  });
});

describe("where what has to leave first does not", () => {
  const { pods } = crowd(10, 5000);
  const full = { pods, instances: { web: crowd(1000).instances } };

  test("only as many come as have left: the service is never over its quota", async () => {
    const living = countLiving(memoryCluster(...pods), memoryRegistry(full.instances));
    const { report } = await pass({
      pods,
      registry: living.registry,
      before: living.look,
      hooks: {
        outcomeOf: (change) => {
          const isStuck = change.kind === "deregister" && Number(change.id.split(".").at(-1)) % 2 === 0;
          return isStuck ? { change, result: "failed", error: new Error("InternalFailure") } : done(change);
        },
      },
    });
    expect(living.most()).toBe(1000);
    expect(report.ok).toBe(false);
  });

  test("the last of the old stay while none of the new is confirmed", async () => {
    const { registry, report } = await pass({
      ...full,
      hooks: { outcomeOf: (change) => (change.kind === "register" ? { change, result: "pending" } : done(change)) },
    });
    expect(registry.get("web")?.size).toBe(990);
    expect(report.services[0]?.held).toContainEqual(
      expect.objectContaining({
        reason: "waiting",
        remedy: expect.stringContaining(
          "the service would be empty; a registration has to be confirmed first",
        ) as string,
      }),
    );
  });
});

test("of a pod with two ports the old instance stays until both are there", async () => {
  const { pods, instances } = crowd(450);
  const { registry } = await pass({
    pods,
    instances: { web: instances },
    sources: [claims(claim({ ports: [8080, 9090] }))],
    settings: { id: "ip-port" },
    hooks: {
      outcomeOf: (change) =>
        change.id === "10.1.0.0:9090" ? { change, result: "failed", error: new Error("refused") } : done(change),
    },
  });
  const held = registry.get("web");
  expect(["10.1.0.0", "10.1.0.0:8080", "10.1.0.1"].map((id) => held?.has(id))).toEqual([true, true, false]);
  expect(held?.size).toBe(900);
});

/** Watches the service after each write: how many of its instances have the address of a living pod. */
function countLiving(pods: MemoryCluster, registry: MemoryRegistry) {
  const addresses = new Set([...pods.values()].flatMap(({ ips }) => ips));
  let least = Infinity;
  let most = 0;
  let emptyings = 0;
  const look = ({ kind }: { readonly kind: string }) => {
    if (kind !== "write" && kind !== "list-pods") return;
    const held = [...(registry.get("web")?.values() ?? [])];
    const served = new Set(held.flatMap(({ attributes }) => attributes["AWS_INSTANCE_IPV4"] ?? []));
    least = Math.min(least, [...served].filter((ip) => addresses.has(ip)).length);
    most = Math.max(most, held.length);
    if (held.length === 0) emptyings += 1;
  };
  return { registry, look, least: () => least, most: () => most, emptyings: () => emptyings };
}

function runsOf(kinds: readonly string[]): readonly (readonly [string, number])[] {
  const runs: [string, number][] = [];
  for (const kind of kinds) {
    const last = runs.at(-1);
    if (last?.[0] === kind) last[1] += 1;
    else runs.push([kind, 1]);
  }
  return runs;
}
