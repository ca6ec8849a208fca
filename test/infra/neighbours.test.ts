import { expect, test } from "vitest";
import { isAllowed, policyOf } from "./policies.ts";
import { cloudMap, LISTED, NAMESPACES, OWNER_TAG, refused, SERVICES, TAGGED, Tags } from "./rights.ts";
import { ACCOUNT, REGION, synth } from "./stack.ts";

const create = (namespace: string, tags: readonly object[]) =>
  cloudMap("CreateService", { NamespaceId: namespace, Tags: tags });
const neighbours: readonly (readonly [what: string, action: string, resource: string])[] = [
  ["deleting a namespace", "servicediscovery:DeleteNamespace", `${NAMESPACES}/ns-shop`],
  ["reading another namespace", "servicediscovery:GetNamespace", `${NAMESPACES}/ns-other`],
  ["changing a service", "servicediscovery:UpdateService", `${SERVICES}/srv-web`],
  ["records of another zone", "route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z0OTHER"],
  ["deleting a zone", "route53:DeleteHostedZone", "arn:aws:route53:::hostedzone/Z0SHOP"],
  ["another cluster", "eks:DescribeCluster", `arn:aws:eks:${REGION}:${ACCOUNT}:cluster/other`],
  ["access entries", "eks:CreateAccessEntry", `arn:aws:eks:${REGION}:${ACCOUNT}:cluster/prod`],
  ["another parameter", "ssm:GetParameter", `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/other`],
  ["writing a parameter", "ssm:PutParameter", `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/SyncConfiguration`],
  ["secrets", "secretsmanager:GetSecretValue", `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:s-abcdef`],
  ["another queue", "sqs:SendMessage", `arn:aws:sqs:${REGION}:${ACCOUNT}:other`],
  ["invoking functions", "lambda:InvokeFunction", `arn:aws:lambda:${REGION}:${ACCOUNT}:function:other`],
  ["changing functions", "lambda:UpdateFunctionCode", `arn:aws:lambda:${REGION}:${ACCOUNT}:function:other`],
  ["other roles", "iam:PassRole", `arn:aws:iam::${ACCOUNT}:role/other`],
  ["starting machines", "ec2:TerminateInstances", `arn:aws:ec2:${REGION}:${ACCOUNT}:instance/i-0`],
];

const FUNCTIONS = ["scheduled-reconcile", "event-reconcile", "watch", "manual-resync", "audit-log"] as const;
const narrow = [synth(TAGGED), synth(LISTED)].flatMap((template) => FUNCTIONS.map((name) => policyOf(template, name)));

test.each(neighbours)("denies %s", async (_what, action, resource) => {
  const answers = await Promise.all(narrow.map((policy) => isAllowed(policy, { action, resource, context: {} })));
  expect(answers).not.toContain(true);
});

test.each([
  ["tagged services", TAGGED],
  ["listed services", LISTED],
] as const)("denies writes to another namespace's service: %s", async (_mode, props) => {
  const calls = ["RegisterInstance", "DeregisterInstance", "UpdateInstanceCustomHealthStatus"].map((operation) =>
    cloudMap(operation, { ServiceId: "srv-other" }),
  );
  const policy = policyOf(synth(props), "scheduled-reconcile");
  expect(await refused(policy, [...calls, cloudMap("DeleteService", { Id: "srv-other" })])).toHaveLength(4);
});

test("denies services in another namespace, and ones without the owner's tag", async () => {
  const policy = policyOf(synth(TAGGED), "scheduled-reconcile");
  expect(await refused(policy, [create("ns-shop", Tags)])).toEqual([]);
  expect(await refused(policy, [create("ns-other", Tags)])).toContain("servicediscovery:CreateService");
  expect(await refused(policy, [create("ns-shop", [])])).toContain("servicediscovery:CreateService");
  const forged = [{ Key: OWNER_TAG, Value: "arn:aws:eks:eu-west-1:111122223333:cluster/other" }];
  expect(await refused(policy, [create("ns-shop", forged)])).toContain("servicediscovery:TagResource");
  expect(await refused(policy, [create("ns-shop", [...Tags, { Key: "team", Value: "x" }])])).toEqual([
    "servicediscovery:TagResource",
  ]);
});
