import { expect, test } from "vitest";
import { parseConfiguration } from "../../../functions/runtime/configuration/document.ts";

const SMALLEST = "cluster: prod\nnamespaces: [shop.local]\n";

test("fills in every default that the design names", () => {
  expect(parseConfiguration(SMALLEST, "c.yaml")).toEqual({
    cluster: "prod",
    part: "",
    address: "pod",
    previousOwners: [],
    previousClusters: [],
    retired: [],
    namespaces: ["shop.local"],
    policy: "sync",
    mappings: [],
    sources: { services: false, virtualNodes: "auto", serviceExports: false },
    allow: [],
    claims: { perNamespace: 1000 },
    adopt: { appMesh: "off", externalDns: "off" },
    createServices: true,
    deleteServices: false,
    services: { ttl: 60, customHealth: false, tags: {} },
    id: "ip",
    labels: { include: ["*"], exclude: [] },
    ignoreAttributes: [],
    whenAllUnready: "keep",
    nodes: { zones: true, ec2: false },
    guard: { maxRemovalRatio: 0.5, minInstances: 10 },
    orphans: { everyMinutes: 10 },
    quotas: { instancesPerNamespace: 2000 },
    watch: { coalesceMs: 300 },
    metrics: { perService: false },
    rates: {},
  });
});

test("fills in what is left out of a group that is there in part", () => {
  expect(parseConfiguration(`${SMALLEST}guard: { minInstances: 3 }`, "c.yaml").guard).toEqual({
    maxRemovalRatio: 0.5,
    minInstances: 3,
  });
});

test("reads JSON as well as YAML, tabs and all", () => {
  const json = JSON.stringify({ cluster: "prod", namespaces: ["shop.local"] }, null, "\t");
  expect(parseConfiguration(json, "c.json")).toEqual(parseConfiguration(SMALLEST, "c.yaml"));
});

test("lets the caller's cluster win over the document's, or stand in for it", () => {
  expect(parseConfiguration(SMALLEST, "c.yaml", "other").cluster).toBe("other");
  expect(parseConfiguration("namespaces: [a]", "c.yaml", "other").cluster).toBe("other");
});

test.each([
  ["a port by number", "port: 65535"],
  ["a port by name", "port: http-metrics"],
  [
    "every operator of selectors",
    "pods: { namespace: shop, selector: 'a=b,c!=d,e in (f, g),h notin (i),j,!k,l.m/n==o,p>1' }",
  ],
  ["an empty selector", "pods: { namespace: shop, selector: '' }"],
  ["two labels in a service's name", "service: _web._tcp"],
  ["the namespace as it is listed", "namespace: shop.local"],
  ["attributes with spaces inside", "attributes: { team: the web team, 'a/b!': x }"],
])("accepts %s", (_, line) => {
  const rule = { service: "service: web", pods: "pods: { namespace: shop }" };
  const lines = Object.entries(rule).flatMap(([key, other]) => (line.startsWith(key) ? [] : [other]));
  expect(
    parseConfiguration(`${SMALLEST}mappings:\n  - ${[line, ...lines].join("\n    ")}`, "c.yaml").mappings,
  ).toHaveLength(1);
});

test("accepts a document with every key", () => {
  const document = `
cluster: prod
owner: arn:aws:eks:eu-west-1:111122223333:cluster/prod
previousOwners: [blue]
namespaces: [shop.local, ns-abc, "arn:aws:servicediscovery:eu-west-1:444455556666:namespace/ns-def"]
policy: upsert-only
mappings:
  - service: web
    namespace: ns-abc
    pods: { namespace: shop, selector: app=web }
    port: http
    attributes: { team: web }
    policy: dry-run
    id: ip-port
    labels: { include: [app], exclude: ["app-*"] }
    ttl: 10
    customHealth: true
sources: { services: true, virtualNodes: false, serviceExports: auto }
allow: [{ from: team-a, services: [team-a-*] }]
adopt: { appMesh: off }
createServices: false
deleteServices: true
services: { ttl: 0, customHealth: true, tags: { team: shop, "cost center": "", Größe: "a+b=c@d" } }
quotas: { instancesPerNamespace: 5000 }
id: ip-port
labels: { include: ["*"], exclude: [pod-template-*] }
ignoreAttributes: [REGION, weight]
whenAllUnready: remove
nodes: { zones: false, ec2: false }
guard: { maxRemovalRatio: 1, minInstances: 0 }
orphans: { everyMinutes: 60 }
watch: { coalesceMs: 0 }
metrics: { perService: false }
rates: { RegisterInstance: 50:100, CreateService: "0.5:1" }`;
  const { cluster, adopt, rates, namespaces } = parseConfiguration(document, "c.yaml");
  expect({ cluster, adopt, rates }).toEqual({
    cluster: "prod",
    adopt: { appMesh: "off", externalDns: "off" },
    rates: { RegisterInstance: "50:100", CreateService: "0.5:1" },
  });
  expect(namespaces).toHaveLength(3);
});

test("accepts two mappings that are the same", () => {
  const mapping = "  - { service: web, pods: { namespace: shop } }\n";
  expect(parseConfiguration(`${SMALLEST}mappings:\n${mapping}${mapping}`, "c.yaml").mappings).toHaveLength(2);
});
