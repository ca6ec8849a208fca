import { viewNodes } from "../../functions/core/nodes.ts";
import { expect, test } from "vitest";
import { deriveKind } from "../../functions/core/kind.ts";
import type { Mapping } from "../../functions/core/model.ts";
import { lines, plan } from "../support/scene.ts";
import { mapping, NO_NODES, pod, settings } from "../support/builders.ts";
import type { Wanted } from "../support/builders.ts";

/** What a mapping says of its own instances and of its service, where the configuration says something else. */

const first = { source: "configuration", rank: 0, name: "mappings[0]" } as const;
const second = { source: "configuration", rank: 0, name: "mappings[1]" } as const;

test("a mapping's own labels count before the configuration's", () => {
  const labels = { include: ["app"], exclude: [] };
  const pods = [pod({ labels: { app: "web", tier: "front" } })];
  const [own, configured] = [
    plan({ pods, mappings: [mapping({ labels })], settings: { labels: { include: ["tier"], exclude: [] } } }),
    plan({ pods, settings: { labels: { include: ["tier"], exclude: [] } } }),
  ];
  expect(own.changes).toMatchObject([{ attributes: { app: "web" } }]);
  expect(own.changes[0]).not.toHaveProperty("attributes.tier");
  expect(configured.changes).toMatchObject([{ attributes: { tier: "front" } }]);
});

test.each<[string, Wanted<Mapping>]>([
  ["labels", { labels: { include: ["app"], exclude: [] } }],
  ["id", { id: "ip-port" }],
])("two mappings that differ in %s alone are different", (_, one) => {
  const mappings = [
    mapping({ origin: first, ports: [80], id: "ip" }),
    mapping({ origin: second, ports: [80], id: "ip", ...one }),
  ];
  const made = lines(plan({ pods: [pod()], mappings }));
  expect(made).toEqual(
    one.id === undefined
      ? ["claim mappings[0], mappings[1] held: ambiguous"]
      : ["register 10.0.0.1 missing", "register 10.0.0.1:80 missing"],
  );
});

test("a service is created as its first mapping says that says anything, else as the configuration says", () => {
  expect(kindOf(says(first, {}))).toEqual({ records: ["A"], health: "custom", ttl: 60 });
  expect(kindOf(says(first, {}), says(second, { ttl: 10, customHealth: false }))).toMatchObject({
    health: "none",
    ttl: 10,
  });
  expect(kindOf(says(first, { ttl: 0 }), says(second, { ttl: 10 }))).toMatchObject({ ttl: 0 });
});

test("mappings that would have it created in different ways are told so in one warning", () => {
  expect(
    warningsOf(says(first, { ttl: 10, customHealth: true }), says(second, { ttl: 30, customHealth: false })),
  ).toEqual([
    "shop.local/web: its mappings differ in how it is to be created (mappings[0] says ttl: 10, mappings[1] says ttl: 30; mappings[0] says customHealth: true, mappings[1] says customHealth: false), and the first counts; write the same in each",
  ]);
  expect(warningsOf(says(first, { ttl: 10 }), says(second, { ttl: 10 }), says(second, {}))).toEqual([]);
});

function says(origin: Mapping["origin"], creation: Partial<Mapping["creation"]>): Mapping {
  return mapping({ origin, creation: { ttl: undefined, customHealth: undefined, ...creation } });
}

function kindOf(...mappings: readonly Mapping[]) {
  return deriveKind(
    "DNS_PRIVATE",
    mappings.map((one) => ({ mapping: one, pods: [pod()] })),
    viewNodes(NO_NODES),
    settings({ services: { ttl: 60, customHealth: true, tags: {} } }),
  );
}

function warningsOf(...mappings: readonly Mapping[]): readonly string[] {
  return plan({ pods: [pod()], mappings }).warnings;
}
