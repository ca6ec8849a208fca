import { describe, expect, test } from "vitest";
import type { SourceRead } from "../../functions/core/ports.ts";
import { claim, claims, CLUSTER, instance, OWNER, pod } from "../support/builders.ts";
import { pass } from "../support/memory-pass.ts";

/** Our instances in services that nobody claims any more, and the services themselves. */

const web1 = pod({ name: "web-1", ip: "10.0.0.1" });
const old1 = pod({ name: "old-1", ip: "10.0.0.8", labels: { app: "old" } });
const ours = [instance({ id: "10.0.0.8", pod: "old-1" }), instance({ id: "10.0.0.9", pod: "old-2" })];
const foreign = instance({ id: "10.0.0.7", pod: "x-1", owner: "other" });
const given = { pods: [web1, old1], instances: { web: [instance()], old: [...ours, foreign] } };

describe("orphans", () => {
  test("of pods that are gone go on a sweep; the last living ones wait for a person, and foreign instances stay", async () => {
    const { report, registry } = await pass(given);
    expect(report.services[0]).toMatchObject({
      service: "old",
      registered: 1,
      changes: [{ id: "10.0.0.9", reason: "pod-gone" }],
      held: [{ id: "10.0.0.8", reason: "guard" }],
    });
    expect([...(registry.get("old")?.keys() ?? [])].toSorted()).toEqual(["10.0.0.7", "10.0.0.8"]);
  });

  test("of a service that is named in `retired` go on a sweep, living or gone", async () => {
    const { report, registry } = await pass({ ...given, settings: { retired: ["old"] } });
    expect(report.services[0]?.changes).toMatchObject([{ reason: "unmapped" }, { reason: "pod-gone" }]);
    expect([...(registry.get("old")?.keys() ?? [])]).toEqual(["10.0.0.7"]);
  });

  test("stay on any other pass, which does not even read them", async () => {
    const { calls, registry } = await pass({ ...given, request: { sweep: false } });
    expect(calls.filter(({ kind }) => kind === "list-instances")).toEqual([{ kind: "list-instances", service: "web" }]);
    expect(registry.get("old")?.size).toBe(3);
  });

  test("are not looked for in services that hold no instance", async () => {
    const { calls, report } = await pass({ ...given, instances: { web: [instance()], empty: [] } });
    expect(calls.filter(({ kind }) => kind === "list-instances")).toHaveLength(1);
    expect(report.services.map(({ service }) => service)).toEqual(["web"]);
  });

  test("of a claim that is not allowed any more go where their pods are gone; the living ones wait for the claim to be put right", async () => {
    const claimed = claim({ service: "old", from: "team-b", pods: { namespace: "shop", labelSelector: "app=old" } });
    const { report } = await pass({
      ...given,
      sources: [claims(claim(), claimed)],
      settings: { allow: [{ from: "shop", services: ["*"] }] },
    });
    expect(report.services[0]).toMatchObject({
      service: "old",
      changes: [{ reason: "pod-gone" }],
      held: [
        { kind: "deregister", reason: "not-allowed" },
        { kind: "claim", reason: "not-allowed" },
      ],
    });
  });

  test("stay under the guard: many living ones at once are held", async () => {
    const pods = Array.from({ length: 11 }, (_, index) =>
      pod({ name: `old-${index}`, ip: `10.0.1.${index}`, labels: {} }),
    );
    const instances = pods.map(({ key, ips: [id = ""] }) => instance({ id, pod: key.name }));
    const { report, registry } = await pass({ pods: [web1, ...pods], instances: { web: [], old: instances } });
    expect(report.services[0]?.held).toHaveLength(11);
    expect(registry.get("old")?.size).toBe(11);
  });
});

describe("services that nobody claims", () => {
  const empty = { pods: [web1], instances: { web: [instance()], old: [] } };
  const settings = { deleteServices: true };

  test("are deleted once they are empty, where the configuration says so", async () => {
    const { report, registry } = await pass({ ...empty, settings });
    expect(registry.has("old")).toBe(false);
    expect(report.services).toMatchObject([{ service: "old", deleted: true }, { service: "web" }]);
    expect((await pass(empty)).registry.has("old")).toBe(true);
  });

  test.each<[string, Parameters<typeof pass>[0]]>([
    ["on passes that do not sweep", { ...empty, settings, request: { sweep: false } }],
    ["in a dry run", { ...empty, settings, request: { dryRun: true } }],
    ["while the policy is upsert-only", { ...empty, settings: { ...settings, policy: "upsert-only" } }],
    ["while a source fails that may claim them", { ...empty, settings, sources: [claims(claim()), failed()] }],
    [
      "while a source is absent that must be there",
      { ...empty, settings, sources: [claims(claim()), absent(new Error("absent"))] },
    ],
    ["while the cluster lists no pod at all", { ...empty, pods: [], settings }],
    ["while they hold instances", { ...given, settings }],
    ["while somebody claims them", { ...empty, settings, sources: [claims(claim(), claim({ service: "old" }))] }],
    [
      "while a claim of them is held",
      {
        ...empty,
        settings: { ...settings, allow: [{ from: "shop", services: ["*"] }] },
        sources: [claims(claim(), claim({ service: "old", from: "team-b" }))],
      },
    ],
  ])("stay %s", async (_, wanted) => {
    expect((await pass(wanted)).registry.has("old")).toBe(true);
  });

  test("are deleted in a cluster without pods that may be so", async () => {
    const identity = { cluster: CLUSTER, arn: OWNER, mayBeEmpty: true };
    const { registry } = await pass({ ...empty, pods: [], settings: { ...settings, identity } });
    expect(registry.has("old")).toBe(false);
  });

  test("are deleted where a source is absent that may be", async () => {
    const { registry } = await pass({ ...empty, settings, sources: [claims(claim()), absent(undefined)] });
    expect(registry.has("old")).toBe(false);
  });

  test("whose deletion fails are a failure of the pass, and of nothing else", async () => {
    const { report } = await pass({
      ...empty,
      settings,
      before: (call) => {
        if (call.kind === "delete-service") throw new Error("refused");
      },
    });
    expect(report).toMatchObject({ ok: false, errors: ["refused"], services: [{ service: "web", error: null }] });
  });
});

function failed(): SourceRead {
  return { source: "virtualNodes", rank: 2, state: "failed", error: new Error("403") };
}

function absent(error: Error | undefined): SourceRead {
  return { source: "virtualNodes", rank: 2, state: "absent", error };
}
