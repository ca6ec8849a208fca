import { describe, expect, test } from "vitest";
import type { NamespaceRead, SourceRead } from "../../functions/core/ports.ts";
import { claim, claims, instance, namespace, pod, service } from "../support/builders.ts";
import { pass, writesOf } from "../support/memory-pass.ts";
import { memoryCluster } from "../support/memory-world.ts";
import type { PortCall } from "../support/memory-world.ts";

/** A living pod's instance goes only where two looks of one pass agree; claims, nodes and registry are read again for the second. */

const web1 = pod({ name: "web-1", ip: "10.0.0.1" });
const web2 = pod({ name: "web-2", ip: "10.0.0.2" });
const strayed = { ...web2, labels: { app: "other" } };
const instances = { web: [instance(), instance({ id: "10.0.0.2", pod: "web-2" })] };

test("where both agree it goes, and everything was read before its list", async () => {
  const { calls } = await pass({ pods: [web1, strayed], instances });
  expect(writesOf(calls)).toEqual(["web: deregister 10.0.0.2"]);
  const kinds = calls.map(({ kind }) => kind);
  const last = kinds.lastIndexOf("list-instances");
  for (const kind of ["list-mappings", "list-services", "list-nodes", "list-pods"] as const)
    expect(kinds.indexOf(kind, last)).toBeGreaterThan(last);
});

test("a service whose claim was away in one look is read again before the next: what others hold there stays", async () => {
  const taken = instance({ id: "10.0.0.2", owner: "somebody-else" });
  const gone = instance({ id: "10.0.0.9", pod: "web-9" });
  const sources: SourceRead[] = [claims(claim())];
  const asked: string[] = [];
  let looks = 0;
  await pass({
    pods: [web1, web2],
    instances: { web: [instance(), taken, gone] },
    sources,
    before: ({ kind }) => {
      if (kind !== "list-mappings") return;
      looks += 1;
      sources.splice(0, 1, looks === 2 ? claims() : claims(claim()));
    },
    request: { sweep: false },
    // Another operation is in the way, so that the pass looks again.
    hooks: {
      outcomeOf: (change) => {
        asked.push(`${change.kind} ${change.id}`);
        return { change, result: "not-begun" };
      },
    },
  });
  expect(looks).toBeGreaterThan(2);
  expect(new Set(asked)).toEqual(new Set(["deregister 10.0.0.9"]));
});

test("a pod that is gone, and a registration, need one look alone", async () => {
  const gone = instance({ id: "10.0.0.9", pod: "web-9" });
  const { calls } = await pass({ pods: [web1, web2], instances: { web: [instance(), gone] } });
  expect(writesOf(calls)).toEqual(["web: register 10.0.0.2", "web: deregister 10.0.0.9"]);
  expect(count(calls, "list-instances")).toBe(1);
});

describe("what changes between the two looks spares the instance", () => {
  test("a pod that is chosen again", async () => {
    const pods = memoryCluster(web1, strayed);
    const { calls } = await pass({
      pods,
      instances,
      before: after("list-instances", 1, () => pods.set("shop/web-2", web2)),
    });
    expect(writesOf(calls)).toEqual([]);
  });

  test("a pod that turns ready", async () => {
    const pods = memoryCluster(web1, { ...web2, state: "not-ready" });
    const { calls } = await pass({
      pods,
      instances,
      before: after("list-instances", 1, () => pods.set("shop/web-2", web2)),
    });
    expect(writesOf(calls)).toEqual([]);
  });

  test("a claim that chooses it by now: those that the pass began with are older than the registry's reading", async () => {
    const sources: SourceRead[] = [claims(claim())];
    const switched = claims(
      claim(),
      claim({ pods: OTHERS, origin: { source: "configuration", rank: 0, name: "mappings[1]" } }),
    );
    const switchIt = after("list-instances", 1, () => sources.splice(0, 1, switched));
    const { calls } = await pass({ pods: [web1, strayed], instances, sources, before: switchIt });
    expect(writesOf(calls).filter((line) => line.includes("deregister"))).toEqual([]);
  });

  test("claims that cannot be read again", async () => {
    const sources: SourceRead[] = [claims(claim())];
    const fail = after("list-instances", 1, () =>
      sources.push({ source: "services", rank: 1, state: "failed", error: new Error("403") }),
    );
    const { report, calls } = await pass({ pods: [web1, strayed], instances, sources, before: fail });
    expect(writesOf(calls)).toEqual([]);
    expect(report).toMatchObject({ ok: false, services: [{ held: [{ id: "10.0.0.2", reason: "source-failed" }] }] });
  });

  test("a namespace that cannot be read again, forced or not, however the configuration calls it", async () => {
    for (const force of [false, true]) {
      const read = { namespace: namespace(), services: [service()] };
      const namespaces: NamespaceRead[] = [{ asked: "ns-1", read: { value: read } }];
      const fail = after("list-instances", 1, () =>
        namespaces.splice(0, 1, { asked: "ns-1", read: { failure: new Error("throttled") } }),
      );
      const { report, calls } = await pass({
        pods: [web1, strayed],
        instances,
        before: fail,
        request: { force },
        hooks: { namespaces },
      });
      expect(writesOf(calls)).toEqual([]);
      expect(report.ok).toBe(false);
    }
  });

  test("pods that cannot be listed again", async () => {
    let lists = 0;
    const listFailure = () => (++lists > 2 ? new Error("410") : undefined);
    const { report, calls } = await pass({ pods: [web1, strayed], instances, hooks: { listFailure } });
    expect(writesOf(calls)).toEqual([]);
    expect(report.services).toMatchObject([{ error: "410" }]);
  });
});

test("a second look that wants to remove another pod than the first removes neither", async () => {
  const pods = memoryCluster(web1, strayed);
  const { calls } = await pass({
    pods,
    instances,
    before: after("list-instances", 1, () => {
      pods.set("shop/web-2", web2);
      pods.set("shop/web-1", { ...web1, labels: {} });
    }),
  });
  expect(writesOf(calls)[0]).not.toBe("web: deregister 10.0.0.2");
  expect(writesOf(calls)).not.toContain("web: deregister 10.0.0.2");
});

describe("a pod that is relabelled from one mapping's selector to another's between two lists", () => {
  const one = pod({ name: "web-2", ip: "10.0.0.2", labels: { tier: "a" } });

  test("of one service keeps its instance", async () => {
    const pods = memoryCluster(web1, one);
    const held = {
      web: [instance(), instance({ id: "10.0.0.2", pod: "web-2", attributes: { app: undefined, tier: "a" } })],
    };
    let lists = 0;
    const { calls } = await pass({
      pods,
      instances: held,
      sources: [mappingsOf("app=web", "tier=a", "tier=b")],
      before: (call) => {
        if (call.kind === "list-pods" && ++lists === 2) pods.set("shop/web-2", { ...one, labels: { tier: "b" } });
      },
      hooks: { podsShown: (all) => (lists < 2 ? [web1] : [...all.values()]) },
    });
    expect(writesOf(calls).filter((line) => line.includes("deregister"))).toEqual([]);
  });

  test("is shown by one list of the namespace where it has more than three selectors", async () => {
    const { calls } = await pass({
      pods: [web1, one],
      instances: { web: [] },
      sources: [mappingsOf("tier=a", "tier=b", "tier=c", "tier=d")],
    });
    const queries = calls.flatMap((call) => (call.kind === "list-pods" ? call.queries : []));
    expect(queries).toEqual([{ namespace: "shop", labelSelector: "" }]);
  });
});

const OTHERS = { namespace: "shop", labelSelector: "app=other" };

/** Does something before the next call of a kind once it has been made so many times. */
function after(kind: PortCall["kind"], times: number, act: () => unknown): (call: PortCall) => void {
  let made = 0;
  return (call) => {
    if (call.kind !== kind) return;
    if (made === times) act();
    made += 1;
  };
}

function count(calls: readonly PortCall[], kind: PortCall["kind"]): number {
  return calls.filter((call) => call.kind === kind).length;
}

function mappingsOf(...selectors: readonly string[]): SourceRead {
  const made = selectors.map((labelSelector, index) =>
    claim({
      origin: { source: "configuration", rank: 0, name: `mappings[${index}]` },
      pods: { namespace: "shop", labelSelector },
    }),
  );
  return claims(...made);
}
