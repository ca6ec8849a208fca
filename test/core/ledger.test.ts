import { describe, expect, test } from "vitest";
import type { Change } from "../../functions/core/change.ts";
import { createHistory } from "../../functions/core/history.ts";
import type { Outcome, SourceRead } from "../../functions/core/ports.ts";
import { claim, claims, CLUSTER, instance, pod, sourceOf } from "../support/builders.ts";
import { pass } from "../support/memory-pass.ts";
import { done } from "../support/memory-world.ts";
import type { PortCall } from "../support/memory-world.ts";

/** What a pass remembers of itself: for its report, and for the next one. */

const web1 = pod();
const KUBECONFIG = { identity: { cluster: CLUSTER, arn: undefined, mayBeEmpty: false } } as const;
const NODE = { "appmesh.k8s.aws/mesh": "m", "appmesh.k8s.aws/virtualNode": "web_shop" };
const failing = (name: string): SourceRead => ({
  ...sourceOf(name),
  state: "failed",
  error: new Error(`${name}: forbidden`),
  isOptional: true,
});
const broken: SourceRead = {
  ...sourceOf("services"),
  state: "read",
  claims: [],
  broken: [
    {
      origin: { source: "services", rank: 1, name: "Service shop/odd" },
      from: "shop",
      namespace: undefined,
      service: undefined,
      problem: "it has no selector",
    },
  ],
};

async function reportOf(name: string, attributes = {}, owner?: string) {
  const instances = { web: [instance({ attributes, ...(owner !== undefined && { owner }) })] };
  return (await pass({ pods: [web1], instances, sources: [claims(claim()), failing(name)] })).report;
}

describe("a source that may fail, and does", () => {
  test("is worth a warning", async () => {
    expect(await reportOf("virtualNodes")).toMatchObject({
      errors: [],
      warnings: [expect.stringContaining("virtualNodes: forbidden")],
    });
  });

  test("is an error where instances of this owner came from it", async () => {
    expect(await reportOf("virtualNodes", NODE)).toMatchObject({ errors: ["virtualNodes: forbidden"], ok: false });
  });

  test("is worth a warning where only others' instances did, or those of another source", async () => {
    expect((await reportOf("virtualNodes", NODE, "other")).errors).toEqual([]);
    expect((await reportOf("serviceExports", NODE)).errors).toEqual([]);
  });
});

test("instances that say of no cluster are counted in a line that says what becomes of them", async () => {
  const unstamped = ["10.0.0.1", "10.0.0.8"].map((id) => instance({ id, pod: `web-${id}`, cluster: undefined }));
  const given = { pods: [web1], instances: { web: [...unstamped, instance({ id: "10.0.0.9", pod: "web-9" })] } };
  const { report } = await pass({ ...given, settings: KUBECONFIG });
  expect(report.warnings).toEqual([expect.stringMatching(/^2 instances carry this owner's value and no cluster; /)]);
  expect((await pass({ ...given, instances: {}, settings: KUBECONFIG })).report.warnings).toEqual([]);
});

const of = (id: string, cluster: string, owner?: string) =>
  instance({ id, pod: `web-${id}`, cluster, ...(owner !== undefined && { owner }) });

test("other clusters are counted by cluster and owner, in that order", async () => {
  const web = [
    of("10.0.0.5", "uid-b"),
    of("10.0.0.6", "uid-a", "old"),
    of("10.0.0.7", "uid-a"),
    of("10.0.0.8", "uid-b"),
  ];
  const settings = { ...KUBECONFIG, previousOwners: ["old"] };
  const { report } = await pass({ pods: [web1], instances: { web: [...web, instance()] }, settings });
  expect(report.otherClusters.map(({ cluster, instances }) => [cluster, instances])).toEqual([
    ["uid-a", 1],
    ["uid-a", 1],
    ["uid-b", 2],
  ]);
  expect(report.services).toMatchObject([{ registered: 1 }]);
});

test("an instance that a previous owner left from this cluster shows that it is the one that is meant", async () => {
  const instances = { web: [instance({ id: "10.0.0.7", pod: "web-7", cluster: "uid-b" }), instance({ owner: "old" })] };
  const settings = { ...KUBECONFIG, previousOwners: ["old"] };
  expect((await pass({ pods: [web1], instances, settings })).report.errors).toEqual([]);
});

test("another owner's instances from another cluster do not make this the wrong one", async () => {
  const instances = { web: [instance({ id: "10.0.0.7", pod: "web-7", owner: "old", cluster: "uid-b" })] };
  const settings = { ...KUBECONFIG, previousOwners: ["old"] };
  expect((await pass({ pods: [web1], instances, settings })).report.errors).toEqual([]);
});

test("whoever removes all of an owner from the wrong cluster is sent to look at which one it is", async () => {
  const instances = { web: [instance({ cluster: "uid-b" })] };
  const { report } = await pass({ pods: [web1], instances, settings: KUBECONFIG, request: { destroys: true } });
  expect(report.errors).toEqual([
    expect.stringMatching(/check the UID \(--cluster-uid\), or the context \(--context\)$/),
  ]);
});

const refuse = (change: Change): Outcome => ({ change, result: "refused", error: new Error("too long") });

test("what AWS refuses is remembered in its words, until the next sweep", async () => {
  const history = createHistory();
  await pass({ pods: [web1], instances: { web: [] }, hooks: { history, outcomeOf: refuse } });
  expect(history.refusalOf("srv-web", "10.0.0.1")).toBe("too long");
  const { calls } = await pass({ pods: [web1], instances: { web: [] }, hooks: { history }, request: { sweep: false } });
  expect(calls.some(({ kind }) => kind === "write")).toBe(false);
  const swept = await pass({ pods: [web1], instances: { web: [] }, hooks: { history, outcomeOf: (one) => done(one) } });
  expect(swept.registry.get("web")?.size).toBe(1);
});

function fail(call: PortCall): void {
  if (call.kind === "list-instances") throw new Error("InternalFailure");
}

test("a service at which a pass failed is known to have, until one goes well", async () => {
  const history = createHistory();
  await pass({ pods: [web1], instances: { web: [] }, hooks: { history }, before: fail });
  expect(history.hasFailed("shop.local/web")).toBe(true);
  await pass({ pods: [web1], instances: { web: [] }, hooks: { history } });
  expect(history.hasFailed("shop.local/web")).toBe(false);
});

test("what is wrong with claims of no known service is told by passes over everything alone", async () => {
  const given = { pods: [web1], instances: { web: [] }, sources: [claims(claim()), broken] };
  expect((await pass(given)).report.claims).toMatchObject([{ claim: "Service shop/odd" }]);
  const scopes = [{ kind: "service", service: "web", namespace: undefined }] as const;
  expect((await pass({ ...given, request: { scopes } })).report.claims).toEqual([]);
});

test.each([
  ["wbe", undefined, /^no mapping claims a service wbe, .*did you mean .*web\?/],
  ["payments", undefined, /^no mapping claims a service payments, .*check its name/],
  ["web", "other.local", /^no mapping claims a service other\.local\/web, /],
])("who names a service %s of namespace %s, which is not there, is told so", async (service, namespace, expected) => {
  const scopes = [{ kind: "service", service, namespace }] as const;
  const { report } = await pass({ pods: [web1], instances: { web: [] }, request: { scopes } });
  expect(report).toMatchObject({ ok: false, errors: [expect.stringMatching(expected)] });
});
