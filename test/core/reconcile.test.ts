import { describe, expect, test } from "vitest";
import type { SourceRead } from "../../functions/core/ports.ts";
import { claim, claims, instance, NAMESPACE, node, nodes, pod } from "../support/builders.ts";
import { pass, writesOf } from "../support/memory-pass.ts";
import { memoryRegistry } from "../support/memory-world.ts";

const web1 = pod({ name: "web-1", ip: "10.0.0.1" });
const web2 = pod({ name: "web-2", ip: "10.0.0.2" });
const api1 = pod({ name: "api-1", ip: "10.0.1.1", labels: { app: "api" } });
const webClaim = claim();
const apiClaim = claim({
  service: "api",
  pods: { namespace: "shop", labelSelector: "app=api" },
  origin: { source: "configuration", rank: 0, name: "mappings[1]" },
});
const both = [claims(webClaim, apiClaim)];

describe("the order of a pass", () => {
  test("mappings and services, then instances, then pods and nodes, then writes", async () => {
    const { calls } = await pass({ pods: [web1], instances: { web: [instance({ pod: "web-9", id: "10.0.0.9" })] } });
    expect(calls.map(({ kind }) => kind)).toEqual([
      "list-mappings",
      "list-services",
      "list-instances",
      "list-nodes",
      "list-pods",
      "list-pods",
      "write",
      "write",
    ]);
  });

  test("registrations go before removals", async () => {
    const { calls } = await pass({ pods: [web1], instances: { web: [instance({ pod: "web-9", id: "10.0.0.0" })] } });
    expect(writesOf(calls)).toEqual(["web: register 10.0.0.1", "web: deregister 10.0.0.0"]);
  });

  test("a pass that finds nothing to do writes nothing", async () => {
    const { calls, report } = await pass({ pods: [web1], instances: { web: [instance()] } });
    expect(writesOf(calls)).toEqual([]);
    expect(report).toMatchObject({ ok: true, drift: { missing: 0, stale: 0, changed: 0, health: 0 } });
  });

  test("a dry run tells all and writes nothing", async () => {
    const { calls, report } = await pass({ pods: [web1], instances: {}, request: { dryRun: true } });
    expect(calls.some(({ kind }) => kind === "write" || kind === "create-service")).toBe(false);
    expect(report.services).toMatchObject([
      { desired: 1, registered: 0, changes: [{ kind: "register", id: "10.0.0.1" }] },
    ]);
  });
});

test("what objects of the cluster ask for in vain is a warning, and no failure", async () => {
  const doubt = { from: "shop", object: "Service shop/web", problem: "it is a riddle" };
  const sources = [...both, { ...claims(), doubts: [doubt] }];
  const { report } = await pass({ pods: [web1], instances: { web: [instance()] }, sources });
  expect(report).toMatchObject({ ok: true, warnings: ["Service shop/web: it is a riddle"] });
});

describe("a missing service", () => {
  test("is created with the first pod, for its address family", async () => {
    const { calls, registry } = await pass({ pods: [pod({ ip: "fd00::1" })], instances: {} });
    expect(calls.filter(({ kind }) => kind === "create-service")).toHaveLength(1);
    expect([...(registry.get("web")?.keys() ?? [])]).toEqual(["fd00::1"]);
  });

  test("waits for its first pod", async () => {
    const { calls, report } = await pass({ pods: [api1], instances: {} });
    expect(calls.some(({ kind }) => kind === "create-service")).toBe(false);
    expect(report).toMatchObject({ ok: true, services: [{ service: "web", desired: 0, error: null }] });
  });

  test("is that service's error where `createServices` is off; the others go on", async () => {
    const { report } = await pass({
      pods: [web1, api1],
      instances: { api: [] },
      sources: both,
      settings: { createServices: false },
    });
    expect(report.ok).toBe(false);
    expect(report.services).toMatchObject([
      { service: "api", error: null, registered: 1 },
      { service: "web", error: expect.stringMatching(/shop\.local\/web does not exist .*createServices/) as string },
    ]);
  });

  test("that an overlapping pass creates first is looked at, and taken as it is", async () => {
    const registry = memoryRegistry({});
    const overtake = (kind: object) =>
      pass({
        pods: [web1],
        registry,
        hooks: { kindOf: () => kind },
        before: (call) => {
          if (call.kind === "create-service") registry.set("web", new Map());
        },
      });
    expect((await overtake({})).report).toMatchObject({ ok: true, services: [{ registered: 1 }] });
    registry.clear();
    expect((await overtake({ records: ["SRV"] })).report).toMatchObject({
      ok: false,
      services: [
        { registered: 0, held: [{ reason: "invalid", remedy: expect.stringContaining("SRV records") as string }] },
      ],
    });
  });
});

describe("a failure stays with its service", () => {
  test("instances that cannot be read", async () => {
    const { report, registry } = await pass({
      pods: [web1, api1],
      instances: { web: [], api: [] },
      sources: both,
      before: (call) => {
        if (call.kind === "list-instances" && call.service === "web") throw new Error("no answer");
      },
    });
    expect(report).toMatchObject({
      ok: false,
      services: [
        { service: "api", registered: 1 },
        { service: "web", error: "no answer" },
      ],
    });
    expect(registry.get("web")?.size).toBe(0);
  });

  test("pods that cannot be listed: nothing is removed, and what is registered is still told", async () => {
    const { report, registry } = await pass({
      pods: [api1],
      instances: { web: [instance()], api: [] },
      sources: both,
      hooks: { listFailure: ({ labelSelector }) => (labelSelector === "app=web" ? new Error("410") : undefined) },
    });
    expect(report.services).toMatchObject([
      { service: "api", error: null },
      { service: "web", error: "410", registered: 1, changes: [] },
    ]);
    expect(registry.get("web")?.size).toBe(1);
  });

  test("one of several lists of a service that fails leaves it untouched", async () => {
    const second = claim({ pods: { namespace: "team-b", labelSelector: "app=web" } });
    const { registry } = await pass({
      pods: [api1],
      instances: { web: [instance()] },
      sources: [claims(webClaim, second)],
      hooks: { listFailure: (query) => (query.namespace === "team-b" ? new Error("403") : undefined) },
    });
    expect(registry.get("web")?.size).toBe(1);
  });

  test("the look for a missing pod that fails leaves the instance", async () => {
    const { report, registry } = await pass({
      pods: [api1],
      instances: { web: [instance()] },
      hooks: { listFailure: (query) => (query.name === "web-1" ? new Error("403") : undefined) },
    });
    expect(report).toMatchObject({ ok: false, services: [{ error: "403" }] });
    expect(registry.get("web")?.size).toBe(1);
  });

  test("a namespace that cannot be read", async () => {
    const failure = new Error("no such namespace");
    const { report } = await pass({
      pods: [web1],
      instances: {},
      hooks: { namespaces: [{ asked: NAMESPACE, read: { failure } }] },
      sources: [claims(claim({ namespace: NAMESPACE }))],
    });
    expect(report).toMatchObject({
      ok: false,
      errors: ["no such namespace"],
      services: [{ error: "no such namespace" }],
    });
  });

  test("nodes that cannot be read are a warning, and no failure", async () => {
    const { report } = await pass({
      pods: [web1],
      instances: { web: [] },
      hooks: { nodes: { state: "unreadable", warning: "nodes: 403" } },
    });
    expect(report).toMatchObject({ ok: true, warnings: ["nodes: 403"] });
  });
});

describe("a source that cannot be read", () => {
  const sources: readonly SourceRead[] = [
    claims(webClaim),
    { source: "services", rank: 1, state: "failed", error: new Error("403") },
  ];

  test("fails the pass, keeps what may be its claim, and lets go what is gone", async () => {
    const selectedNoMore = pod({ name: "web-3", ip: "10.0.0.3", labels: {} });
    const instances = {
      web: [instance(), instance({ id: "10.0.0.3", pod: "web-3" }), instance({ id: "10.0.0.4", pod: "web-4" })],
    };
    const { report, registry } = await pass({ pods: [web1, selectedNoMore], instances, sources });
    expect(report).toMatchObject({ ok: false, errors: ["403"] });
    expect([...(registry.get("web")?.keys() ?? [])]).toEqual(["10.0.0.1", "10.0.0.3"]);
  });
});

test("a node that leaves is known by its list, read in the same pass", async () => {
  const read = nodes(
    node({ state: "leaving", region: undefined, zone: undefined }),
    node({ name: "node-2", region: undefined, zone: undefined }),
  );
  const instances = { web: [instance(), instance({ id: "10.0.0.2", pod: "web-2" })] };
  const { report } = await pass({ pods: [web1, { ...web2, node: "node-2" }], instances, hooks: { nodes: read } });
  expect(report.services[0]?.changes).toMatchObject([{ kind: "deregister", id: "10.0.0.1", reason: "pod-not-ready" }]);
});
