import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { services } from "../../functions/mappings/services.ts";
import { pod } from "../support/builders.ts";
import { listing, readSource, serviceObject } from "./objects.ts";
import type { Shape } from "./objects.ts";

/** Services that claim for their pods' nodes, and for their load balancers. */

const CLAIMS = { "eks-cloudmap-sync/service": "web-public" };
const PORTS = [{ name: "web", port: 80, targetPort: 8080, nodePort: 30_080 }];

test.each([
  [undefined, undefined],
  ["pod", "pod"],
  ["node", "node"],
])("the annotation %s asks for that of the %s", async (address, expected) => {
  const { claims } = await claimOf(address === undefined ? {} : { "eks-cloudmap-sync/address": address }, {
    ports: PORTS,
  });
  expect(claims[0]?.address).toBe(expected);
});

test.each([undefined, "web", "80", "8080", "30080"])("port %s is forwarded from its node port", async (port) => {
  const annotations = { "eks-cloudmap-sync/address": "node", ...(port && { "eks-cloudmap-sync/port": port }) };
  const { claims } = await claimOf(annotations, { ports: PORTS });
  expect(claims[0]?.ports).toMatchObject([{ target: 8080, nodePort: 30_080 }]);
});

const ASKING = { "eks-cloudmap-sync/address": "load-balancer" };
const spec = { type: "LoadBalancer", selector: null };
const NAME = "a1b2c3-1234.eu-west-1.elb.amazonaws.com";
const withStatus = (ingress: unknown, metadata: Shape = {}) => ({
  ...serviceObject(spec, metadata),
  status: { loadBalancer: { ingress } },
});
test("a Service claims for its own, with or without a selector", async () => {
  const { claims } = await claimOf({ ...ASKING, "eks-cloudmap-sync/attributes": "team=edge" }, spec);
  expect(claims).toMatchObject([
    {
      address: "load-balancer",
      pods: { kind: "Service", namespace: "shop", name: "web", labelSelector: "" },
      ports: [],
      attributes: { team: "edge" },
      unready: "hide",
    },
  ]);
  expect(claims[0]?.chooses(pod())).toBe(true);
});

test.each([
  ["a Service without one", ASKING, { type: "NodePort" }, /of type NodePort, which has none/],
  ["a Service that says nothing of its type", ASKING, { selector: null }, /of type ClusterIP, which has none/],
  ["a port of pods", { ...ASKING, "eks-cloudmap-sync/port": "80" }, spec, /\/port is for pods/],
  ["ids of pods", { ...ASKING, "eks-cloudmap-sync/id": "ip" }, spec, /\/id is for pods/],
])("%s makes the claim wrong", async (_, annotations, wanted, problem) => {
  const { claims, broken } = await claimOf(annotations, wanted);
  expect(claims).toEqual([]);
  expect(broken).toMatchObject([{ problem: expect.stringMatching(problem) }]);
});

test("every Service's are read, whether or not it claims: names, addresses, each once", async () => {
  const ingress = [{ hostname: NAME, ports: [] }, { ip: "198.51.100.7" }, {}, { hostname: NAME }];
  expect(await balancersOf(withStatus(ingress))).toMatchObject([
    {
      key: { kind: "Service", namespace: "shop", name: "web" },
      ips: [NAME, "198.51.100.7"],
      state: "ready",
      createdAt: "",
    },
  ]);
});

test("one that is being deleted has none, nor has one without an address, or of a shape that no API server writes", async () => {
  const deleted = withStatus([{ hostname: NAME }], { deletionTimestamp: "2026-11-24T14:00:00Z" });
  expect(await balancersOf(deleted, withStatus([]), withStatus("none"), serviceObject(), null)).toEqual([]);
});

test("an instance is called by the name in lower case, and by its SHA-256 where that is too long", async () => {
  const { claims } = await claimOf(ASKING, spec);
  const longest = "a".repeat(64);
  expect(claims[0]?.idOf?.(longest)).toBe(longest);
  const long = `K8s-${"a".repeat(60)}.elb.eu-west-1.amazonaws.com`;
  expect(claims[0]?.idOf?.("A1.elb.eu-west-1.amazonaws.com")).toBe("a1.elb.eu-west-1.amazonaws.com");
  expect(claims[0]?.idOf?.(long)).toBe(createHash("sha256").update(long.toLowerCase()).digest("hex"));
});

test("no doubt is told of a Service without a selector that claims for it", async () => {
  const object = serviceObject(spec, { annotations: { ...CLAIMS, ...ASKING } });
  const read = await services.read(listing({ services: { version: "v1", objects: [object] } }));
  expect(read).toMatchObject({ doubts: [] });
});

async function claimOf(annotations: Shape, wanted: Shape) {
  const object = serviceObject(wanted, { annotations: { ...CLAIMS, ...annotations } });
  return await readSource(services, { services: { version: "v1", objects: [object] } });
}

async function balancersOf(...objects: readonly unknown[]) {
  const read = await services.read(listing({ services: { version: "v1", objects } }));
  return "balancers" in read ? read.balancers : undefined;
}
