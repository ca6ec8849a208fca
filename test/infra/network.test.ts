import { App, Stack } from "aws-cdk-lib";
import { Annotations, Match, Template } from "aws-cdk-lib/assertions";
import { SecurityGroup, Vpc } from "aws-cdk-lib/aws-ec2";
import { Cluster } from "aws-cdk-lib/aws-eks";
import { expect, test } from "vitest";
import { CloudMapSync } from "../../infra/cloud-map-sync.ts";
import { networkFromContext } from "../../infra/context.ts";
import { importNetwork } from "../../infra/network.ts";
import { createTemplateStack } from "../../infra/template-stack.ts";
import "./matchers.ts";
import { ACCOUNT, code, createStack, NARROW, REGION, synth } from "./stack.ts";

const ALL = { ...NARROW, watch: true, auditLog: true } as const;
const IDS = {
  vpc: "vpc-0123456789abcdef0",
  subnets: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
  clusterSecurityGroup: "sg-0123456789abcdef0",
};
const RULE = { GroupId: "sg-0123456789abcdef0", IpProtocol: "tcp", FromPort: 443, ToPort: 443 };
const OURS = { "Fn::GetAtt": [Match.stringLikeRegexp("^SyncSecurityGroup"), "GroupId"] };

const inVpc = (stack: Stack) => ({ ...ALL, ...importNetwork(stack, IDS) });

test("in a VPC all functions share one security group, which the cluster's admits at port 443", () => {
  const template = synth(inVpc);
  expect(template).toHaveNumber("AWS::EC2::SecurityGroup", 1);
  expect(template).toHaveEvery("AWS::Lambda::Function", {
    VpcConfig: { SubnetIds: IDS.subnets, SecurityGroupIds: [OURS] },
  });
  expect(template).toHaveOne("AWS::EC2::SecurityGroupIngress", { ...RULE, SourceSecurityGroupId: OURS });
  expect(Object.values(template.findOutputs("*"))).toContainEqual(
    expect.objectContaining({ Value: { "Fn::GetAtt": [expect.stringMatching(/^SyncSecurityGroup/), "GroupId"] } }),
  );
});

test("groups of one's own are admitted instead, and none is made", () => {
  const template = synth((stack) => ({
    ...inVpc(stack),
    securityGroups: [SecurityGroup.fromSecurityGroupId(stack, "Group", "sg-0123456789abcdef1")],
  }));
  expect(template).toHaveNumber("AWS::EC2::SecurityGroup", 0);
  expect(template).toHaveOne("AWS::EC2::SecurityGroupIngress", {
    ...RULE,
    SourceSecurityGroupId: "sg-0123456789abcdef1",
  });
});

test("a cluster of CDK tells its security group itself", () => {
  const template = synth((stack) => ({
    ...ALL,
    ...importNetwork(stack, { ...IDS, clusterSecurityGroup: undefined }),
    cluster: Cluster.fromClusterAttributes(stack, "Cluster", {
      clusterName: "prod",
      clusterSecurityGroupId: IDS.clusterSecurityGroup,
    }),
  }));
  expect(template).toHaveOne("AWS::EC2::SecurityGroupIngress", RULE);
});

test("the rule belongs to this stack, so that a cluster's own stack does not come to depend on it", () => {
  const app = new App({ analyticsReporting: false });
  const env = { account: ACCOUNT, region: REGION };
  const clusterStack = new Stack(app, "ClusterStack", { env });
  const vpc = Vpc.fromVpcAttributes(clusterStack, "Vpc", { vpcId: IDS.vpc, availabilityZones: ["any"] });
  const clusterSecurityGroup = new SecurityGroup(clusterStack, "Group", { vpc });
  const stack = new Stack(app, "Test", { env });
  new CloudMapSync(stack, "Sync", {
    ...NARROW,
    ...importNetwork(stack, { ...IDS, clusterSecurityGroup: undefined }),
    code,
    cluster: { clusterName: "prod", clusterSecurityGroup },
  });
  app.synth();
  expect(clusterStack.dependencies).toEqual([]);
  expect(Template.fromStack(stack)).toHaveNumber("AWS::EC2::SecurityGroupIngress", 1);
});

test("a cluster that was imported without its security group is told of, and changes nothing", () => {
  const stack = createStack((within) => ({
    ...ALL,
    ...importNetwork(within, { ...IDS, clusterSecurityGroup: undefined }),
    cluster: Cluster.fromClusterAttributes(within, "Cluster", { clusterName: "prod" }),
  }));
  const said = Annotations.fromStack(stack).findInfo("*", Match.stringLikeRegexp("set `clusterSecurityGroup`"));
  expect(said).toHaveLength(1);
});

test("without a VPC there is no security group", () => {
  expect(synth(ALL)).toHaveNumber("AWS::EC2::SecurityGroup", 0);
  expect(synth(ALL)).toHaveNumber("AWS::EC2::SecurityGroupIngress", 0);
});

test("the app takes ids, and looks nothing up", () => {
  const given = { vpc: "vpc-1", subnets: "subnet-1, subnet-2", clusterSecurityGroup: "sg-1" };
  expect(networkFromContext((key) => given[key as keyof typeof given])).toEqual({
    vpc: "vpc-1",
    subnets: ["subnet-1", "subnet-2"],
    clusterSecurityGroup: "sg-1",
  });
  expect(networkFromContext(() => undefined)).toBeUndefined();
});

test.each([
  [{ vpc: "vpc-1" }, "name its subnets too: -c subnets="],
  [{ subnets: "subnet-1" }, "need the VPC: -c vpc="],
  [{ clusterSecurityGroup: "sg-1" }, "need the VPC: -c vpc="],
])("%o is answered with a sentence", (given: Readonly<Record<string, string>>, sentence) => {
  expect(() => networkFromContext((key) => given[key])).toThrow(sentence);
});

test("the template takes the same ids as parameters", () => {
  const app = new App({ analyticsReporting: false });
  const template = Template.fromStack(createTemplateStack(app, "functions.zip", { inVpc: true }));
  expect(Object.keys(template.findParameters("*"))).toEqual(
    expect.arrayContaining(["Vpc", "Subnets", "ClusterSecurityGroup"]),
  );
  expect(template).toHaveEvery("AWS::Lambda::Function", {
    VpcConfig: { SubnetIds: { Ref: "Subnets" }, SecurityGroupIds: [OURS] },
  });
  expect(template).toHaveOne("AWS::EC2::SecurityGroup", { VpcId: { Ref: "Vpc" } });
  expect(template).toHaveOne("AWS::EC2::SecurityGroupIngress", { GroupId: { Ref: "ClusterSecurityGroup" } });
});
