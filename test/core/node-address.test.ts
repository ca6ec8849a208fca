import { describe, expect, test } from "vitest";
import type { Pod } from "../../functions/core/model.ts";
import { lines, plan } from "../support/scene.ts";
import { claim, claims, instance, mapping, node, nodes, pod } from "../support/builders.ts";
import { pass } from "../support/memory-pass.ts";

/** `address: node`: instances have their pods' nodes' addresses. */

const HOST = "192.168.0.1";
const ports = [{ name: "http", number: 8080, hostPort: 30_000 }];
const web = (wanted: Parameters<typeof pod>[0] = {}): Pod => pod({ ports, ...wanted });
const second = (wanted: Parameters<typeof pod>[0] = {}): Pod =>
  web({ name: "web-2", ip: "10.0.0.2", createdAt: "2026-11-01T09:00:00Z", ...wanted });
const atNodes = mapping({ address: "node", ports: [8080] });
const READ = nodes(node(), node({ name: "node-2", addresses: ["192.168.0.2"] }));

const registered = (name = "web-1", port = "30000") =>
  instance({
    id: HOST,
    pod: name,
    attributes: {
      AWS_INSTANCE_PORT: port,
      "k8s.io/node": "node-1",
      REGION: "eu-west-1",
      AVAILABILITY_ZONE: "eu-west-1a",
    },
  });

test("an instance has its node's address and the container port's hostPort, and says which node it is", () => {
  const { changes } = plan({ pods: [web()], mappings: [atNodes], nodes: READ });
  expect(changes).toMatchObject([
    {
      kind: "register",
      id: HOST,
      pod: { name: "web-1" },
      attributes: {
        AWS_INSTANCE_IPV4: HOST,
        AWS_INSTANCE_PORT: "30000",
        "k8s.io/node": "node-1",
        "k8s.io/pod": "web-1",
      },
    },
  ]);
  expect(lines(plan({ pods: [web()], mappings: [atNodes], nodes: READ, instances: [registered()] }))).toEqual([]);
});

test.each([
  ["the hostPort of a port by its name", ["http"], {}, "30000"],
  [
    "the nodePort where no container port has a hostPort",
    [{ ...port(8080), nodePort: 31_000 }],
    { ports: [] },
    "31000",
  ],
  ["the hostPort rather than the nodePort", [{ ...port(8080), nodePort: 31_000 }], {}, "30000"],
  ["the pod's own number on the host network", [8080], { ip: HOST, ports: [] }, "8080"],
] as const)("the port is %s", (_, wanted, shape, expected) => {
  const { changes } = plan({
    pods: [web(shape)],
    mappings: [mapping({ address: "node", ports: wanted })],
    nodes: READ,
  });
  expect(changes).toMatchObject([{ attributes: { AWS_INSTANCE_PORT: expected } }]);
});

test.each([
  [
    "neither a hostPort nor a nodePort",
    [8080],
    /set `hostPort` on that container port, or annotate a Service of type NodePort/,
  ],
  ["no port at all", [], /needs a port/],
])("a pod with %s is held, and the message says what to set", (_, wanted, message) => {
  const { changes, held } = plan({
    pods: [web({ ports: [{ name: "http", number: 8080 }] })],
    mappings: [mapping({ address: "node", ports: wanted })],
    nodes: READ,
  });
  expect(changes).toEqual([]);
  expect(held).toMatchObject([{ reason: "invalid", remedy: expect.stringMatching(message) as string }]);
});

test("the address is of the family that the service's records need", () => {
  const dual = nodes(node({ addresses: [HOST, "fd00::1"] }));
  const scene = { pods: [web()], mappings: [atNodes] };
  expect(plan({ ...scene, nodes: dual, kind: { records: ["AAAA"] } }).changes).toMatchObject([{ id: "fd00::1" }]);
  const { held } = plan({ ...scene, nodes: READ, kind: { records: ["AAAA"] } });
  expect(held).toMatchObject([
    { reason: "invalid", remedy: expect.stringContaining("its node has no IPv6 address") as string },
  ]);
});

test("the document's own address counts where a mapping says nothing", () => {
  const one = mapping({ ports: [8080] });
  const { changes } = plan({ pods: [web()], mappings: [one], nodes: READ, settings: { address: "node" } });
  expect(changes).toMatchObject([{ id: HOST }]);
});

describe("pods of one node", () => {
  const scene = { mappings: [atNodes], nodes: READ };

  test("are one instance, named after the oldest that is ready", () => {
    expect(plan({ ...scene, pods: [second(), web()] }).changes).toMatchObject([{ id: HOST, pod: { name: "web-1" } }]);
    const { changes } = plan({ ...scene, pods: [second(), web({ ready: false })] });
    expect(changes).toMatchObject([{ id: HOST, pod: { name: "web-2" } }]);
  });

  test("hand the instance on when its pod is gone or no longer ready", () => {
    for (const pods of [[second()], [second(), web({ ready: false })]])
      expect(lines(plan({ ...scene, pods, instances: [registered()] }))).toEqual([`register ${HOST} drifted`]);
  });

  test("are one instance a port where ids have ports", () => {
    const wanted = mapping({ address: "node", ports: [8080], id: "ip-port" });
    const other = second({ ports: [{ name: "http", number: 8080, hostPort: 30_001 }] });
    const { changes } = plan({ ...scene, mappings: [wanted], pods: [web(), other] });
    expect(changes.map(({ id }) => id)).toEqual([`${HOST}:30000`, `${HOST}:30001`]);
  });

  test("leave none behind once no ready one is left there", () => {
    const elsewhere = second({ node: "node-2" });
    const instances = [registered()];
    expect(lines(plan({ ...scene, pods: [elsewhere], instances }))).toEqual([
      `deregister ${HOST} pod-gone`,
      "register 192.168.0.2 missing",
    ]);
    expect(lines(plan({ ...scene, pods: [elsewhere, web({ ready: false })], instances }))).toEqual([
      `deregister ${HOST} pod-not-ready`,
      "register 192.168.0.2 missing",
    ]);
    expect(lines(plan({ ...scene, pods: [elsewhere, web({ gone: true })], instances }))).toEqual([
      `deregister ${HOST} pod-gone`,
      "register 192.168.0.2 missing",
    ]);
  });
});

describe("while the nodes cannot be read", () => {
  const unreadable = { state: "unreadable", warning: "nodes could not be read", isFailure: true } as const;

  test("new instances are held, and registered ones stay, whatever has become of the pod that named them", () => {
    const scene = { mappings: [atNodes], nodes: unreadable, instances: [registered()] };
    for (const pods of [[web(), second()], [web({ ready: false }), second()], [second()]]) {
      const planned = plan({ ...scene, pods });
      expect(planned.changes).toEqual([]);
      expect(planned.held.every(({ reason }) => reason === "invalid")).toBe(true);
    }
  });

  test("a node that is not listed yet is waited for", () => {
    const { changes, held } = plan({ pods: [web({ node: "node-9" })], mappings: [atNodes], nodes: READ });
    expect(changes).toEqual([]);
    expect(held).toMatchObject([{ reason: "invalid", remedy: expect.stringContaining("node-9") as string }]);
  });

  test("no service is created, whose records nobody could know", async () => {
    const sources = [claims(claim({ address: "node", ports: [8080] }))];
    const { registry } = await pass({ pods: [web()], instances: {}, sources, hooks: { nodes: unreadable } });
    expect(registry.size).toBe(0);
  });
});

test("pods that no mapping chooses any more are guarded as those at their own addresses are", () => {
  const { held } = plan({ others: [web()], instances: [registered()], nodes: READ });
  expect(held).toMatchObject([{ kind: "deregister", id: HOST, reason: "guard" }]);
});

test("after a change from pods to nodes, and back, the old instance goes once its successor is there", async () => {
  const hooks = { nodes: READ };
  const first = await pass({ pods: [web(), second()], instances: { web: [] }, sources: sources("pod"), hooks });
  expect([...(first.registry.get("web")?.keys() ?? [])]).toEqual(["10.0.0.1", "10.0.0.2"]);
  const held = [...(first.registry.get("web")?.values() ?? [])];
  const next = await pass({ pods: [web(), second()], instances: { web: held }, sources: sources("node"), hooks });
  expect(changesOf(next)).toEqual([
    "deregister 10.0.0.1 replaced",
    "deregister 10.0.0.2 replaced",
    `register ${HOST} missing`,
  ]);
  const back = await pass({
    pods: [web(), second()],
    instances: { web: [...(next.registry.get("web")?.values() ?? [])] },
    sources: sources("pod"),
    hooks,
  });
  expect(changesOf(back)).toEqual([
    "register 10.0.0.1 missing",
    "register 10.0.0.2 missing",
    `deregister ${HOST} replaced`,
  ]);
});

function changesOf({ report }: Awaited<ReturnType<typeof pass>>): readonly string[] {
  return report.services.flatMap(({ changes }) => changes.map(({ kind, id, reason }) => `${kind} ${id} ${reason}`));
}

function port(target: number) {
  return { target, protocol: undefined, attributes: {} } as const;
}

function sources(address: "pod" | "node") {
  return [claims(claim({ address, ports: [8080] }))];
}
