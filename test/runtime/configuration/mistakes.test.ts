import { expect, test } from "vitest";
import { InputError } from "../../../functions/core/errors.ts";
import { parseConfiguration } from "../../../functions/runtime/configuration/document.ts";

const SMALLEST = "cluster: prod\nnamespaces: [shop.local]\n";

const ports = "write a port number from 1 to 65535, or a container port's name (at most 15 of a-z, 0-9 and `-`)";
const owner = "write 1 to 256 of letters, digits, spaces and `_.:/=+@-`, without a space at either end";
const value = "write 1 to 1,024 printable ASCII characters without a space at either end";

/** What is written; where that is wrong; what the message says of it. */
const MISTAKES: readonly (readonly [written: string, path: string, says: string])[] = [
  ["cluster:", "cluster", "is empty; write 1 to 100 printable ASCII characters without a space at either end"],
  [
    "cluster: 7",
    "cluster",
    "is 7; write 1 to 100 printable ASCII characters without a space at either end (in quotes)",
  ],
  ["clustre: prod", "clustre", "there is no such key; did you mean cluster?"],
  ["zzz: 1", "zzz", "there is no such key; the keys here are cluster, owner,"],
  ["owner: é", "owner", `is "é"; ${owner}`],
  ["owner: ''", "owner", `is ""; ${owner}`],
  ["owner: a;b", "owner", `is "a;b"; ${owner}`],
  ["previousOwners: [a, ' b']", "previousOwners[1]", `is " b"; ${value}`],
  ["namespaces: []", "namespaces", "is an empty list; write at least one Cloud Map namespace: its name, id or ARN"],
  ["namespaces: shop.local", "namespaces", 'is "shop.local"; write a list of Cloud Map namespaces'],
  ["namespaces: [a, b, a]", "namespaces[2]", 'is "a" once more; leave it out'],
  ["policy: dryrun", "policy", 'is "dryrun"; write sync, upsert-only or dry-run'],
  ["mappings: {}", "mappings", "is an object; write a list of mappings"],
  ["mappings: [7]", "mappings[0]", "is 7; write its keys: service, namespace, pods, port, address, attributes, policy"],
  ["sources: { virtualNodes: maybe }", "sources.virtualNodes", 'is "maybe"; write true, false or auto'],
  ["sources: { virtualnodes: true }", "sources.virtualnodes", "there is no such key; did you mean virtualNodes?"],
  ["allow: [{ from: A, services: [x] }]", "allow[0].from", 'is "A"; write a Kubernetes namespace\'s name'],
  [
    "allow: [{ from: a, services: [] }]",
    "allow[0].services",
    "is an empty list; write at least one service name or glob",
  ],
  ["allow: [{ services: [x] }]", "allow[0].from", "is missing; write a Kubernetes namespace's name"],
  ["adopt: { appMesh: true }", "adopt.appMesh", "is true; write off, live or exclusive"],
  ["createServices: yes", "createServices", 'is "yes"; write true or false'],
  ["services: { tags: { 'aws:a': b } }", 'services.tags["aws:a"]', 'is "aws:a"; write 1 to 128 of letters'],
  ["services: { tags: { eks-cloudmap-sync/owner: b } }", 'services.tags["eks-cloudmap-sync/owner"]', "is"],
  ["services: { tags: { team: 'a;b' } }", "services.tags.team", 'is "a;b"; write up to 256 of letters'],
  ["quotas: { instancesPerNamespace: 0 }", "quotas.instancesPerNamespace", "is 0; write a whole number from 1"],
  ["services: { ttl: -1 }", "services.ttl", "is -1; write a whole number from 0 to 2147483647"],
  ["services: { ttl: 2147483648 }", "services.ttl", "is 2147483648; write a whole number from 0 to 2147483647"],
  ["services: { ttl: 1.5 }", "services.ttl", "is 1.5; write a whole number from 0 to 2147483647"],
  ["id: name", "id", 'is "name"; write ip or ip-port'],
  ["labels: { include: app }", "labels.include", 'is "app"; write a list of globs of label keys'],
  [
    "ignoreAttributes: [AWS_X]",
    "ignoreAttributes[0]",
    "keys beginning with AWS_ are set by this tool and Cloud Map; leave it out",
  ],
  ["ignoreAttributes: [REGION, k8s.io/pod]", "ignoreAttributes[1]", "this tool sets it itself; leave it out"],
  ["whenAllUnready: drop", "whenAllUnready", 'is "drop"; write keep or remove'],
  ["nodes: { ec2: please }", "nodes.ec2", 'is "please"; write true or false'],
  ["guard: { maxRemovalRatio: 50 }", "guard.maxRemovalRatio", "is 50; write a number from 0 to 1"],
  ["guard: { minInstances: -1 }", "guard.minInstances", "is -1; write a whole number from 0 to 1000000"],
  ["guard:", "guard", "is empty; write its keys: maxRemovalRatio, minInstances"],
  ["orphans: { everyMinutes: 0 }", "orphans.everyMinutes", "is 0; write a whole number from 1 to 1440"],
  ["watch: { coalesceMs: soon }", "watch.coalesceMs", 'is "soon"; write a whole number from 0 to 10000'],
  [
    "rates: { RegsterInstance: '1:1' }",
    "rates.RegsterInstance",
    "there is no such key; did you mean RegisterInstance?",
  ],
  [
    "rates: { ListServices: '0:5' }",
    "rates.ListServices",
    'is "0:5"; write `<per second>:<burst>`, both above 0, e.g. 50:100',
  ],
  ["rates: { ListServices: 50 }", "rates.ListServices", "is 50; write `<per second>:<burst>`"],
];

test.each(MISTAKES)("refuses `%s` at its path, and says what to write", (written, path, says) => {
  const key = written.slice(0, written.indexOf(":"));
  const rest = ["cluster: prod", "namespaces: [shop.local]"].filter((line) => !line.startsWith(`${key}:`));
  const lines = mistakesOf([...rest, written].join("\n"));
  expect(lines).toEqual([expect.stringContaining(`  ${path}: ${says}`)]);
});

test.each<readonly [written: string, path: string, says: string]>([
  ["service: a b", "service", 'is "a b"; write a Cloud Map service\'s name'],
  [`service: ${"a".repeat(64)}`, "service", "write a Cloud Map service's name"],
  [
    "namespace: other.local",
    "namespace",
    'is "other.local", which is not among `namespaces`; write one of shop.local,',
  ],
  ["pods: { selector: a=b }", "pods.namespace", "is missing; write a Kubernetes namespace's name"],
  ["pods: { namespace: shop, selector: 'a=b,,c' }", "pods.selector", 'has an empty requirement in "a=b,,c"; write'],
  [
    "pods: { namespace: shop, selector: 'a in b' }",
    "pods.selector",
    'cannot be read at "a in b"; write a Kubernetes label',
  ],
  ["pods: { namespace: shop, selector: 'a in (' }", "pods.selector", 'cannot be read at "a in ("'],
  ["pods: { namespace: shop, selector: 'a=-b' }", "pods.selector", 'cannot be read at "a=-b"'],
  [
    "pods: { namespace: shop, labels: x }",
    "pods.labels",
    "there is no such key; the keys here are namespace, selector",
  ],
  ["port: 0", "port", `is 0; ${ports}`],
  ["port: 65536", "port", `is 65536; ${ports}`],
  ['port: "8080"', "port", `is "8080"; ${ports} (without quotes)`],
  ['ttl: "60"', "ttl", 'is "60"; write a whole number from 0 to 2147483647 (without quotes)'],
  ['customHealth: "true"', "customHealth", 'is "true"; write true or false (without quotes)'],
  ["port: HTTP", "port", `is "HTTP"; ${ports}`],
  ["port: a-name-of-sixteen", "port", `is "a-name-of-sixteen"; ${ports}`],
  [
    "attributes: { AWS_INSTANCE_PORT: '1' }",
    "attributes.AWS_INSTANCE_PORT",
    "keys beginning with AWS_ are set by this tool",
  ],
  ["attributes: { k8s.io/pod: x }", 'attributes["k8s.io/pod"]', "this tool sets it itself; leave it out"],
  ["attributes: { REGION: x }", "attributes.REGION", "this tool sets it itself; leave it out"],
  ["attributes: { eks-cloudmap-sync/owner: x }", 'attributes["eks-cloudmap-sync/owner"]', "this tool sets it itself"],
  [
    "attributes: { 'a b': x }",
    'attributes["a b"]',
    'is "a b"; write 1 to 255 printable ASCII characters without spaces',
  ],
  ["attributes: { a: '' }", "attributes.a", `is ""; ${value}`],
  ["attributes: { a: ' x' }", "attributes.a", `is " x"; ${value}`],
  ["attributes: { version: 1.0 }", "attributes.version", `is 1; ${value} (in quotes)`],
  ["policy: none", "policy", 'is "none"; write sync, upsert-only or dry-run'],
])("refuses a mapping with `%s`", (written, path, says) => {
  const key = written.slice(0, written.indexOf(":"));
  const rest = ["service: web", "pods: { namespace: shop }"].filter((line) => !line.startsWith(`${key}:`));
  const lines = mistakesOf(`${SMALLEST}mappings:\n  - ${[...rest, written].join("\n    ")}`);
  expect(lines).toEqual([expect.stringMatching(/^ {2}mappings\[0\]/)]);
  expect(lines[0]).toContain(`mappings[0].${path}: `);
  expect(lines[0]).toContain(says);
});

test("asks for a mapping's namespace where there are several", () => {
  const lines = mistakesOf("cluster: a\nnamespaces: [a, b]\nmappings: [{ service: web, pods: { namespace: shop } }]");
  expect(lines).toEqual(["  mappings[0].namespace: is missing, and there are several; write one of a, b"]);
});

test("tells all mistakes at once, of every kind", () => {
  const lines = mistakesOf(`
cluster: 7
namespaces: [a, a]
polcy: sync
mappings: [{ service: web, namespace: c, pods: { namespace: X }, attributes: { AWS_A: b } }]
nodes: { ec2: 1 }
rates: { Nothing: "1:1" }`);
  expect(new Set(lines.map((line) => line.trim().split(": ")[0]))).toEqual(
    new Set([
      "cluster",
      "mappings[0].attributes.AWS_A",
      "mappings[0].namespace",
      "mappings[0].pods.namespace",
      "namespaces[1]",
      "nodes.ec2",
      "polcy",
      "rates.Nothing",
    ]),
  );
});

test.each([
  ["a key written twice", "cluster: a\ncluster: b", 'line 2, "cluster: b": this key is there twice'],
  ["a key written twice in JSON", '{ "cluster": "a", "cluster": "b" }', "this key is there twice"],
  ["broken YAML", "cluster: [a", "cannot be read as YAML or JSON"],
  ["several documents", `${SMALLEST}---\n${SMALLEST}`, 'line 3, "---": a second document begins here'],
  ["tags of other languages", "cluster: !!js/function a", "Unresolved tag"],
  ["an alias of nothing", "cluster: *a", "without anchors and aliases"],
  ["aliases that multiply", bomb(), "without anchors and aliases"],
  ["an empty document", "", "write keys and values, at least `cluster` and `namespaces`"],
  ["a list", "- a", "write keys and values, at least `cluster` and `namespaces`"],
])("refuses %s", (_, text, says) => {
  expect(() => parseConfiguration(text, "c.yaml")).toThrow(InputError);
  expect(() => parseConfiguration(text, "c.yaml")).toThrow(says);
});

function bomb(): string {
  const levels = ["b", "c", "d", "e"].map((name, index) => {
    const inner = Array.from({ length: 10 }, () => `*${"abcd"[index]}`);
    return `${name}: &${name} [${inner.join(", ")}]`;
  });
  return ["a: &a [x, x, x]", ...levels].join("\n");
}

/** The lines below the first, which names the document and counts them. */
function mistakesOf(text: string): readonly string[] {
  const [first, ...lines] = messageOf(text).split("\n");
  const count = lines.length === 1 ? "one mistake" : `${lines.length} mistakes`;
  if (first !== `c.yaml has ${count}:`) throw new Error(`the first line is ${first}`);
  return lines.map((line) => line.replace(/^ {2}line \d+: /, "  "));
}

function messageOf(text: string): string {
  try {
    parseConfiguration(text, "c.yaml");
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
}
