import { CfnCondition, CfnParameter, Fn, RemovalPolicy, Stack, Token, Validations } from "aws-cdk-lib/core";
import type { App } from "aws-cdk-lib/core";
import { Code } from "aws-cdk-lib/aws-lambda";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { Topic } from "aws-cdk-lib/aws-sns";
import { StringParameter } from "aws-cdk-lib/aws-ssm";
import { Construct } from "constructs";
import { CloudMapSync } from "./cloud-map-sync.ts";
import type { TemplateOptions } from "./context.ts";
import { importNetwork } from "./network.ts";

/** The construct as a template that needs no CDK: the rest of what an app would say in code are its parameters. */
export function createTemplateStack(
  app: App,
  /** The name of the zip file with the functions. */
  file: string,
  { inVpc = false, ...options }: Partial<TemplateOptions> = {},
): Stack {
  // Else the template would ask for CDK's bootstrap stack.
  app.node.setContext("@aws-cdk/core:newStyleStackSynthesis", false);
  const stack = new Stack(app, "EksCloudMapSync", {
    description: "eks-cloudmap-sync: keeps AWS Cloud Map in sync with the pods of an EKS cluster",
  });
  const parameter = (id: string, props: { description: string; default?: string; allowedPattern?: string }) =>
    new CfnParameter(stack, id, { type: "String", ...props }).valueAsString;
  const cluster = parameter("ClusterName", { description: "The EKS cluster", allowedPattern: ".+" });
  const document = parameter("Configuration", {
    description: 'The configuration as JSON, without the cluster, e.g. {"namespaces":["shop.local"]}',
    allowedPattern: "\\{[\\s\\S]+\\}",
  });
  const bucket = parameter("CodeBucket", { description: "The S3 bucket, in this region, with the zip file" });
  const prefix = parameter("CodePrefix", { description: "What its key begins with", default: "eks-cloudmap-sync/" });
  const topicArn = parameter("AlarmTopicArn", { description: "An SNS topic for alarms; empty: none", default: "" });
  const hasTopic = new CfnCondition(stack, "HasAlarmTopic", {
    expression: Fn.conditionNot(Fn.conditionEquals(topicArn, "")),
  });
  const configuration = new StringParameter(stack, "ConfigurationDocument", {
    description: "The configuration of eks-cloudmap-sync",
    stringValue: document,
  });
  configuration.applyRemovalPolicy(RemovalPolicy.RETAIN);
  const code = Bucket.fromBucketName(stack, "Code", bucket);
  const topic = Token.asString(Fn.conditionIf(hasTopic.logicalId, topicArn, Fn.ref("AWS::NoValue")));
  new CloudMapSync(stack, "Sync", {
    ...options,
    ...(inVpc ? networkOfParameters(stack) : {}),
    cluster,
    configuration,
    alarmTopic: Topic.fromTopicArn(stack, "AlarmTopic", topic),
    code: () => Code.fromBucketV2(code, `${prefix}${file}`),
  });
  Validations.of(stack).acknowledge({
    id: "CloudFormation-Validate::W1030",
    reason: "The condition leaves the actions out where the topic is empty.",
  });
  return stack;
}

/** The same ids that the app takes as `-c vpc=… -c subnets=… -c clusterSecurityGroup=…`. */
function networkOfParameters(stack: Stack): ReturnType<typeof importNetwork> {
  const parameter = (id: string, type: string, description: string) =>
    new CfnParameter(stack, id, { type, description });
  const vpc = parameter("Vpc", "AWS::EC2::VPC::Id", "The VPC that the functions run in").valueAsString;
  const subnets = parameter("Subnets", "List<AWS::EC2::Subnet::Id>", "Its subnets for the functions").valueAsList;
  const clusterSecurityGroup = parameter(
    "ClusterSecurityGroup",
    "AWS::EC2::SecurityGroup::Id",
    "The cluster's own security group, which is to admit the functions at port 443",
  ).valueAsString;
  return importNetwork(new Construct(stack, "Network"), { vpc, subnets, clusterSecurityGroup });
}
