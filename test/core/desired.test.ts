import { describe, expect, test } from "vitest";
import type { Selection } from "../../functions/core/claims.ts";
import { deriveDesired } from "../../functions/core/desired.ts";
import type { Mapping, ServiceKind } from "../../functions/core/model.ts";
import { viewNodes } from "../../functions/core/nodes.ts";
import type { Settings } from "../../functions/core/settings.ts";
import { lines, plan } from "../support/scene.ts";
import { mapping, NO_NODES, pod, settings, SOURCE_NAMES, sourceOf } from "../support/builders.ts";
import type { Wanted } from "../support/builders.ts";

const NODES = viewNodes(NO_NODES);
const A: ServiceKind = { records: ["A"], health: "none" };
const DUAL = pod({ ips: ["10.0.0.1", "fd00::1"] });
const V6 = pod({ ip: "fd00::1" });

describe("ids and addresses", () => {
  test.each<[string, ServiceKind["records"], ReturnType<typeof pod>, string, object]>([
    ["IPv4 in A records", ["A"], pod(), "10.0.0.1", { AWS_INSTANCE_IPV4: "10.0.0.1" }],
    ["IPv6 in AAAA records", ["AAAA"], V6, "fd00::1", { AWS_INSTANCE_IPV6: "fd00::1" }],
    ["a dual-stack pod in A records has its IPv4 address", ["A"], DUAL, "10.0.0.1", { AWS_INSTANCE_IPV4: "10.0.0.1" }],
    [
      "a dual-stack pod in AAAA records has its IPv6 address",
      ["AAAA"],
      DUAL,
      "fd00::1",
      { AWS_INSTANCE_IPV6: "fd00::1" },
    ],
    [
      "a dual-stack pod in both has both, and the first is its id",
      ["A", "AAAA"],
      pod({ ips: ["fd00::1", "10.0.0.1"] }),
      "fd00::1",
      { AWS_INSTANCE_IPV4: "10.0.0.1", AWS_INSTANCE_IPV6: "fd00::1" },
    ],
    [
      "without records it has what the pod has",
      [],
      DUAL,
      "10.0.0.1",
      { AWS_INSTANCE_IPV4: "10.0.0.1", AWS_INSTANCE_IPV6: "fd00::1" },
    ],
    ["an IPv6-only pod in an HTTP namespace", [], V6, "fd00::1", { AWS_INSTANCE_IPV6: "fd00::1" }],
    [
      "an IPv6 id in SRV records has dashes: it begins a host name",
      ["SRV"],
      V6,
      "fd00--1",
      { AWS_INSTANCE_IPV6: "fd00::1" },
    ],
  ])("%s", (_, records, one, id, addresses) => {
    const { endpoints } = derive({ pods: [one], kind: { records, health: "none" }, ports: [80] });
    expect(endpoints.map((endpoint) => endpoint.id)).toEqual([id]);
    const core = endpoints[0]?.core ?? {};
    expect(Object.fromEntries(Object.entries(core).filter(([key]) => key.startsWith("AWS_INSTANCE_IP")))).toEqual(
      addresses,
    );
  });

  test("an id with a port is one instance a port, each with its own", () => {
    const ports = [
      pod({
        ports: [
          { name: "http", number: 8080 },
          { name: "admin", number: 9090 },
        ],
      }),
    ];
    const { endpoints } = derive({ pods: ports, ports: ["http", 9090, 8080], settings: { id: "ip-port" } });
    expect(endpoints.map(({ id, core }) => [id, core["AWS_INSTANCE_PORT"]])).toEqual([
      ["10.0.0.1:8080", "8080"],
      ["10.0.0.1:9090", "9090"],
    ]);
  });

  test("an IPv6 id with a port in SRV records has dashes only", () => {
    const { endpoints } = derive({
      pods: [V6],
      kind: { records: ["SRV"], health: "none" },
      ports: [80],
      settings: { id: "ip-port" },
    });
    expect(endpoints.map(({ id }) => id)).toEqual(["fd00--1-80"]);
  });

  test("an id without one carries the first port", () => {
    const { endpoints } = derive({ pods: [pod()], ports: [80, 81] });
    expect(endpoints.map(({ id, core }) => [id, core["AWS_INSTANCE_PORT"]])).toEqual([["10.0.0.1", "80"]]);
  });

  test("no port, no AWS_INSTANCE_PORT", () => {
    expect(derive({ pods: [pod()] }).endpoints[0]?.core).not.toHaveProperty("AWS_INSTANCE_PORT");
  });
});

describe("the host network", () => {
  const host1 = pod({ name: "host-1", createdAt: "2026-11-01T09:00:00Z" });
  const host2 = pod({ name: "host-2", createdAt: "2026-11-01T08:00:00Z" });

  test("pods that share an address are one instance, named by the oldest that is ready", () => {
    expect(names(derive({ pods: [host1, host2] }))).toEqual(["host-2"]);
    expect(names(derive({ pods: [host1, { ...host2, state: "not-ready" }] }))).toEqual(["host-1"]);
  });

  test("of the same age by name", () => {
    expect(
      names(
        derive({
          pods: [
            { ...host2, key: host1.key },
            { ...host1, key: host2.key, createdAt: host2.createdAt },
          ],
        }),
      ),
    ).toEqual(["host-1"]);
  });

  test("with ports in the id they are one each", () => {
    const selections = [
      { mapping: mapping({ ports: [80] }), pods: [host1] },
      {
        mapping: mapping({ ports: [81], origin: { source: "configuration", rank: 0, name: "mappings[1]" } }),
        pods: [host2],
      },
    ];
    const { endpoints } = deriveDesired(A, selections, NODES, settings({ id: "ip-port" }));
    expect(endpoints.map(({ id }) => id)).toEqual(["10.0.0.1:80", "10.0.0.1:81"]);
  });

  test("the next one names it when its pod is gone: no removal", () => {
    const instances = plan({ pods: [host1, host2] }).changes.flatMap((change) =>
      change.kind === "register" ? [{ id: change.id, attributes: change.attributes, health: undefined }] : [],
    );
    expect(lines(plan({ pods: [host1], instances }))).toEqual(["register 10.0.0.1 drifted"]);
  });
});

describe("claims of several sources for one pod", () => {
  test.each(
    SOURCE_NAMES.slice(0, -1).map((upper, index): [string, string] => [upper, SOURCE_NAMES[index + 1] ?? upper]),
  )("%s wins over %s", (upper, lower) => {
    const desired = derive({ pods: [pod()], mappings: [claimOf(lower, 81), claimOf(upper, 80)] });
    expect(desired.ambiguous).toEqual([]);
    expect(desired.endpoints.map(({ mapping: { origin } }) => origin.source)).toEqual([upper]);
  });

  test("the pods that only the lower one chooses are its own", () => {
    const other = pod({ name: "web-2", ip: "10.0.0.2" });
    const selections: Selection[] = [
      { mapping: claimOf("configuration", 80), pods: [pod()] },
      { mapping: claimOf("virtualNodes", 81), pods: [pod(), other] },
    ];
    const { endpoints } = deriveDesired(A, selections, NODES, settings());
    expect(endpoints.map(({ mapping: { origin } }) => origin.source)).toEqual(["configuration", "virtualNodes"]);
  });

  const first = { source: "virtualNodes", rank: 2, name: "VirtualNode shop/a" } as const;
  const second = { source: "virtualNodes", rank: 2, name: "VirtualNode shop/b" } as const;

  test.each<[string, Wanted<Mapping>]>([
    ["port", { ports: [81] }],
    ["attributes", { attributes: { team: "b" } }],
    ["virtual node", { coreAttributes: { "appmesh.k8s.aws/virtualNode": "b" } }],
    ["unready pods", { unready: "publish" }],
    ["policy", { policy: "dry-run" }],
  ])("two of one source that differ in their %s are ambiguous, and both are named", (_, other) => {
    const mappings = [mapping({ origin: second, ...other }), mapping({ origin: first })];
    const planned = plan({ pods: [pod()], mappings });
    expect(planned.changes).toEqual([]);
    expect(planned.held).toMatchObject([
      { kind: "claim", reason: "ambiguous", id: "VirtualNode shop/a, VirtualNode shop/b" },
    ]);
  });

  test("what they agree on, and what only one of them chooses, goes on", () => {
    const other = pod({ name: "web-2", ip: "10.0.0.2" });
    const selections: Selection[] = [
      { mapping: mapping({ origin: first }), pods: [pod(), other] },
      { mapping: mapping({ origin: second, ports: [81] }), pods: [pod()] },
    ];
    expect(lines(plan({ selections }))).toEqual([
      "register 10.0.0.2 missing",
      "claim VirtualNode shop/a, VirtualNode shop/b held: ambiguous",
    ]);
  });

  test("two that say the same are one", () => {
    const mappings = [mapping({ origin: first }), mapping({ origin: second, policy: "sync" })];
    expect(lines(plan({ pods: [pod()], mappings }))).toEqual(["register 10.0.0.1 missing"]);
  });

  test("two that differ but choose different pods are both right", () => {
    const selections: Selection[] = [
      { mapping: mapping({ origin: first }), pods: [pod()] },
      { mapping: mapping({ origin: second, ports: [81] }), pods: [pod({ name: "web-2", ip: "10.0.0.2" })] },
    ];
    expect(lines(plan({ selections }))).toEqual(["register 10.0.0.1 missing", "register 10.0.0.2 missing"]);
  });

  test("a higher source settles what is ambiguous below it", () => {
    const mappings = [mapping(), mapping({ origin: first }), mapping({ origin: second, ports: [81] })];
    expect(lines(plan({ pods: [pod()], mappings }))).toEqual(["register 10.0.0.1 missing"]);
  });
});

function derive(wanted: {
  readonly pods: readonly ReturnType<typeof pod>[];
  readonly kind?: ServiceKind;
  readonly ports?: Wanted<Mapping>["ports"];
  readonly mappings?: readonly Mapping[];
  readonly settings?: Partial<Settings>;
}) {
  const { pods, kind = A, ports = [], mappings = [mapping({ ports })] } = wanted;
  return deriveDesired(
    kind,
    mappings.map((one) => ({ mapping: one, pods })),
    NODES,
    settings(wanted.settings),
  );
}

function names({ endpoints }: ReturnType<typeof derive>): readonly string[] {
  return endpoints.map(({ pod: { key } }) => key.name);
}

function claimOf(source: string, port: number): Mapping {
  return mapping({ origin: { ...sourceOf(source), name: source }, ports: [port] });
}
