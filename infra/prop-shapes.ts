import { RemovalPolicy } from "aws-cdk-lib/core";
import { configurationSchema } from "../functions/runtime/configuration/schema.ts";
import type { AlarmThresholds, CloudMapSyncProps, SyncNamespace, SyncRights } from "./props.ts";
import { closed, having, is, isObject, listOf, oneOf, text, unknownKey } from "./shapes.ts";
import type { Shapes } from "./shapes.ts";

const flag = is("true or false", (value) => typeof value === "boolean");
const number = is("a number", (value) => typeof value === "number");

const clusterName = is("the EKS cluster, or its name", (value) => typeof value === "string");
const clusterObject = having("the EKS cluster, or its name", "clusterName");

const NAMESPACE = '{ id: "ns-…", name: "shop.local", type: "DNS_PRIVATE", hostedZoneId: "Z…" }, or a namespace of CDK';
const namespace = closed<SyncNamespace>(
  NAMESPACE,
  {
    id: text("ns-…, or the ARN of a shared namespace"),
    name: text("the namespace's name"),
    type: oneOf("DNS_PRIVATE", "DNS_PUBLIC", "HTTP"),
    hostedZoneId: text("the id of the hosted zone, e.g. Z0123456789ABC"),
    healthChecks: flag,
  },
  ["id", "type"],
);

const configuration = is('the configuration, e.g. { namespaces: ["shop.local"] }, or a parameter of SSM', isObject);
const configurationFile = is(
  'the configuration itself; where that is a file, `...CloudMapSync.propsFromFile("sync.yaml")` among the props in place of `cluster` and `configuration`',
  isObject,
);

const tagged = is('"tagged", or a list of ARNs', (value) => value === "tagged");
const serviceObject = having("a service's ARN, or a service of CDK", "serviceArn");
const serviceArn = text("a service's ARN, or a service of CDK");
const services = listOf("services", (value, path) => (isObject(value) ? serviceObject : serviceArn)(value, path));

const rights = closed<SyncRights>("rights, e.g. { createServices: true }", {
  owner: text("the owner"),
  createServices: flag,
  deleteServices: flag,
  tagKeys: listOf("tags' keys", text("a tag's key")),
  ec2: flag,
  loadBalancers: flag,
});

const alarms = closed<AlarmThresholds>("thresholds, e.g. { driftPasses: 10 }, or false", {
  driftPasses: number,
  silentMinutes: number,
  failingPasses: number,
  largestService: number,
  throttles: number,
  queueAge: number,
});

const securityGroup = having(
  'a security group, e.g. SecurityGroup.fromSecurityGroupId(this, "Group", "sg-…")',
  "securityGroupId",
);

/** What the documentation of the props says of their types: for those who write JavaScript, or `any`. */
const PROPS: Shapes<CloudMapSyncProps> = {
  cluster: (value, path) => {
    const name = typeof value === "string" ? /^arn:[^:]+:eks:[^/]*:cluster\/(.+)$/.exec(value)?.[1] : undefined;
    if (name !== undefined) return [`\`${path}\` is an ARN; write the cluster's name: ${JSON.stringify(name)}`];
    return isObject(value) ? clusterObject(value, path) : clusterName(value, path);
  },
  configuration: (value, path) => (typeof value === "string" ? configurationFile : configuration)(value, path),
  staleConfiguration: having("a Duration of whole minutes", "toMinutes"),
  namespaces: listOf(`namespaces: ${NAMESPACE}`, (value, path) =>
    isObject(value) && "namespaceId" in value ? [] : namespace(value, path),
  ),
  services: (value, path) => (Array.isArray(value) ? services(value, path) : tagged(value, path)),
  rights,
  schedule: having("a Duration, e.g. Duration.minutes(1)", "toSeconds"),
  watch: flag,
  auditLog: flag,
  ec2Events: flag,
  access: oneOf("view-policy", "rbac"),
  accessEntry: flag,
  vpc: having('a VPC, e.g. Vpc.fromLookup(this, "Vpc", { vpcId: "vpc-…" })', "vpcId"),
  vpcSubnets: is("a selection of subnets, e.g. { subnetType: SubnetType.PRIVATE_WITH_EGRESS }", isObject),
  securityGroups: listOf("security groups", securityGroup),
  clusterSecurityGroup: securityGroup,
  alarmTopic: having('a topic, e.g. Topic.fromTopicArn(this, "Topic", "arn:…")', "topicArn"),
  alarms: (value, path) => (value === false ? [] : alarms(value, path)),
  dashboard: flag,
  metricsNamespace: text("CloudWatch's namespace of the metrics, e.g. EksCloudMapSync"),
  resyncRole: having('a role, e.g. Role.fromRoleArn(this, "Role", "arn:…")', "roleArn"),
  logRetention: is("a number of days, e.g. RetentionDays.ONE_MONTH", (value) => typeof value === "number"),
  memory: number,
  watchMemory: number,
  encryptionKey: having('a key, e.g. Key.fromKeyArn(this, "Key", "arn:…")', "keyArn"),
  removalPolicy: oneOf(...Object.values(RemovalPolicy)),
  code: is("a function that returns the Code of a function's name", (value) => typeof value === "function"),
};

const REQUIRED = ["cluster", "configuration"];

/** What is wrong with the shape of each prop that is wrong. */
export function shapeProblems(props: CloudMapSyncProps): ReadonlyMap<string, readonly string[]> {
  const shapes = new Map(Object.entries(PROPS));
  const given = new Map(Object.entries(props).filter(([, value]) => value !== undefined));
  const names = new Set([...REQUIRED, ...given.keys()]);
  const checked = [...names].map((name): readonly [string, readonly string[]] => [
    name,
    shapes.get(name)?.(given.get(name), name) ?? [unknownProp(name, [...shapes.keys()])],
  ]);
  return new Map(checked.filter(([, problems]) => problems.length > 0));
}

/** Keys of the configuration are easily written one level too high. */
function unknownProp(name: string, known: readonly string[]): string {
  if (name in configurationSchema.shape)
    return `\`${name}\` belongs to the configuration; write \`configuration: { ${name}: … }\``;
  return unknownKey(name, name, known);
}
