import { expect, test } from "vitest";
import { balancerOf, viewBalancers } from "../../functions/core/balancers.ts";
import type { Pod, PodQuery } from "../../functions/core/model.ts";
import { viewNodes } from "../../functions/core/nodes.ts";
import { createSightings, deriveLookups, sightNamespace } from "../../functions/core/sightings.ts";
import { instance, NO_NODES, pod, sourceOf } from "../support/builders.ts";

/** What the lists of one look say of an instance's pod. */

const NODES = viewNodes(NO_NODES);
const EVERYTHING: PodQuery = { namespace: "shop", labelSelector: "" };
const BY_LABEL: PodQuery = { namespace: "shop", labelSelector: "app=web" };
const BY_NAME: PodQuery = { namespace: "shop", labelSelector: "", name: "web-1" };
const NAME = "a1b2.elb.eu-west-1.amazonaws.com";
const balancer = balancerOf({ service: { namespace: "shop", name: "web" }, addresses: [NAME], createdAt: "" });
const viewOf = (balancers: readonly Pod[]) =>
  viewBalancers([{ ...sourceOf("services"), state: "read", claims: [], broken: [], balancers }]);
const NO_BALANCERS = viewOf([]);
const onNode = (name: string) => instance({ id: "192.168.0.7", attributes: { "k8s.io/node": name } });
const some = (count: number) => Array.from({ length: count }, (_, index) => instance({ pod: `web-${index}` }));

function sight(listings: readonly (readonly [PodQuery, readonly Pod[]])[], balancers = NO_BALANCERS) {
  const parts = listings.map(([query, pods]) => sightNamespace([{ query, pods }], NODES));
  return createSightings(new Map([["shop", parts]]), balancers);
}

const ofBalancer = (address: string) =>
  instance({
    id: address,
    attributes: {
      AWS_INSTANCE_IPV4: undefined,
      AWS_ALIAS_DNS_NAME: address,
      "k8s.io/pod": undefined,
      "k8s.io/service": "web",
    },
  });

test.each<[string, readonly (readonly [PodQuery, readonly Pod[]])[], boolean]>([
  ["no list of its Kubernetes namespace", [], false],
  ["a list by labels that does not show it", [[BY_LABEL, []]], false],
  ["a list by labels that shows it elsewhere", [[BY_LABEL, [pod({ ip: "10.0.0.9" })]]], true],
  ["a list by labels that shows it on its way out", [[BY_LABEL, [pod({ gone: true })]]], true],
  ["a list of everything", [[EVERYTHING, []]], true],
  ["having been asked for by its name", [[BY_NAME, []]], true],
  ["another's name", [[{ ...BY_NAME, name: "web-2" }, []]], false],
  ["its name among those with a label", [[{ ...BY_NAME, labelSelector: "app=web" }, []]], false],
  [
    "one list of two",
    [
      [BY_LABEL, []],
      [BY_NAME, []],
    ],
    true,
  ],
])("whether a pod is gone is known after %s: %s", (_, listings, expected) => {
  expect(sight(listings).isSettled(instance())).toBe(expected);
});

test("a Kubernetes namespace is complete once one of its lists was of everything", () => {
  expect(
    sight([
      [BY_LABEL, []],
      [EVERYTHING, []],
    ]).isComplete("shop"),
  ).toBe(true);
  expect(
    sight([
      [BY_LABEL, []],
      [BY_NAME, []],
    ]).isComplete("shop"),
  ).toBe(false);
  expect(sight([[EVERYTHING, []]]).isComplete("bank")).toBe(false);
});

test("an address is in use while any living pod has it, and a node's while any runs there", () => {
  const other = pod({ name: "web-7", node: "node-7" });
  expect(sight([[EVERYTHING, [other]]]).isInUse(instance())).toBe(true);
  expect(sight([[EVERYTHING, [{ ...other, state: "gone" }]]]).isInUse(instance())).toBe(false);
  const dual = instance({ attributes: { AWS_INSTANCE_IPV6: "fd00::1" } });
  expect(sight([[EVERYTHING, [{ ...other, ips: ["fd00::1"] }]]]).isInUse(dual)).toBe(true);
  expect(sight([[EVERYTHING, [other]]]).isInUse(onNode("node-7"))).toBe(true);
  expect(sight([[EVERYTHING, [other]]]).isInUse(onNode("node-8"))).toBe(false);
  const nowhere = { ...other, node: undefined };
  expect(sight([[EVERYTHING, [nowhere]]]).isInUse(onNode("node-7"))).toBe(false);
});

test("of a load balancer the claims say at once whether it is there", () => {
  const there = sight([], viewOf([balancer]));
  expect(there.isSettled(ofBalancer(NAME))).toBe(true);
  expect([there.isInUse(ofBalancer(NAME)), there.isInUse(ofBalancer("other.example.com"))]).toEqual([true, false]);
  expect(sight([]).isInUse(ofBalancer(NAME))).toBe(false);
  expect(there.podAt(ofBalancer(NAME))).toMatchObject({ key: { kind: "Service", name: "web" } });
});

test("eight pods of a Kubernetes namespace are looked up by their names, more by one list, and what names none not at all", () => {
  expect(deriveLookups([...some(8), instance({ pod: "a,b" })], false)).toHaveLength(8);
  expect(deriveLookups(some(2).toReversed(), false)).toEqual([
    { ...EVERYTHING, name: "web-0" },
    { ...EVERYTHING, name: "web-1" },
  ]);
  expect(deriveLookups(some(9), false)).toEqual([EVERYTHING]);
  expect(deriveLookups(some(1), true)).toEqual([EVERYTHING]);
  expect(deriveLookups([instance({ pod: "a,b" })], true)).toEqual([]);
});
