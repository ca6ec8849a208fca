import { describe, expect, test } from "vitest";
import type { Claim } from "../../functions/core/model.ts";
import { claim, claims, instance, pod } from "../support/builders.ts";
import { pass, writesOf } from "../support/memory-pass.ts";
import { crowd } from "../support/memory-world.ts";
import type { Crowd } from "../support/memory-world.ts";

const NEW: Partial<Claim> = { service: "web-new", origin: { source: "configuration", rank: 0, name: "mappings[0]" } };

describe("a mapping is renamed", () => {
  const { pods, instances } = crowd(8);
  const given = { pods, instances: { web: instances }, sources: [claims(claim(NEW))] };
  const cannot = { ...given, settings: { createServices: false } };

  test("the new service is filled, and the old one's living pods wait for a person", async () => {
    const { report, registry } = await pass(given);
    expect(sizes(registry)).toEqual({ web: 8, "web-new": 8 });
    expect(reasons(report, "web")).toEqual({ guard: 8 });
  });

  test.each<[string, Parameters<typeof pass>[0]]>([
    ["forced", { ...given, request: { force: true } }],
    ["retired", { ...given, settings: { retired: ["web"] } }],
  ])("and %s: the old one's go once they are registered in the new one, in the same pass", async (_, wanted) => {
    const { calls, registry } = await pass(wanted);
    expect(sizes(registry)).toEqual({ web: 0, "web-new": 8 });
    const writes = writesOf(calls);
    expect(writes.findLastIndex((line) => line.startsWith("web-new: register"))).toBeLessThan(
      writes.findIndex((line) => line.startsWith("web: deregister")),
    );
  });

  test.each<[string, Parameters<typeof pass>[0], object]>([
    ["they are held", cannot, { guard: 8 }],
    ["even forced they wait", { ...cannot, request: { force: true } }, { waiting: 8 }],
    ["even retired they wait", { ...cannot, settings: { ...cannot.settings, retired: ["web"] } }, { waiting: 8 }],
  ])("and the new service cannot be created: %s", async (_, wanted, expected) => {
    const { report, registry } = await pass(wanted);
    expect(sizes(registry)).toEqual({ web: 8 });
    expect(reasons(report, "web")).toEqual(expected);
    expect(report.ok).toBe(false);
  });

  test("in a pass that only looks at the old service they wait, and the new one is read, not written", async () => {
    const { report, registry, calls } = await pass({
      ...given,
      instances: { web: instances, "web-new": [] },
      request: { force: true, scopes: [{ kind: "service", service: "web", namespace: undefined }] },
    });
    expect(sizes(registry)).toEqual({ web: 8, "web-new": 0 });
    expect(reasons(report, "web")).toEqual({ waiting: 8 });
    expect(report.services[0]?.held[0]?.remedy).toContain("shop.local/web-new");
    expect(calls).toContainEqual({ kind: "list-instances", service: "web-new" });
  });

  test("it is enough that one of the new service's mappings chooses them", async () => {
    const other = claim({ ...NEW, origin: { source: "configuration", rank: 0, name: "mappings[1]" } });
    const { report } = await pass({
      ...given,
      sources: [claims(claim({ ...other, pods: { namespace: "shop", labelSelector: "app=other" } }), claim(NEW))],
      request: { force: true, scopes: [{ kind: "service", service: "web", namespace: undefined }] },
    });
    expect(reasons(report, "web")).toEqual({ waiting: 8 });
  });

  test("pods that are gone wait for nobody", async () => {
    const { registry } = await pass({ ...cannot, pods: [pods[0] ?? pod()] });
    expect(sizes(registry)).toEqual({ web: 1 });
  });
});

describe("a selector is switched from blue to green", () => {
  const blue = coloured(crowd(20), "blue");
  const green = coloured(crowd(20, 100), "green");
  const sources = [claims(claim({ pods: { namespace: "shop", labelSelector: "color=green" } }))];
  const given = { pods: [...blue.pods, ...green.pods], instances: { web: blue.instances }, sources };

  test("20 for 20: green is registered and confirmed, then blue goes, in one pass", async () => {
    const { report, calls, registry } = await pass(given);
    expect([...(registry.get("web")?.keys() ?? [])].toSorted()).toEqual(green.instances.map(({ id }) => id).toSorted());
    const kinds = writesOf(calls).map((line) => line.split(" ")[1]);
    expect(kinds).toEqual([
      ...Array.from({ length: 20 }, () => "register"),
      ...Array.from({ length: 20 }, () => "deregister"),
    ]);
    expect(report).toMatchObject({ ok: true, services: [{ registered: 20, held: [] }] });
  });

  test.each([9, 10, 19])("20 for %i is no replacement: blue is held where fewer come than leave", async (count) => {
    const { report, registry } = await pass({ ...given, pods: [...blue.pods, ...green.pods.slice(0, count)] });
    expect(registry.get("web")?.size).toBe(20 + count);
    expect(reasons(report, "web")).toEqual({ guard: 20 });
  });

  test("blue stays where green is refused", async () => {
    const { report, registry } = await pass({
      ...given,
      hooks: {
        outcomeOf: (change) => ({ change, result: "failed", error: new Error("InternalFailure") }),
      },
    });
    expect(registry.get("web")?.size).toBe(20);
    expect(reasons(report, "web")).toEqual({ guard: 20 });
    expect(report.ok).toBe(false);
  });
});

test("a document without mappings leaves 8 living pods registered, whatever their number", async () => {
  for (const count of [1, 8, 30]) {
    const { pods, instances } = crowd(count);
    const { report, registry } = await pass({ pods, instances: { web: instances }, sources: [] });
    expect(registry.get("web")?.size).toBe(count);
    expect(reasons(report, "web")).toEqual({ guard: count });
    expect(report.ok).toBe(true);
  }
});

function coloured({ pods, instances }: Crowd, color: string): Crowd {
  const labels = { app: "web", color };
  return {
    pods: pods.map((one) => ({ ...one, labels })),
    instances: instances.map((one) =>
      instance({ id: one.id, pod: one.attributes["k8s.io/pod"] ?? "", attributes: { color } }),
    ),
  };
}

function sizes(registry: Awaited<ReturnType<typeof pass>>["registry"]): Readonly<Record<string, number>> {
  return Object.fromEntries([...registry].map(([name, held]) => [name, held.size]));
}

function reasons(
  { services }: Awaited<ReturnType<typeof pass>>["report"],
  name: string,
): Readonly<Record<string, number>> {
  const held = services.find(({ service }) => service === name)?.held ?? [];
  const counts = [...Map.groupBy(held, ({ reason }) => reason)].map(([reason, all]) => [reason, all.length]);
  return Object.fromEntries(counts) as Readonly<Record<string, number>>;
}
