import { Match } from "aws-cdk-lib/assertions";
import type { Template } from "aws-cdk-lib/assertions";
import { Key } from "aws-cdk-lib/aws-kms";
import { expect, test } from "vitest";
import type { FunctionName } from "../../infra/functions.ts";
import type { CloudMapSyncProps } from "../../infra/props.ts";
import type { RecordedCall } from "./iam-requests.ts";
import { namedRights, unusedActions } from "./judge.ts";
import { actionsOf, deployed, policyOf } from "./policies.ts";
import type { Policy } from "./policies.ts";
import { cloudMap, LISTED, refused, SERVICES, TAGGED, Tags, WIDE, world } from "./rights.ts";
import { NARROW, REGION, synth } from "./stack.ts";

const send = (queue: string): RecordedCall => ({
  service: "sqs",
  operation: "SendMessageBatch",
  input: { QueueUrl: deployed.queueUrl(queue) },
});

const takeTurn = (turn: string): readonly RecordedCall[] =>
  ["GetParameter", "PutParameter"].map((operation) => ({ service: "ssm", operation, input: { Name: turn } }));

/** The calls of a pass, as the adapters make them. */
const PASS: readonly RecordedCall[] = [
  { service: "eks", operation: "DescribeCluster", input: { name: "prod" } },
  cloudMap("ListServices", { Filters: [] }),
  cloudMap("ListInstances", { ServiceId: "srv-web" }),
  cloudMap("GetInstancesHealthStatus", { ServiceId: "srv-web" }),
  cloudMap("CreateService", { NamespaceId: "ns-shop", Tags }),
  cloudMap("RegisterInstance", { ServiceId: "srv-web" }),
  cloudMap("DeregisterInstance", { ServiceId: "srv-web" }),
  cloudMap("UpdateInstanceCustomHealthStatus", { ServiceId: "srv-web" }),
  cloudMap("GetOperation", { OperationId: "op" }),
];
const SWEEP = [
  cloudMap("ListTagsForResource", { ResourceARN: `${SERVICES}/srv-web` }),
  cloudMap("DeleteService", { Id: "srv-web" }),
];
const BY_ID = cloudMap("GetNamespace", { Id: "ns-shop" });
const BY_NAME = cloudMap("ListNamespaces", {});

const FOREIGN = `arn:aws:servicediscovery:${REGION}:444455556666:namespace/ns-shared`;

const PASSING = ["scheduled-reconcile", "event-reconcile", "watch", "manual-resync"] as const;
const MODES = [
  ["tagged services", TAGGED, BY_ID],
  ["listed services", LISTED, BY_ID],
  ["any service", WIDE, BY_NAME],
] as const;
const cases = MODES.flatMap(([mode, props, lookup]) => PASSING.map((name) => ({ mode, props, lookup, name })));

test.each(cases)("$name is allowed the calls of a pass, and no other: $mode", async ({ name, props, lookup }) => {
  const template = synth(props);
  const policy = policyOf(template, name);
  const [parameter = ""] = parametersOf(template, "Intelligent-Tiering");
  const [turn = ""] = parametersOf(template, Match.absent());
  const calls = [
    { service: "ssm", operation: "GetParameter", input: { Name: parameter } },
    lookup,
    ...PASS,
    ...(name === "scheduled-reconcile" || name === "manual-resync" ? SWEEP : []),
    ...(name === "scheduled-reconcile" ? takeTurn(turn) : []),
  ];
  expect(await refused(policy, calls)).toEqual([]);
  expect(unused(policy, calls, name)).toEqual([]);
});

test("audit-log may send scopes, and has nothing else to do with AWS", async () => {
  const template = synth(TAGGED);
  const [queue = ""] = Object.keys(template.findResources("AWS::SQS::Queue", { Properties: { RedrivePolicy: {} } }));
  const policy = policyOf(template, "audit-log");
  expect(await refused(policy, [send(queue)])).toEqual([]);
  expect(actionsOf(policy)).toEqual(["logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"]);
});

test("an action that no call uses and no reason excuses is found", () => {
  const policy = policyOf(synth(TAGGED), "event-reconcile");
  const calls = PASS.filter(({ operation }) => operation !== "GetOperation");
  expect(unused(policy, [BY_ID, ...calls], "event-reconcile")).toContain("servicediscovery:GetOperation");
});

test.each([...PASSING, "audit-log"] as const)("every right of %s that no call uses has its reason", (name) => {
  expect(namedRights(name).filter(({ exercisedByAws = "" }) => exercisedByAws === "")).toEqual([]);
});

test("only sweeps may delete services, and only where the configuration does", () => {
  expect(PASSING.filter((name) => mayDelete(TAGGED, name))).toEqual(["scheduled-reconcile", "manual-resync"]);
  expect(PASSING.filter((name) => mayDelete({ ...NARROW, watch: true }, name))).toEqual([]);
});

test("without createServices nothing may be created or tagged", () => {
  const props = { ...NARROW, configuration: { ...NARROW.configuration, createServices: false } };
  const actions = actionsOf(policyOf(synth(props), "scheduled-reconcile"));
  const made = actions.filter((action) => /Create|Tag/.test(action) && !action.startsWith("route53:"));
  expect(made).toEqual(["logs:CreateLogStream"]);
});

test("EC2 is asked only where the nodes' states are wanted", () => {
  expect(rightsIn("ec2", NARROW)).toEqual([]);
  expect(rightsIn("ec2", { ...NARROW, rights: { ec2: true } })).toEqual(["ec2:DescribeInstanceStatus"]);
});

test("CNAME records may be written only where Services may claim for their load balancers", () => {
  expect(typesOf(NARROW)).toBe('"A","AAAA","SRV"');
  const sources = { services: true, virtualNodes: false };
  expect(typesOf({ ...NARROW, configuration: { ...NARROW.configuration, sources } })).toContain('"CNAME"');
  expect(typesOf({ ...NARROW, rights: { loadBalancers: true } })).toContain('"CNAME"');
});

test.each<[string, Pick<CloudMapSyncProps, "configuration" | "namespaces">]>([
  ["props", { configuration: {}, namespaces: [{ id: FOREIGN, type: "HTTP" }] }],
  ["configuration", { configuration: { namespaces: [FOREIGN] } }],
])("a namespace that another account shares is reached by its ARN in the %s", async (_where, props) => {
  const id = FOREIGN;
  const policy = policyOf(synth({ cluster: "prod", ...props }), "scheduled-reconcile");
  const shared = `arn:aws:servicediscovery:${REGION}:444455556666:service/srv-shared`;
  const calls = [cloudMap("GetNamespace", { Id: id }), cloudMap("RegisterInstance", { ServiceId: shared })];
  expect(await refused(policy, calls)).toEqual([]);
  expect(await refused(policy, [cloudMap("RegisterInstance", { ServiceId: "srv-web" })])).toHaveLength(1);
});

test("in a shared namespace services are created with tags or without, in one's own only with the owner's", async () => {
  const namespaces = [...NARROW.namespaces, { id: FOREIGN, type: "HTTP" }] as const;
  const policy = policyOf(synth({ ...NARROW, configuration: {}, namespaces }), "scheduled-reconcile");
  const allowed = [create(FOREIGN, {}), create(FOREIGN, { Tags }), create("ns-shop", { Tags })];
  expect(await refused(policy, allowed)).toEqual([]);
  expect(await refused(policy, [create("ns-shop", {})])).toContain("servicediscovery:CreateService");
});

test("the document's own tags may be set beside the owner's, and no others", async () => {
  const services = { tags: { team: "shop" } };
  const policy = policyOf(
    synth({ ...NARROW, configuration: { ...NARROW.configuration, services } }),
    "scheduled-reconcile",
  );
  const [team, cost] = ["team", "cost"].map((Key) => ({ Tags: [...Tags, { Key, Value: "shop" }] }));
  expect(await refused(policy, [create("ns-shop", { ...team })])).toEqual([]);
  expect(await refused(policy, [create("ns-shop", { ...cost })])).toEqual(["servicediscovery:TagResource"]);
});

test.each([
  ["ns-prod.local", ["ListNamespaces"]],
  ["ns-prod", ["GetNamespace", "ListNamespaces"]],
  ["shop.local", ["ListNamespaces"]],
  [FOREIGN, ["GetNamespace"]],
])("a namespace that is called %s is looked for with just the rights that it takes", (name, expected) => {
  const props = { cluster: "prod", configuration: { namespaces: [name] } };
  const actions = actionsOf(policyOf(synth(props), "scheduled-reconcile"));
  expect(actions.filter((action) => /GetNamespace|ListNamespaces/.test(action))).toEqual(
    expected.map((right) => `servicediscovery:${right}`),
  );
});

test("a key of one's own is used by whoever sends or receives", () => {
  const template = synth((stack) => ({ ...TAGGED, encryptionKey: new Key(stack, "Key") }));
  for (const name of [...PASSING, "audit-log"] as const)
    expect(actionsOf(policyOf(template, name))).toContain("kms:GenerateDataKey");
});

test("no statement allows a whole service, nor every resource to an action that knows some", () => {
  for (const template of [TAGGED, LISTED, WIDE].map(synth))
    for (const name of [...PASSING, "audit-log"] as const) {
      const { Statement } = policyOf(template, name);
      expect(Statement.flatMap(({ Action }) => Action).filter((action) => action.includes("*"))).toEqual([]);
      const wild = Statement.filter(({ Resource }) => [Resource].flat().includes("*")).flatMap(({ Action }) => Action);
      expect(wild.filter((action) => !KNOW_NO_RESOURCE.has(action))).toEqual([]);
    }
});

/** By the service authorization reference. */
const KNOW_NO_RESOURCE: ReadonlySet<string> = new Set([
  "servicediscovery:ListNamespaces",
  "servicediscovery:ListServices",
  "servicediscovery:ListTagsForResource",
  "servicediscovery:TagResource",
  "route53:CreateHealthCheck",
]);

function create(NamespaceId: string, tags: object): RecordedCall {
  return cloudMap("CreateService", { NamespaceId, ...tags });
}

function mayDelete(props: CloudMapSyncProps, name: FunctionName): boolean {
  return actionsOf(policyOf(synth(props), name)).includes("servicediscovery:DeleteService");
}

function rightsIn(service: string, props: CloudMapSyncProps): readonly string[] {
  return actionsOf(policyOf(synth(props), "scheduled-reconcile")).filter((action) => action.startsWith(`${service}:`));
}

function unused(policy: Policy, calls: readonly RecordedCall[], name: FunctionName): readonly string[] {
  return unusedActions(policy, calls, world, name);
}

function parametersOf(template: Template, Tier: unknown): readonly string[] {
  return Object.keys(template.findResources("AWS::SSM::Parameter", { Properties: { Tier } }));
}

/** Of the DNS records that may be written. */
function typesOf(props: CloudMapSyncProps): string | undefined {
  const policy = JSON.stringify(policyOf(synth(props), "scheduled-reconcile"));
  return policy.match(/"[^"]*RecordTypes":\[([^\]]*)\]/)?.[1];
}
