import { describe, expect, test } from "vitest";
import type { Instance, Scope } from "../../functions/core/model.ts";
import { claim, claims, instance, pod } from "../support/builders.ts";
import { pass, queriesOf, writesOf } from "../support/memory-pass.ts";

const web1 = pod({ name: "web-1", ip: "10.0.0.1" });
const api1 = pod({ name: "api-1", ip: "10.0.1.1", labels: { app: "api" } });
const webClaim = claim();
const apiClaim = claim({
  service: "api",
  pods: { namespace: "shop", labelSelector: "app=api" },
  origin: { source: "configuration", rank: 0, name: "mappings[1]" },
});
const both = [claims(webClaim, apiClaim)];
const scopeOf = (name: string): readonly Scope[] => [{ kind: "service", service: name, namespace: undefined }];

describe("a scoped pass", () => {
  const instances = { web: [], api: [], old: [instance({ id: "10.0.0.9", pod: "web-9" })] };

  test("reads and writes the services in scope, and nothing more", async () => {
    const { calls } = await pass({
      pods: [web1, api1],
      instances,
      sources: both,
      request: { scopes: scopeOf("api"), sweep: false },
    });
    expect(calls.filter(({ kind }) => kind === "list-instances")).toEqual([{ kind: "list-instances", service: "api" }]);
    expect(calls.filter(({ kind }) => kind === "list-pods")).toEqual([
      { kind: "list-pods", queries: [{ namespace: "shop", labelSelector: "app=api" }] },
    ]);
    expect(writesOf(calls)).toEqual(["api: register 10.0.1.1"]);
  });

  test("reads all mappings and namespaces of a service in scope", async () => {
    const second = claim({ pods: { namespace: "team-b", labelSelector: "tier=web" } });
    const { calls } = await pass({
      pods: [web1],
      instances: { web: [] },
      sources: [claims(webClaim, second)],
      request: { scopes: [{ kind: "namespace", namespace: "shop" }], sweep: false },
    });
    expect(queriesOf(calls)).toEqual([webClaim.pods, second.pods]);
  });

  test("asks once for pods that several mappings select alike", async () => {
    const { calls } = await pass({ pods: [web1], instances: { web: [] }, sources: [claims(webClaim, webClaim)] });
    expect(queriesOf(calls)).toEqual([webClaim.pods]);
  });

  test("lists only its own pods where they are of a few of many services of their namespace", async () => {
    const many = Array.from({ length: 60 }, (_, index) =>
      claim({ service: `app-${index}`, pods: { namespace: "shop", labelSelector: `app=app-${index}` } }),
    );
    const queriesIn = async (count: number) => {
      const scopes = many.slice(0, count).flatMap(({ service }) => scopeOf(service));
      const { calls } = await pass({ pods: [], sources: [claims(...many)], request: { scopes, sweep: false } });
      return queriesOf(calls).map(({ labelSelector }) => labelSelector);
    };
    expect(await queriesIn(6)).toEqual(many.slice(0, 6).map(({ pods }) => pods.labelSelector));
    expect(await queriesIn(7)).toEqual([""]);
  });

  test("removes nothing of services out of scope, orphans included", async () => {
    const { registry } = await pass({
      pods: [web1],
      instances,
      sources: both,
      request: { scopes: [{ kind: "namespace", namespace: "shop" }] },
    });
    expect(registry.get("old")?.size).toBe(1);
  });

  test("of a service that nobody claims does nothing without a sweep, and removes its orphans with one", async () => {
    const scopes = scopeOf("old");
    const scoped = await pass({ pods: [web1], instances, request: { scopes, sweep: false } });
    expect(scoped.report).toMatchObject({ ok: true, services: [] });
    expect(scoped.calls.map(({ kind }) => kind)).toEqual(["list-mappings", "list-services"]);
    const swept = await pass({ pods: [web1], instances, request: { scopes, sweep: true } });
    expect(swept.registry.get("old")?.size).toBe(0);
  });

  test("of a service that nobody knows says so", async () => {
    const { report } = await pass({ pods: [web1], instances: { web: [] }, request: { scopes: scopeOf("wbe") } });
    expect(report).toMatchObject({
      ok: false,
      services: [],
      errors: [expect.stringContaining("no mapping claims a service wbe")],
    });
  });

  test("of a service in a namespace that nobody knows says whose namespace is meant", async () => {
    const scopes: readonly Scope[] = [{ kind: "service", service: "web", namespace: "shop" }];
    const { report } = await pass({ pods: [web1], instances: { web: [] }, request: { scopes, sweep: true } });
    expect(report.errors).toEqual([
      "no mapping claims a service shop/web, and none of the configured namespaces holds one; did you mean shop.local/web? The namespace is one of Cloud Map, not of Kubernetes.",
    ]);
  });

  test("of a node means every claimed service", async () => {
    const { report } = await pass({
      pods: [web1, api1],
      instances,
      sources: both,
      request: { scopes: [{ kind: "node", node: "i-01" }], sweep: false },
    });
    expect(report.services.map((one) => one.service)).toEqual(["api", "web"]);
  });
});

describe("looking for pods that no list showed", () => {
  test("asks for a few of them by name", async () => {
    const { calls } = await pass({ pods: [web1], instances: { web: stale(2) } });
    expect(queriesOf(calls).slice(1)).toEqual([
      { namespace: "shop", labelSelector: "", name: "web-90" },
      { namespace: "shop", labelSelector: "", name: "web-91" },
    ]);
  });

  test("lists the namespace once for many", async () => {
    const { calls } = await pass({ pods: [web1], instances: { web: stale(9) } });
    expect(queriesOf(calls).slice(1)).toEqual([{ namespace: "shop", labelSelector: "" }]);
  });

  test("asks for nothing where the lists have shown it already: terminating, or at another address", async () => {
    const pods = [web1, pod({ name: "web-90", ip: "10.0.9.0", gone: true }), pod({ name: "web-91", ip: "10.0.9.200" })];
    const { calls } = await pass({ pods, instances: { web: stale(2) } });
    expect(queriesOf(calls)).toHaveLength(1);
    expect(writesOf(calls)).toContain("web: deregister 10.0.9.1");
  });

  test("asks for nothing where no removal depends on it", async () => {
    const foreign = instance({ id: "10.0.9.1", pod: "web-91", owner: "other" });
    const reused = instance({ pod: "web-92" });
    const { calls } = await pass({ pods: [web1], instances: { web: [foreign, reused] } });
    expect(queriesOf(calls)).toHaveLength(1);
  });

  test("asks for nothing where the namespace was listed whole", async () => {
    const whole = claim({ pods: { namespace: "shop", labelSelector: "" } });
    const { calls } = await pass({ pods: [web1], instances: { web: stale(2) }, sources: [claims(whole)] });
    expect(queriesOf(calls)).toHaveLength(1);
  });

  test("asks whose an instance of App Mesh is, even at an address that is needed", async () => {
    const theirs = instance({ pod: "web-9", owner: undefined, attributes: { "appmesh.k8s.aws/mesh": "shop" } });
    const strayed = pod({ name: "web-9", ip: "10.0.0.1", labels: {} });
    const { calls, report } = await pass({
      pods: [web1, strayed],
      instances: { web: [theirs] },
      settings: { adopt: { appMesh: "exclusive", externalDns: "off" } },
    });
    expect(queriesOf(calls).at(-1)).toMatchObject({ name: "web-9" });
    expect(report.services[0]?.held).toMatchObject([{ reason: "foreign" }]);
  });

  test("finds a pod that lives on unselected, and calls it so", async () => {
    const strayed = pod({ name: "web-90", ip: "10.0.9.0", labels: {} });
    const { report } = await pass({ pods: [web1, strayed], instances: { web: [instance(), ...stale(1)] } });
    expect(report.services[0]?.changes).toMatchObject([{ reason: "unselected", pod: "shop/web-90" }]);
  });
});

function stale(count: number): readonly Instance[] {
  return Array.from({ length: count }, (_, index) => instance({ id: `10.0.9.${index}`, pod: `web-9${index}` }));
}
