import { expect, test } from "vitest";
import { balancerOf } from "../../functions/core/balancers.ts";
import type { Instance, ServiceKind } from "../../functions/core/model.ts";
import { balancerId } from "../../functions/mappings/load-balancers.ts";
import { mapping, node, nodes, pod } from "../support/builders.ts";
import { lines, plan } from "../support/scene.ts";

/** As external-dns's provider aws-sd writes an address: the id is the target, the address is the only attribute. */
const theirs = (id: string, more: Readonly<Record<string, string>> = {}): Instance => ({
  id,
  health: undefined,
  attributes: { [id.includes(":") ? "AWS_INSTANCE_IPV6" : "AWS_INSTANCE_IPV4"]: id, ...more },
});
const live = { adopt: { appMesh: "off", externalDns: "live" } } as const;
const ELB = "a1b2c3-1234.eu-west-1.elb.amazonaws.com";
const LONG = `${"a".repeat(60)}.elb.eu-west-1.amazonaws.com`;
const ALIAS: Partial<ServiceKind> = { records: ["A"], isWeighted: true };
const CNAME: Partial<ServiceKind> = { records: ["CNAME"], isWeighted: true };
const web2 = pod({ name: "web-2", ip: "10.0.0.2" });

test.each<[string, Parameters<typeof plan>[0], string[], string[]]>([
  [
    "of a pod that is chosen here",
    { pods: [pod()], instances: [theirs("10.0.0.1")] },
    ["register 10.0.0.1 held: foreign"],
    ["register 10.0.0.1 adopted"],
  ],
  [
    "of an IPv6 address",
    { pods: [pod({ ip: "fd00::1" })], instances: [theirs("fd00::1")], kind: { records: ["AAAA"] } },
    ["register fd00::1 held: foreign"],
    ["register fd00::1 adopted"],
  ],
  [
    "of a pod that is to have another id",
    { pods: [pod()], instances: [theirs("10.0.0.1")], mappings: [mapping({ ports: [80], id: "ip-port" })] },
    ["register 10.0.0.1:80 missing"],
    ["deregister 10.0.0.1 replaced", "register 10.0.0.1:80 missing"],
  ],
  ["of no pod of this cluster", { instances: [theirs("10.0.0.9")] }, [], []],
  ["of a pod that no mapping chooses", { others: [pod()], instances: [theirs("10.0.0.1")] }, [], []],
  [
    "of a pod that is not ready while another is",
    { pods: [pod({ ready: false }), web2], instances: [theirs("10.0.0.1")] },
    ["register 10.0.0.2 missing"],
    ["deregister 10.0.0.1 pod-not-ready", "register 10.0.0.2 missing"],
  ],
  [
    "that carries more than an address, so it is somebody else's",
    { pods: [pod()], instances: [theirs("10.0.0.1", { team: "ecs" })] },
    ["register 10.0.0.1 held: foreign"],
    ["register 10.0.0.1 held: foreign"],
  ],
  ["in a service that nobody claims", { mappings: [], others: [pod()], instances: [theirs("10.0.0.1")] }, [], []],
])("external-dns's instance %s", (_, wanted, off, whenLive) => {
  expect(lines(plan(wanted))).toEqual(off);
  expect(lines(plan({ ...wanted, settings: { ...wanted?.settings, ...live } }))).toEqual(whenLive);
});

test("external-dns's instance of an address of a node is taken over where a mapping has that node's address", () => {
  const mappings = [mapping({ address: "node", ports: [8080] })];
  const pods = [pod({ ports: [{ name: "http", number: 8080, hostPort: 8080 }] })];
  const scene = { pods, mappings, instances: [theirs("192.168.0.1")], nodes: nodes(node()), settings: live };
  expect(lines(plan(scene))).toEqual(["register 192.168.0.1 adopted"]);
});

test.each([
  ["a name, as an alias", ELB, ALIAS, { AWS_ALIAS_DNS_NAME: ELB }],
  ["a name, as a CNAME", "web.example.com", CNAME, { AWS_INSTANCE_CNAME: "web.example.com" }],
  ["a name that is too long for an id", LONG, ALIAS, { AWS_ALIAS_DNS_NAME: LONG }],
])("external-dns's instance of a load balancer, %s, is taken over where it is", (_, name, kind, attributes) => {
  const balancer = balancerOf({ service: { namespace: "shop", name: "web" }, addresses: [name], createdAt: "" });
  const claiming = mapping({ address: "load-balancer", idOf: balancerId });
  const scene = {
    selections: [{ mapping: claiming, pods: [balancer] }],
    instances: [{ id: balancerId(name), health: undefined, attributes }],
    kind,
  };
  expect(lines(plan(scene))).toEqual([`register ${balancerId(name)} held: foreign`]);
  expect(lines(plan({ ...scene, settings: live }))).toEqual([`register ${balancerId(name)} adopted`]);
});

test("what is held says how it is taken over", () => {
  const { held } = plan({ pods: [pod()], instances: [theirs("10.0.0.1")] });
  expect(held).toMatchObject([{ remedy: expect.stringMatching(/external-dns.*`adopt\.externalDns: live`/) }]);
});
