import { describe, expect, test } from "vitest";
import { lines, plan } from "../support/scene.ts";
import { instance, mapping, node, nodes, pod } from "../support/builders.ts";

const web1 = pod({ name: "web-1", ip: "10.0.0.1", node: "node-1" });
const web2 = pod({ name: "web-2", ip: "10.0.0.2", node: "node-2" });
const ZONE = { REGION: "eu-west-1", AVAILABILITY_ZONE: "eu-west-1a" };
const registered = [instance(), instance({ id: "10.0.0.2", pod: "web-2" })];
const bare = { region: undefined, zone: undefined } as const;

describe("zones", () => {
  test("come from the node", () => {
    expect(plan({ pods: [web1], nodes: nodes(node()) }).changes).toMatchObject([{ attributes: ZONE }]);
  });

  test("are none where the node has no topology labels", () => {
    const [change] = plan({ pods: [web1], nodes: nodes(node(bare)) }).changes;
    expect(change).toMatchObject({ kind: "register" });
    expect(change).not.toHaveProperty("attributes.REGION");
    expect(change).not.toHaveProperty("attributes.AVAILABILITY_ZONE");
  });

  test.each([
    ["nodes cannot be read", { state: "unreadable", warning: "forbidden" } as const],
    ["the node is not there yet, or no more", nodes()],
  ])("are carried over where %s: no drift", (_, read) => {
    expect(lines(plan({ pods: [web1], instances: [instance({ attributes: ZONE })], nodes: read }))).toEqual([]);
    const drifted = instance({ attributes: { ...ZONE, app: "old" } });
    expect(plan({ pods: [web1], instances: [drifted], nodes: read }).changes).toMatchObject([
      { keys: ["app"], attributes: ZONE },
    ]);
    expect(plan({ pods: [web1], nodes: read }).changes[0]).not.toHaveProperty("attributes.REGION");
  });

  test("are drift once nodes can be read", () => {
    expect(plan({ pods: [web1], instances: [instance()], nodes: nodes(node()) }).changes).toMatchObject([
      { reason: "drifted", keys: ["AVAILABILITY_ZONE", "REGION"] },
    ]);
  });

  test("are taken off where `nodes.zones` is off", () => {
    expect(plan({ pods: [web1], instances: [instance({ attributes: ZONE })] }).changes).toMatchObject([
      { keys: ["AVAILABILITY_ZONE", "REGION"] },
    ]);
  });

  test("are left to others where they are ignored", () => {
    const settings = { ignoreAttributes: ["REGION", "AVAILABILITY_ZONE"] };
    const theirs = instance({ attributes: { REGION: "mars", AVAILABILITY_ZONE: "mars-1" } });
    expect(lines(plan({ pods: [web1], instances: [theirs], nodes: nodes(node()), settings }))).toEqual([]);
  });
});

describe("a node that leaves", () => {
  const leaving = nodes(node({ ...bare, state: "leaving" }), node({ ...bare, name: "node-2" }));

  test("takes its pods along while others serve", () => {
    expect(lines(plan({ pods: [web1, web2], instances: registered, nodes: leaving }))).toEqual([
      "deregister 10.0.0.1 pod-not-ready",
    ]);
  });

  test("is no place for new ones", () => {
    expect(lines(plan({ pods: [web1, web2], nodes: leaving }))).toEqual(["register 10.0.0.2 missing"]);
  });

  test("keeps the last ready pods of a service", () => {
    expect(lines(plan({ pods: [web1], instances: registered.slice(0, 1), nodes: leaving }))).toEqual([]);
    const unready = { ...web2, state: "not-ready" } as const;
    expect(lines(plan({ pods: [web1, unready], instances: registered.slice(0, 1), nodes: leaving }))).toEqual([]);
  });

  test("keeps all of them where every node leaves", () => {
    const all = nodes(node({ ...bare, state: "leaving" }), node({ ...bare, name: "node-2", state: "leaving" }));
    expect(lines(plan({ pods: [web1, web2], instances: registered, nodes: all }))).toEqual([]);
  });

  test("registers the first pod of a service even there", () => {
    expect(lines(plan({ pods: [web1], nodes: leaving }))).toEqual(["register 10.0.0.1 missing"]);
  });

  test("marks them as unhealthy where health can be told", () => {
    const instances = registered.map((one) => ({ ...one, health: "HEALTHY" as const }));
    expect(lines(plan({ pods: [web1, web2], instances, nodes: leaving, kind: { health: "custom" } }))).toEqual([
      "set-health 10.0.0.1 pod-not-ready",
    ]);
  });

  test("leaves pods alone that are published ready or not", () => {
    const mappings = [mapping({ unready: "publish" })];
    expect(lines(plan({ pods: [web1, web2], mappings, instances: registered, nodes: leaving }))).toEqual([]);
  });
});

describe("a machine that EC2 has taken away", () => {
  const lost = nodes(node({ ...bare, state: "lost" }), node({ ...bare, name: "node-2" }));

  test("takes its pods along: they are gone, whatever Kubernetes says", () => {
    expect(lines(plan({ pods: [web1, web2], instances: registered, nodes: lost }))).toEqual([
      "deregister 10.0.0.1 pod-gone",
    ]);
  });

  test("takes the last ones too", () => {
    expect(lines(plan({ pods: [web1], instances: registered.slice(0, 1), nodes: lost }))).toEqual([
      "deregister 10.0.0.1 pod-gone",
    ]);
  });

  test("takes those along that are published ready or not, and those that no mapping chooses", () => {
    const instances = registered.slice(0, 1);
    const mappings = [mapping({ unready: "publish" })];
    expect(lines(plan({ pods: [web1], mappings, instances, nodes: lost }))).toEqual(["deregister 10.0.0.1 pod-gone"]);
    expect(lines(plan({ others: [web1], instances, nodes: lost }))).toEqual(["deregister 10.0.0.1 pod-gone"]);
  });
});
