import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { App, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { beforeAll, expect, test } from "vitest";
import { exercisedRights } from "../../infra/exercised.ts";
import { rightsOf } from "../../infra/permissions.ts";
import type { Reach } from "../../infra/permissions.ts";
import { fencedIn, PAGES } from "../support/documented.ts";
import type { Fenced } from "../support/documented.ts";
import { ACCOUNT } from "./stack.ts";

const typescript = PAGES.flatMap((page) => fencedIn(page)).filter(({ language }) => language === "ts");
/** Functions of the reader's own. */
const handlers = typescript.filter(({ text }) => text.includes("export const handler"));
/** As somebody has them in the constructor of a stack; the one that is a test runs in the package tier. */
const examples = typescript.filter((one) => !handlers.includes(one) && !one.text.includes("\ntest("));

const FOLDER = resolve("dist/documented");

beforeAll(() => {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  for (const example of examples) writeFileSync(fileOf(example), moduleOf(example));
  for (const handler of handlers) writeFileSync(fileOf(handler), handler.text);
});

test("the examples compile, as in an app that is strict", async () => {
  const options = ["--ignoreConfig", "--noEmit", "--strict", "--skipLibCheck", "--allowImportingTsExtensions"];
  const modules = ["--module", "nodenext", "--types", "node"];
  const args = [
    resolve("node_modules/typescript/bin/tsc"),
    ...options,
    ...modules,
    ...[...examples, ...handlers].map(fileOf),
  ];
  const said = await promisify(execFile)(process.execPath, args).catch(
    (failure: { readonly stdout: string }) => failure,
  );
  expect(said.stdout).toBe("");
}, 120_000);

test.each(examples.map((example) => [`${example.page}:${example.line}`, example] as const))(
  "%s synthesizes",
  async (_, example) => {
    const template = await synthesize(example);
    expect(Object.keys(template.findResources("AWS::Scheduler::Schedule"))).not.toEqual([]);
  },
);

test("docs/api-gateway.md: the API reaches the pods through the link and the service's ARN, with no load balancer", async () => {
  const [example] = examples.filter(({ page }) => page === "docs/api-gateway.md");
  if (example === undefined) throw new Error("the page has lost its example");
  const template = await synthesize(example);
  const [service = ""] = Object.keys(template.findResources("AWS::ServiceDiscovery::Service"));
  const arn = { "Fn::GetAtt": [service, "Arn"] };
  template.hasResourceProperties("AWS::ApiGatewayV2::Integration", {
    IntegrationType: "HTTP_PROXY",
    ConnectionType: "VPC_LINK",
    ConnectionId: Match.anyValue(),
    IntegrationUri: arn,
  });
  template.hasResourceProperties("AWS::EC2::SecurityGroupIngress", {
    GroupId: "sg-0123456789abcdef0",
    FromPort: 8080,
    ToPort: 8080,
  });
  expect(writableBy(template)).toEqual([arn]);
  expect(JSON.stringify(rolesOf(template))).not.toContain("hostedzone/*");
  const types = Object.values(template.toJSON()["Resources"] as Record<string, { readonly Type: string }>);
  expect(types.filter(({ Type }) => Type.startsWith("AWS::ElasticLoadBalancing"))).toEqual([]);
});

test("docs/lambda.md: the function may find one service, and reach its pods", async () => {
  const [example] = examples.filter(({ page }) => page === "docs/lambda.md");
  if (example === undefined) throw new Error("the page has lost its example");
  const template = await synthesize(example);
  const discover = {
    Action: "servicediscovery:DiscoverInstances",
    Effect: "Allow",
    Resource: "*",
    Condition: {
      StringEquals: { "servicediscovery:NamespaceName": "shop.local", "servicediscovery:ServiceName": "web" },
    },
  };
  const policies = template.findResources("AWS::IAM::Policy", {
    Properties: { PolicyDocument: { Statement: [discover] } },
  });
  expect(Object.keys(policies)).toHaveLength(1);
  const group = { "Fn::GetAtt": [Match.stringLikeRegexp("^Callers"), "GroupId"] };
  template.hasResourceProperties("AWS::Lambda::Function", { VpcConfig: { SecurityGroupIds: [group] } });
  template.hasResourceProperties("AWS::EC2::SecurityGroupIngress", { SourceSecurityGroupId: group, FromPort: 8080 });
});

test("docs/security.md: a job that reads, and one that applies, have the rights of a pass and no others", () => {
  const blocks = fencedIn("docs/security.md").filter(({ language }) => language === "json");
  const documented = blocks.map(({ text }) => (JSON.parse(text) as { readonly Statement: unknown }).Statement);
  const rights = [...rightsOf(["pass"], REACH), ...exercisedRights("manual-resync", REACH, RUNTIME)].filter(
    ({ actions }) => actions.every((action) => !FUNCTIONS_ALONE.test(action)),
  );
  const statements = rights.map(({ sid, actions, resources, conditions }) => ({
    Sid: sid,
    Effect: "Allow",
    Action: actions,
    Resource: resources,
    ...(conditions === undefined ? {} : { Condition: conditions }),
  }));
  const reads = statements.filter(({ Sid }) => READS.includes(Sid));
  expect(documented).toEqual([reads, statements.filter((one) => !reads.includes(one))]);
});

const READS = ["FindCluster", "List", "ReadNamespaces", "ReadInstances"];
/** Whoever runs the command line has the document in a file, and no log group. */
const FUNCTIONS_ALONE = /^(ssm|logs):/;
const RUNTIME = { logGroupArn: "", failuresArn: undefined, vpc: false };

/** The account, cluster and namespace of the pages. */
const REACH: Reach = {
  partition: "aws",
  region: "us-west-2",
  account: ACCOUNT,
  cluster: "prod",
  owner: `arn:aws:eks:us-west-2:${ACCOUNT}:cluster/prod`,
  parameterArn: "",
  turnArn: "",
  queueArn: "",
  namespaces: [
    {
      kind: "known",
      name: "shop.local",
      arn: `arn:aws:servicediscovery:us-west-2:${ACCOUNT}:namespace/ns-0123456789abcdef`,
      account: ACCOUNT,
      hostedZone: "Z0123456789ABC",
      healthChecks: false,
    },
  ],
  named: { byName: true, byId: true, ids: [] },
  services: "tagged",
  createServices: true,
  tagKeys: [],
  deleteServices: false,
  ec2: false,
  loadBalancers: false,
  keyArn: undefined,
};

type Role = {
  readonly Policies?: readonly { readonly PolicyDocument: { readonly Statement: readonly Statement[] } }[];
};
type Statement = { readonly Action: string | readonly string[]; readonly Resource: unknown };

/** The resources that the roles may register instances in, each once, as the template says them. */
function writableBy(template: Template): readonly unknown[] {
  const statements = rolesOf(template).flatMap(({ Policies = [] }) =>
    Policies.flatMap((one) => one.PolicyDocument.Statement),
  );
  const writing = statements.filter(({ Action }) => [Action].flat().includes("servicediscovery:RegisterInstance"));
  return [...new Map(writing.map(({ Resource }) => [JSON.stringify(Resource), Resource])).values()];
}

function rolesOf(template: Template): readonly Role[] {
  return Object.values(template.findResources("AWS::IAM::Role")).map(({ Properties }) => Properties as Role);
}

/** What `cdk` finds in the account where an example looks its VPC up. */
const LOOKED_UP = {
  [`vpc-provider:account=${ACCOUNT}:filter.vpc-id=vpc-0123456789abcdef0:region=us-west-2:returnAsymmetricSubnets=true`]:
    {
      vpcId: "vpc-0123456789abcdef0",
      vpcCidrBlock: "10.0.0.0/16",
      availabilityZones: [],
      subnetGroups: [
        {
          name: "Private",
          type: "Private",
          subnets: [
            {
              subnetId: "subnet-0123456789abcdef0",
              availabilityZone: "us-west-2a",
              routeTableId: "rtb-0123456789abcdef0",
            },
          ],
        },
      ],
    },
};

function fileOf({ page, line }: Fenced): string {
  return join(FOLDER, `${page.replaceAll(/\W/g, "-")}-${line}.ts`);
}

/** An example as a function that is called on a stack. */
function moduleOf({ text }: Fenced): string {
  const imports = text.match(/^import .*\n/gm)?.join("") ?? "";
  const body = text
    .replace(/^import .*\n/gm, "")
    .replace('fromAsset("lambda")', `fromAsset(${JSON.stringify(FOLDER)})`);
  return `${imports.replace('"eks-cloudmap-sync"', JSON.stringify(resolve("infra/cloud-map-sync.ts")))}
export default function (this: import("aws-cdk-lib/core").Stack, cluster: string) {
${body}}
`;
}

async function synthesize(example: Fenced): Promise<Template> {
  const { default: make } = (await import(fileOf(example))) as {
    readonly default: (this: Stack, cluster: string) => void;
  };
  const stack = new Stack(new App({ analyticsReporting: false, context: LOOKED_UP }), "Shop", {
    env: { account: ACCOUNT, region: "us-west-2" },
  });
  make.call(stack, "prod");
  return Template.fromStack(stack);
}
