import { expect, test } from "vitest";
import { deriveBalancerEndpoints, recordsFor } from "../../functions/core/balancer-endpoints.ts";
import { balancerOf, viewBalancers } from "../../functions/core/balancers.ts";
import type { RecordType } from "../../functions/core/model.ts";
import { instance, mapping, sourceOf } from "../support/builders.ts";

/** As what the names and addresses of a load balancer are registered. */

const NAME = "a1b2.eu-west-1.elb.amazonaws.com";
const OTHER = "web.example.com";
const SERVICE = { namespace: "shop", name: "web" };
const at = (...addresses: readonly string[]) => balancerOf({ service: SERVICE, addresses, createdAt: "" });
const derived = (records: readonly RecordType[], ...addresses: readonly string[]) =>
  deriveBalancerEndpoints({ records, isWeighted: true }, at(...addresses), mapping());

test("an endpoint is ready, and known in all that it says", () => {
  const balancer = at("198.51.100.7");
  const one = mapping({ coreAttributes: { team: "edge" } });
  expect(deriveBalancerEndpoints({ records: ["A"] }, balancer, one)).toEqual({
    endpoints: [
      {
        id: "198.51.100.7",
        pod: balancer,
        ready: true,
        returning: false,
        mapping: one,
        core: {
          team: "edge",
          AWS_INSTANCE_IPV4: "198.51.100.7",
          "k8s.io/namespace": "shop",
          "k8s.io/service": "web",
        },
        addresses: ["198.51.100.7"],
        unknown: [],
      },
    ],
  });
});

test.each<[readonly RecordType[], string, string]>([
  [["A"], NAME, "AWS_ALIAS_DNS_NAME"],
  [["AAAA"], NAME, "AWS_ALIAS_DNS_NAME"],
  [["A", "AAAA"], "fd00::1", "AWS_INSTANCE_IPV6"],
  [["CNAME"], NAME, "AWS_INSTANCE_CNAME"],
  [["CNAME"], OTHER, "AWS_INSTANCE_CNAME"],
  [[], OTHER, "AWS_INSTANCE_CNAME"],
  [[], "web.1", "AWS_INSTANCE_CNAME"],
  [[], "1.web", "AWS_INSTANCE_CNAME"],
  [[], "198.51.100.7", "AWS_INSTANCE_IPV4"],
  [[], "fd00::1", "AWS_INSTANCE_IPV6"],
])("in a service with the records %j, %s is its %s", (records, address, key) => {
  expect(derived(records, address)).toMatchObject({ endpoints: [{ id: address, core: { [key]: address } }] });
});

test.each<[readonly RecordType[], string, string]>([
  [["SRV"], NAME, "SRV records, which need a port; use another service, or `address: node`"],
  [["A", "AAAA"], OTHER, "A and AAAA records; use a service with a CNAME record"],
  [["AAAA"], OTHER, "AAAA records; use a service with a CNAME record"],
  [["CNAME"], "198.51.100.7", "CNAME records; use a service with A records"],
  [["A"], "fd00::1", "A records; use a service with AAAA records"],
])("in a service with the records %j, %s cannot be, and why is said", (records, address, problem) => {
  const why = `its load balancer is ${address}, and the service has ${problem}`;
  expect(derived(records, address)).toEqual({ problem: why });
});

test("what suits the service is taken, and the rest left out; of nothing there is nothing to say", () => {
  expect(derived(["A"], "fd00::1", "198.51.100.7")).toMatchObject({ endpoints: [{ id: "198.51.100.7" }] });
  expect(derived(["A"])).toEqual({ endpoints: [] });
});

test.each([
  [NAME, { records: ["A"], isWeighted: true }],
  [OTHER, { records: ["CNAME"], isWeighted: true }],
  ["198.51.100.7", { records: ["A"] }],
  ["fd00::1", { records: ["AAAA"] }],
])("a service for %s needs %j", (address, records) => {
  expect(recordsFor(at(address))).toEqual(records);
});

test("a load balancer without an address yet needs no records", () => {
  expect(recordsFor(at())).toBeUndefined();
});

test("a load balancer is there while Services cannot be read, and only for what stands for it", () => {
  const ofBalancer = instance({ id: "198.51.100.7", attributes: { "k8s.io/pod": undefined, "k8s.io/service": "web" } });
  const failed = { ...sourceOf("services"), state: "failed", error: new Error("forbidden") } as const;
  const read = { ...sourceOf("services"), state: "read", claims: [], broken: [] } as const;
  expect(viewBalancers([failed]).at(ofBalancer)).toMatchObject({ ...at("198.51.100.7"), state: "ready", ports: [] });
  expect(viewBalancers([read]).at(ofBalancer)).toBeDefined();
  expect(viewBalancers([failed]).at(instance())).toBeUndefined();
  const shown = viewBalancers([failed, { ...read, balancers: [at("198.51.100.7")] }]);
  expect(shown.at(ofBalancer)).toMatchObject({ containersReady: true });
  expect(
    shown.at({ ...ofBalancer, attributes: { ...ofBalancer.attributes, "k8s.io/service": "api" } }),
  ).toBeUndefined();
  expect(shown.of({ kind: "Service", ...SERVICE, labelSelector: "" })).toHaveLength(1);
});
