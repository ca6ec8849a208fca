import { describe, expect, test } from "vitest";
import { balancerOf } from "../../functions/core/balancers.ts";
import type { Claim, Instance, Pod } from "../../functions/core/model.ts";
import type { SourceRead } from "../../functions/core/ports.ts";
import { balancerId, queryBalancer } from "../../functions/mappings/load-balancers.ts";
import { lines, plan } from "../support/scene.ts";
import { claim, CLUSTER, mapping, OWNER, pod, service, sourceOf } from "../support/builders.ts";
import { pass, writesOf } from "../support/memory-pass.ts";

/** `address: load-balancer`: a Service's instances are the names and addresses of its load balancer. */

const ELB = "a1b2c3-1234.eu-west-1.elb.amazonaws.com";
const NAME = "web.example.com";
const ALIAS = { records: ["A"], isWeighted: true } as const;
const CNAME = { records: ["CNAME"], isWeighted: true } as const;

const balancer = (...addresses: readonly string[]): Pod =>
  balancerOf({ service: { namespace: "shop", name: "web" }, addresses, createdAt: "2026-11-01T08:00:00Z" });
const OF_SERVICE = {
  origin: { ...sourceOf("services"), name: "Service shop/web" },
  address: "load-balancer",
  pods: queryBalancer({ namespace: "shop", name: "web" }),
  idOf: balancerId,
} as const;
const claiming: Claim = claim({ ...OF_SERVICE, from: "shop" });

/** As `sources.services` reads them. `claims`: those that claim, whatever load balancers there are. */
function services(balancers: readonly Pod[], claims: readonly Claim[] = [claiming]): SourceRead {
  return { ...sourceOf("services"), state: "read", claims, broken: [], balancers };
}

function planned(balancers: readonly Pod[], scene: NonNullable<Parameters<typeof plan>[0]> = {}) {
  return plan({
    selections: [{ mapping: mapping(OF_SERVICE), pods: balancers }],
    mappings: [mapping(OF_SERVICE)],
    sources: [services(balancers)],
    kind: ALIAS,
    ...scene,
  });
}

function registered(address: string, attributes: Instance["attributes"] = {}): Instance {
  return {
    id: balancerId(address),
    health: undefined,
    attributes: {
      AWS_ALIAS_DNS_NAME: address,
      "eks-cloudmap-sync/cluster": CLUSTER,
      "eks-cloudmap-sync/owner": OWNER,
      "k8s.io/namespace": "shop",
      "k8s.io/service": "web",
      ...attributes,
    },
  };
}

describe("a load balancer is registered", () => {
  test.each([
    ["by AWS's name, as an alias", ELB, ALIAS, { AWS_ALIAS_DNS_NAME: ELB }],
    ["by another name, as a CNAME", NAME, CNAME, { AWS_INSTANCE_CNAME: NAME }],
    ["by AWS's name where the service has a CNAME record", ELB, CNAME, { AWS_INSTANCE_CNAME: ELB }],
    ["by an IPv4 address", "198.51.100.7", { records: ["A"] }, { AWS_INSTANCE_IPV4: "198.51.100.7" }],
    ["by an IPv6 address", "2001:db8::7", { records: ["AAAA"] }, { AWS_INSTANCE_IPV6: "2001:db8::7" }],
    ["by a name where there are no records", ELB, { records: [] }, { AWS_INSTANCE_CNAME: ELB }],
    [
      "by an address where there are no records",
      "198.51.100.7",
      { records: [] },
      { AWS_INSTANCE_IPV4: "198.51.100.7" },
    ],
  ] as const)("%s", (_, address, kind, own) => {
    const { changes } = planned([balancer(address)], { kind });
    expect(changes).toEqual([
      expect.objectContaining({
        kind: "register",
        id: address,
        pod: { kind: "Service", namespace: "shop", name: "web" },
        attributes: {
          ...own,
          "eks-cloudmap-sync/cluster": CLUSTER,
          "eks-cloudmap-sync/owner": OWNER,
          "k8s.io/namespace": "shop",
          "k8s.io/service": "web",
        },
      }),
    ]);
  });

  test("with an instance for each of its entries, and the annotation's attributes", () => {
    const wanted = mapping({ ...OF_SERVICE, attributes: { team: "edge" } });
    const balancers = [balancer("198.51.100.7", "198.51.100.8")];
    const { changes } = planned(balancers, {
      selections: [{ mapping: wanted, pods: balancers }],
      kind: { records: ["A"] },
    });
    expect(changes).toMatchObject([
      { id: "198.51.100.7", attributes: { team: "edge" } },
      { id: "198.51.100.8", attributes: { team: "edge" } },
    ]);
  });

  test("whatever ids the document asks for", () => {
    expect(lines(planned([balancer(ELB)], { settings: { id: "ip-port", address: "node" } }))).toEqual([
      `register ${ELB} missing`,
    ]);
  });

  test.each([
    ["an alias in a service that is not weighted", ELB, { records: ["A"] }, /WEIGHTED/],
    ["a name in a service with A records", NAME, ALIAS, /use a service with a CNAME record/],
    ["a name of GovCloud, where there are no aliases", ELB.replace("eu-west-1", "us-gov-west-1"), ALIAS, /CNAME/],
    ["an address in a service with a CNAME record", "198.51.100.7", CNAME, /use a service with A records/],
    ["an address of another family", "2001:db8::7", { records: ["A"] }, /use a service with AAAA records/],
    ["anything in a service with SRV records", ELB, { records: ["SRV"] }, /need a port/],
  ] as const)("but %s is held, with what to do", (_, address, kind, remedy) => {
    const { changes, held } = planned([balancer(address)], { kind });
    expect(changes).toEqual([]);
    expect(held).toMatchObject([{ reason: "invalid", id: address, remedy: expect.stringMatching(remedy) as string }]);
  });
});

describe("a missing service is created as its load balancer needs it", () => {
  test.each([
    ["weighted, for an alias", ELB, { records: ["A"], isWeighted: true }],
    ["weighted, with a CNAME record for another name", NAME, { records: ["CNAME"], isWeighted: true }],
    ["with records of an address's family", "2001:db8::7", { records: ["AAAA"] }],
  ])("%s", async (_, address, expected) => {
    const { report } = await pass({ pods: [pod()], sources: [services([balancer(address)])] });
    expect(report.services).toMatchObject([
      { creates: expected, changes: [{ id: address, pod: null, kubernetesService: "shop/web" }] },
    ]);
    expect(report.services[0]?.changes[0]).not.toHaveProperty("seconds");
  });

  test("not before it has an address", async () => {
    const { registry, report } = await pass({ pods: [pod()], sources: [services([])] });
    expect([registry.size, report.ok]).toEqual([0, true]);
  });
});

describe("an instance of a load balancer", () => {
  const hooks = { kindOf: () => ALIAS };
  const instances = { web: [registered(ELB)] };
  const others = [pod()];

  test("stays as it is while its entry is there", async () => {
    const { calls } = await pass({ pods: others, instances, sources: [services([balancer(ELB)])], hooks });
    expect(writesOf(calls)).toEqual([]);
  });

  test.each([
    ["its Service is gone", [], []],
    ["its Service is gone, and others claim", [], [claim({ pods: { namespace: "shop", labelSelector: "app=none" } })]],
    ["its Service has no load balancer any more", [], [claiming]],
  ])("goes when %s", async (_, balancers, left) => {
    const { registry, report } = await pass({ pods: others, instances, sources: [services(balancers, left)], hooks });
    expect(registry.get("web")?.size).toBe(0);
    expect(report.services).toMatchObject([
      { changes: [{ reason: "load-balancer-gone", kubernetesService: "shop/web" }] },
    ]);
  });

  test("goes once the name that takes its place is registered", async () => {
    const next = ELB.replace("a1b2c3", "d4e5f6");
    const { calls } = await pass({ pods: others, instances, sources: [services([balancer(next)])], hooks });
    expect(writesOf(calls)).toEqual([`web: register ${next}`, `web: deregister ${ELB}`]);
  });

  test("goes only once two looks agree, the second by Services that are read after the registry", async () => {
    const read: string[] = [];
    await pass({
      pods: others,
      instances,
      sources: [services([])],
      hooks,
      before: (call) => {
        if (["list-mappings", "list-instances", "write"].includes(call.kind)) read.push(call.kind);
      },
    });
    expect(read).toEqual(["list-mappings", "list-instances", "list-instances", "list-mappings", "write"]);
  });

  test.each([
    ["no longer claims", [services([balancer(ELB)], [])]],
    ["is not read any more, so that nobody knows", []],
  ])("is guarded like a living pod's while its Service lives and %s", async (_, sources) => {
    const { registry, report } = await pass({ pods: others, instances, sources, hooks });
    expect(registry.get("web")?.size).toBe(1);
    expect(report.services).toMatchObject([
      { held: [{ reason: "guard", why: "unmapped", kubernetesService: "shop/web" }] },
    ]);
  });

  test("stays while Services cannot be read", async () => {
    const failed: SourceRead = { ...sourceOf("services"), state: "failed", error: new Error("403") };
    const { registry, report } = await pass({
      pods: others,
      instances,
      sources: [failed],
      hooks,
      request: { force: true },
    });
    expect(registry.get("web")?.size).toBe(1);
    expect(report.services).toMatchObject([
      { held: [{ reason: "source-failed", remedy: expect.stringContaining("its Service lives on") as string }] },
    ]);
  });

  test("stays while its own Service's claim cannot be understood", async () => {
    const { origin, namespace, service: claimed } = claiming;
    const broken = { origin, namespace, service: claimed, from: "shop", problem: "what is wrong" };
    const read: SourceRead = { ...services([balancer(ELB)], []), state: "read", claims: [], broken: [broken] };
    const { registry, report } = await pass({ pods: others, instances, sources: [read], hooks });
    expect(registry.get("web")?.size).toBe(1);
    expect(report.services[0]?.held).toMatchObject([
      { kind: "claim" },
      { reason: "invalid", kubernetesService: "shop/web" },
    ]);
  });

  test("is left alone where another cluster registered it, and is foreign without a usable Service", () => {
    const elsewhere = registered(ELB, { "eks-cloudmap-sync/owner": "me", "eks-cloudmap-sync/cluster": "another" });
    const scene = { instances: [elsewhere], settings: { owner: "me" } };
    expect(lines(planned([balancer(ELB)], scene))).toEqual([`register ${ELB} held: other-cluster`]);
    const spoilt = registered(ELB, { "k8s.io/service": "no Service" });
    expect(lines(planned([balancer(ELB)], { instances: [spoilt] }))).toEqual([`register ${ELB} held: foreign`]);
  });
});

test("claims that were read a while ago are read again before a pass follows them to load balancers", async () => {
  const read: string[] = [];
  await pass({
    pods: [pod()],
    instances: { web: [] },
    sources: [services([balancer(ELB)])],
    hooks: { kindOf: () => service(ALIAS) },
    request: { sweep: false },
    before: ({ kind }) => read.push(kind),
  });
  expect(read.filter((kind) => kind === "list-mappings")).toHaveLength(2);
});

test.each<[string, readonly Claim[], number]>([
  ["are read again where one is of a load balancer", [claiming, claim()], 2],
  ["do where all are of pods", [claim()], 1],
])("the claims that a pass over some services began with %s", async (_, wanted, reads) => {
  const sources = [services([balancer("198.51.100.7")], wanted)];
  const { calls } = await pass({ pods: [pod()], instances: { web: [] }, sources, request: { sweep: false } });
  expect(calls.filter(({ kind }) => kind === "list-mappings")).toHaveLength(reads);
});
