import { describe, expect, test } from "vitest";
import type { Node, Pod } from "../../functions/core/model.ts";
import { lines, plan } from "../support/scene.ts";
import { claim, claims, instance, mapping, node, nodes, pod } from "../support/builders.ts";
import { pass, writesOf } from "../support/memory-pass.ts";

/** Nodes that say nothing, and machines that EC2 does not speak of. */

const bare = { region: undefined, zone: undefined } as const;

describe("kubelets that fall silent", () => {
  test.each([
    [1, 1],
    [3, 2],
    [6, 4],
    [6, 6],
    [12, 7],
    [20, 11],
  ])("of %i nodes %i: it is the control plane that is cut off, and every pod that serves stays", (count, silent) => {
    expect(lines(plan(cluster(count, silent)))).toEqual([]);
  });

  test.each([
    [3, 1],
    [6, 3],
    [20, 10],
    [100, 54],
  ])("of %i nodes %i: it is those nodes, and their pods go", (count, silent) => {
    expect(plan(cluster(count, silent)).changes.map(({ reason }) => reason)).toEqual(
      Array.from({ length: silent }, () => "pod-not-ready"),
    );
  });

  test("a pod whose containers are not ready is not ready, heard or not", () => {
    const scene = cluster(6, 5, { containersReady: false });
    expect(plan(scene).changes).toHaveLength(5);
  });

  test("a pod that is gone is gone", () => {
    const scene = cluster(6, 6, { state: "gone" });
    expect(plan(scene).changes.map(({ reason }) => reason)).toEqual(Array.from({ length: 6 }, () => "pod-gone"));
  });

  test("a pod that was not registered yet is registered while the control plane is cut off", () => {
    expect(lines(plan({ ...cluster(3, 3), instances: [] }))).toHaveLength(3);
  });
});

describe("nodes that are heard again, whose kubelets have not said yet that their pods are ready", () => {
  const returning = { ...pod(), state: "not-ready", containersReady: true } as const;
  const others = pod({ name: "web-2", ip: "10.0.0.2", node: "node-2" });
  const registered = [instance(), instance({ id: "10.0.0.2", pod: "web-2" })];
  const heard = nodes(node(bare), node({ ...bare, name: "node-2" }));
  const scene = { pods: [returning, others], instances: registered, nodes: heard };

  test("what is registered stays", () => {
    expect(lines(plan(scene))).toEqual([]);
  });

  test("stays though somebody has spoilt the name of its pod", () => {
    const spoilt = instance({ pod: "nobody" });
    expect(lines(plan({ ...scene, instances: [spoilt, ...registered.slice(1)] }))).toEqual([]);
  });

  test("stays under another id too, until there is one to replace it", () => {
    const renamed = [instance({ id: "10.0.0.1:8080", attributes: { AWS_INSTANCE_IPV4: "10.0.0.1" } })];
    expect(lines(plan({ ...scene, instances: [...renamed, ...registered.slice(1)] }))).toEqual([]);
  });

  test("what is not registered waits for its kubelet: its machine may just have started again", () => {
    expect(lines(plan({ ...scene, instances: registered.slice(1) }))).toEqual([]);
  });

  test("is healthy where health can be said", () => {
    expect(lines(plan({ ...scene, kind: { health: "custom" } }))).toEqual([]);
  });

  test.each<[string, Partial<Parameters<typeof plan>[0]>]>([
    ["its containers are not ready", { pods: [{ ...returning, containersReady: false }, others] }],
    ["its node leaves", { nodes: nodes(node({ ...bare, state: "leaving" }), node({ ...bare, name: "node-2" })) }],
    ["its node is not known", { nodes: nodes(node({ ...bare, name: "node-2" })) }],
  ])("it goes where %s", (_, wanted) => {
    expect(lines(plan({ ...scene, ...wanted }))).toEqual(["deregister 10.0.0.1 pod-not-ready"]);
  });
});

describe("while the nodes cannot be read", () => {
  const scene = cluster(3, 1);
  const unreadable = { state: "unreadable", warning: "nodes could not be read" } as const;

  test("no unready pod leaves: the control plane may be cut off", () => {
    expect(lines(plan({ ...scene, nodes: { ...unreadable, isFailure: true } }))).toEqual([
      "deregister 10.0.0.0 held: source-failed",
    ]);
  });

  test("because they may not, it is as if nothing was asked of them", () => {
    expect(plan({ ...scene, nodes: unreadable }).changes.map(({ reason }) => reason)).toEqual(["pod-not-ready"]);
  });
});

describe("nodes that were read before the pods", () => {
  const serving = { ...pod({ name: "web-1", ip: "10.0.0.1" }), state: "not-ready", containersReady: true } as const;
  const gone = instance({ id: "10.0.0.9", pod: "web-9" });
  /** What the first list of nodes shows, and what the others do. */
  const cutOffMeanwhile = () => {
    let lists = 0;
    return () => nodes(node({ ...bare, isSilent: (lists += 1) > 1 }));
  };

  test("are read again where a pod that serves is not ready: the control plane may have been cut off between the two", async () => {
    const { calls } = await pass({
      pods: [serving],
      instances: { web: [gone] },
      hooks: { nodes: cutOffMeanwhile() },
    });
    expect(writesOf(calls)).toEqual(["web: register 10.0.0.1", "web: deregister 10.0.0.9"]);
    expect(calls.filter(({ kind }) => kind === "list-nodes")).toHaveLength(2);
  });

  test("once for all services of a look", async () => {
    const { calls } = await pass({
      pods: [serving],
      sources: [claims(claim(), claim({ service: "api" }))],
      hooks: { nodes: cutOffMeanwhile() },
    });
    expect(writesOf(calls).toSorted()).toEqual(["api: register 10.0.0.1", "web: register 10.0.0.1"]);
    expect(calls.filter(({ kind }) => kind === "list-nodes")).toHaveLength(2);
  });

  test.each<[string, Pod, Node]>([
    ["is ready", { ...serving, state: "ready" }, node(bare)],
    ["has a container that is not", { ...serving, containersReady: false }, node(bare)],
    ["is on a node that is silent", serving, node({ ...bare, isSilent: true })],
  ])("are good enough where the pod %s", async (_, one, its) => {
    const { calls } = await pass({ pods: [one], hooks: { nodes: nodes(its) } });
    expect(calls.filter(({ kind }) => kind === "list-nodes")).toHaveLength(1);
  });
});

describe("while EC2 does not say which machines are gone", () => {
  const web1 = pod({ name: "web-1", ip: "10.0.0.1" });
  const web2 = pod({ name: "web-2", ip: "10.0.0.2", node: "node-2" });
  const registered = [instance(), instance({ id: "10.0.0.2", pod: "web-2" })];

  test.each<[string, Parameters<typeof plan>[0], string[]]>([
    [
      "a new pod of a machine waits",
      { pods: [web1], nodes: machines("here") },
      ["register 10.0.0.1 held: source-failed"],
    ],
    [
      "an unready one, or one on a node that leaves, waits too: the ready ones may be gone",
      { pods: [web1, web2], instances: registered, nodes: machines("leaving") },
      ["deregister 10.0.0.1 held: source-failed"],
    ],
    [
      "the only serving one on a draining node stays, beside one that may be dead",
      { pods: [web1, web2], instances: registered.slice(0, 1), nodes: machines("leaving") },
      ["deregister 10.0.0.1 held: source-failed", "register 10.0.0.2 held: source-failed"],
    ],
    [
      "a pod that is gone goes",
      { pods: [web2], instances: registered, nodes: machines("here") },
      ["deregister 10.0.0.1 pod-gone"],
    ],
    [
      "what is registered is repaired",
      { pods: [web1], instances: [instance({ attributes: { app: "old" } })], nodes: machines("here") },
      ["register 10.0.0.1 drifted"],
    ],
    [
      "a pod on no machine of EC2's goes on as ever",
      {
        pods: [web1, web2],
        instances: registered.slice(1),
        nodes: { ...machines("here"), ...nodes(node(bare), node({ ...bare, name: "node-2" })) },
      },
      ["register 10.0.0.1 missing"],
    ],
  ])("%s", (_, wanted, expected) => {
    expect(lines(plan(wanted)).toSorted()).toEqual(expected.toSorted());
  });

  test("what is gone stays as long as the service would be empty without it: who comes next waits for EC2", async () => {
    const { calls, report } = await pass({
      pods: [web2],
      instances: { web: [instance()] },
      hooks: { nodes: machines("here") },
    });
    expect(writesOf(calls)).toEqual([]);
    expect(report.services[0]?.held.map(({ id, reason }) => `${id} ${reason}`)).toEqual([
      "10.0.0.1 waiting",
      "10.0.0.2 source-failed",
    ]);
  });

  test("what is gone goes where others stay", async () => {
    const others = { web: [instance(), instance({ id: "10.0.0.3", pod: "web-3" })] };
    const web3 = pod({ name: "web-3", ip: "10.0.0.3", node: "node-2" });
    const { calls } = await pass({
      pods: [web2, web3],
      instances: others,
      hooks: { nodes: machines("here") },
    });
    expect(writesOf(calls)).toEqual(["web: deregister 10.0.0.1"]);
  });

  test("what is held says that the next pass asks again", () => {
    const planned = plan({ pods: [web1], nodes: machines("here"), mappings: [mapping()] });
    expect(planned.held[0]?.remedy).toContain("EC2");
  });
});

/** One pod a node; of those on silent nodes Kubernetes says that they are not ready. */
function cluster(count: number, silent: number, wanted: Partial<Pod> = {}) {
  const numbers = Array.from({ length: count }, (_, index) => index);
  const isSilent = (number: number) => number < silent;
  return {
    pods: numbers.map((number): Pod => {
      const one = pod({ name: `web-${number}`, ip: `10.0.0.${number}`, node: `node-${number}` });
      return isSilent(number) ? { ...one, state: "not-ready", ...wanted } : one;
    }),
    instances: numbers.map((number) => instance({ id: `10.0.0.${number}`, pod: `web-${number}` })),
    nodes: nodes(...numbers.map((number) => node({ ...bare, name: `node-${number}`, isSilent: isSilent(number) }))),
  };
}

/** Two nodes on machines, the first of them in a state; EC2 was to be asked about them, and did not answer. */
function machines(state: Node["state"]) {
  const instanceId = "i-1";
  const both = nodes(node({ ...bare, state, instanceId }), node({ ...bare, name: "node-2", instanceId }));
  return { ...both, areMachinesUnknown: true };
}
