import { describe, expect, test } from "vitest";
import { claim, claims, CLUSTER, instance, OWNER, pod } from "../support/builders.ts";
import { pass } from "../support/memory-pass.ts";
import { crowd, memoryRegistry } from "../support/memory-world.ts";

const web1 = pod({ name: "web-1", ip: "10.0.0.1" });

describe("the guard of a pass", () => {
  const unselected = pod({ name: "web-1", labels: {} });

  test("holds the last living pods, and is forced by `force`, which leaves a line", async () => {
    const instances = { web: [instance()] };
    const held = await pass({ pods: [unselected], instances });
    expect(held.report).toMatchObject({
      ok: true,
      services: [{ held: [{ reason: "guard" }], registered: 1 }],
      drift: { stale: 1 },
    });
    expect(held.report.warnings).toEqual([]);
    const forced = await pass({ pods: [unselected], instances, request: { force: true } });
    expect(forced.report.warnings).toEqual([expect.stringMatching(/^forced: shop\.local\/web would lose/)]);
    expect(forced.registry.get("web")?.size).toBe(0);
  });

  test("holds everything while the cluster lists no pod at all", async () => {
    const { report, registry, calls } = await pass({ pods: [], instances: { web: [instance()] } });
    expect(report).toMatchObject({ ok: true, services: [{ held: [{ kind: "deregister", reason: "guard" }] }] });
    expect(registry.get("web")?.size).toBe(1);
    expect(calls).toContainEqual({ kind: "has-any-pod", namespaces: ["shop"] });
  });

  test("lets everything go where a cluster may be without pods, as EKS Auto Mode's are at night", async () => {
    const identity = { cluster: CLUSTER, arn: OWNER, mayBeEmpty: true };
    const { registry, calls } = await pass({ pods: [], instances: { web: [instance()] }, settings: { identity } });
    expect(registry.get("web")?.size).toBe(0);
    expect(calls.some(({ kind }) => kind === "has-any-pod")).toBe(false);
  });

  test("decides in a scoped pass as in a full one", async () => {
    const { pods, instances } = crowd(22);
    const half = pods.map((one, index) => (index < 12 ? { ...one, labels: {} } : one));
    const other = { api: crowd(100, 500).instances };
    const full = await pass({ pods: half, instances: { web: instances, ...other } });
    const scopes = [{ kind: "service", service: "web", namespace: undefined }] as const;
    const scoped = await pass({
      pods: half,
      instances: { web: instances, ...other },
      request: { scopes, sweep: false },
    });
    const heldIn = ({ report }: typeof full) => report.services.find(({ service }) => service === "web")?.held;
    expect(heldIn(full)).toHaveLength(12);
    expect(heldIn(scoped)).toEqual(heldIn(full));
  });

  test("goes by what the next rollout brings: what was held goes as its pods die", async () => {
    const { pods, instances } = crowd(12);
    const registry = memoryRegistry({ web: instances });
    await pass({ pods: pods.map((one) => ({ ...one, labels: {} })), registry });
    expect(registry.get("web")?.size).toBe(12);
    await pass({ pods: [web1], registry });
    expect([...(registry.get("web")?.keys() ?? [])]).toEqual(["10.0.0.1"]);
  });

  test("lets the last pod of all mapped namespaces go while the cluster has others", async () => {
    const { registry } = await pass({
      pods: [pod({ namespace: "kube-system", name: "dns" })],
      instances: { web: [instance()] },
    });
    expect(registry.get("web")?.size).toBe(0);
  });

  test("asks about every mapped namespace, in scope or not", async () => {
    const elsewhere = claim({ service: "api", pods: { namespace: "team-b", labelSelector: "" } });
    const { calls } = await pass({
      pods: [],
      instances: { web: [instance({ attributes: { "k8s.io/namespace": "old" } })] },
      sources: [claims(claim(), elsewhere)],
      request: { scopes: [{ kind: "service", service: "web", namespace: undefined }] },
    });
    expect(calls).toContainEqual({ kind: "has-any-pod", namespaces: ["old", "shop", "team-b"] });
  });

  test("does not ask whether the cluster is empty where pods were seen or nothing would be removed", async () => {
    const seen = await pass({ pods: [web1], instances: { web: [instance({ id: "10.0.0.9", pod: "web-9" })] } });
    const nothing = await pass({ pods: [], instances: { web: [] } });
    expect([...seen.calls, ...nothing.calls].some(({ kind }) => kind === "has-any-pod")).toBe(false);
  });

  test("holds everything where that cannot be told, and the pass fails", async () => {
    const { report, registry } = await pass({
      pods: [],
      instances: { web: [instance()] },
      before: (call) => {
        if (call.kind === "has-any-pod") throw new Error("no answer");
      },
    });
    expect(report).toMatchObject({ ok: false, errors: ["no answer"] });
    expect(registry.get("web")?.size).toBe(1);
  });
});
