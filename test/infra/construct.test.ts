import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { Match } from "aws-cdk-lib/assertions";
import { SecurityGroup, Vpc } from "aws-cdk-lib/aws-ec2";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Topic } from "aws-cdk-lib/aws-sns";
import { StringParameter } from "aws-cdk-lib/aws-ssm";
import { expect, test } from "vitest";
import "./matchers.ts";
import { NARROW, synth } from "./stack.ts";

const ALL = { ...NARROW, watch: true, auditLog: true } as const;

test("every function runs on Node 24 on arm64, and is never tried again by Lambda itself", () => {
  const template = synth(ALL);
  expect(template).toHaveNumber("AWS::Lambda::Function", 5);
  expect(template).toHaveEvery("AWS::Lambda::Function", { Runtime: "nodejs24.x", Architectures: ["arm64"] });
  // All but event-reconcile, which the queue invokes.
  expect(template).toHaveNumber("AWS::Lambda::EventInvokeConfig", 4);
  expect(template).toHaveEvery("AWS::Lambda::EventInvokeConfig", {
    MaximumRetryAttempts: 0,
    MaximumEventAgeInSeconds: 60,
    DestinationConfig: { OnFailure: { Destination: Match.anyValue() } },
  });
});

test("the functions are told the cluster, the parameter and the queue", () => {
  expect(synth(ALL)).toHaveEvery("AWS::Lambda::Function", {
    Environment: {
      Variables: Match.objectLike({
        CLUSTER_NAME: "prod",
        CONFIG_PARAMETER: { Ref: Match.stringLikeRegexp("^SyncConfiguration") },
        QUEUE_URL: { Ref: Match.stringLikeRegexp("^SyncScopes") },
        POWERTOOLS_METRICS_NAMESPACE: "EksCloudMapSync",
      }),
    },
  });
});

test("the functions keep one arena of memory for all threads", () => {
  expect(synth(ALL)).toHaveEvery("AWS::Lambda::Function", {
    Environment: { Variables: Match.objectLike({ MALLOC_ARENA_MAX: "1" }) },
  });
});

test("how long a document counts while SSM does not answer can be set", () => {
  expect(synth({ ...NARROW, staleConfiguration: Duration.minutes(2) })).toHaveEvery("AWS::Lambda::Function", {
    Environment: { Variables: Match.objectLike({ CONFIG_STALE_MINUTES: "2" }) },
  });
});

test("the configuration is stored without the cluster, with the ids of `namespaces`", () => {
  expect(synth()).toHaveOneWhole("AWS::SSM::Parameter", {
    Properties: {
      Tier: "Intelligent-Tiering",
      Name: Match.absent(),
      Value: JSON.stringify({ ...NARROW.configuration, namespaces: ["ns-shop"] }),
    },
    DeletionPolicy: "Retain",
    UpdateReplacePolicy: "Retain",
  });
});

test("a parameter of one's own is read, and none is made for the configuration", () => {
  const template = synth((stack) => ({
    ...NARROW,
    configuration: StringParameter.fromStringParameterName(stack, "Own", "/own/configuration"),
  }));
  expect(template).toHaveOne("AWS::SSM::Parameter", { Value: "free" });
  expect(JSON.stringify(template.toJSON())).toContain(":parameter/own/configuration");
});

test.each([
  [1, "cron(0/1 * * * ? *)"],
  [5, "cron(0/5 * * * ? *)"],
  [60, "cron(0 * * * ? *)"],
])("a schedule of %d minutes falls on the clock's minutes", (minutes, ScheduleExpression) => {
  expect(synth({ ...NARROW, schedule: Duration.minutes(minutes) })).toHaveOne("AWS::Scheduler::Schedule", {
    ScheduleExpression,
    Target: {
      Input: '{"time":"<aws.scheduler.scheduled-time>"}',
      RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 2 },
      DeadLetterConfig: { Arn: Match.anyValue() },
    },
  });
});

test("the watch is started every five minutes and outlasts them", () => {
  const template = synth(ALL);
  expect(template).toHaveNumber("AWS::Scheduler::Schedule", 2);
  expect(template).toHaveOne("AWS::Lambda::Function", { Timeout: 400, MemorySize: 384 });
  expect(synth()).toHaveNumber("AWS::Scheduler::Schedule", 1);
});

test("queues are encrypted, refuse plain HTTP, and the one with scopes gives up into a dead-letter queue", () => {
  const template = synth();
  expect(template).toHaveNumber("AWS::SQS::Queue", 3);
  expect(template).toHaveEvery("AWS::SQS::Queue", { SqsManagedSseEnabled: true });
  expect(template).toHaveNumberSuch(
    "AWS::SQS::QueuePolicy",
    {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
        ]),
      },
    },
    3,
  );
  expect(template).toHaveOne("AWS::SQS::Queue", {
    RedrivePolicy: { deadLetterTargetArn: Match.anyValue(), maxReceiveCount: 5 },
    // Six times event-reconcile's timeout and the batching window.
    VisibilityTimeout: 780,
  });
  expect(template).toHaveOne("AWS::Lambda::EventSourceMapping", {
    FunctionResponseTypes: ["ReportBatchItemFailures"],
    MaximumBatchingWindowInSeconds: 2,
    BatchSize: 100,
  });
});

test("events of EC2 come only where nodes may be listed, or where they are asked for; those of EKS always", () => {
  expect(synth({ ...NARROW, access: "rbac" })).toHaveNumber("AWS::Events::Rule", 5);
  expect(synth({ ...NARROW, accessEntry: false })).toHaveNumber("AWS::Events::Rule", 5);
  expect(synth({ ...NARROW, ec2Events: true })).toHaveNumber("AWS::Events::Rule", 5);
  expect(synth({ ...NARROW, access: "rbac", ec2Events: false })).toHaveNumber("AWS::Events::Rule", 2);
  const without = synth();
  expect(without).toHaveNumber("AWS::Events::Rule", 2);
  expect(without).toHaveEvery("AWS::Events::Rule", { EventPattern: Match.objectLike({ source: ["aws.eks"] }) });
});

test("the audit log is subscribed to only where asked for", () => {
  expect(synth()).toHaveNumber("AWS::Logs::SubscriptionFilter", 0);
  expect(synth(ALL)).toHaveOne("AWS::Logs::SubscriptionFilter", {
    LogGroupName: "/aws/eks/prod/cluster",
    FilterPattern: Match.stringLikeRegexp('objectRef.resource = "pods"'),
  });
});

test("each role that reads the cluster has an access entry with the view policy", () => {
  const template = synth(ALL);
  expect(template).toHaveNumber("AWS::EKS::AccessEntry", 4);
  expect(template).toHaveEvery("AWS::EKS::AccessEntry", {
    ClusterName: "prod",
    Type: "STANDARD",
    KubernetesGroups: Match.absent(),
    AccessPolicies: [
      {
        AccessScope: { Type: "cluster" },
        PolicyArn: {
          "Fn::Join": ["", ["arn:", { Ref: "AWS::Partition" }, ":eks::aws:cluster-access-policy/AmazonEKSViewPolicy"]],
        },
      },
    ],
  });
});

test("with rbac the roles are in the manifest's group instead", () => {
  expect(synth({ ...NARROW, access: "rbac" })).toHaveEvery("AWS::EKS::AccessEntry", {
    KubernetesGroups: ["eks-cloudmap-sync"],
    AccessPolicies: Match.absent(),
  });
});

test("without access entries the lines for aws-auth are an output", () => {
  const template = synth({ ...NARROW, accessEntry: false });
  expect(template).toHaveNumber("AWS::EKS::AccessEntry", 0);
  expect(JSON.stringify(template.findOutputs("*"))).toContain(
    String.raw`\n  username: eks-cloudmap-sync\n  groups: [eks-cloudmap-sync]`,
  );
});

test("a VPC holds the functions", () => {
  const template = synth((stack) => ({
    ...NARROW,
    vpc: Vpc.fromVpcAttributes(stack, "Vpc", {
      vpcId: "vpc-0123456789abcdef0",
      availabilityZones: ["eu-west-1a"],
      privateSubnetIds: ["subnet-0123456789abcdef0"],
    }),
    securityGroups: [SecurityGroup.fromSecurityGroupId(stack, "Group", "sg-0123456789abcdef0")],
  }));
  expect(template).toHaveEvery("AWS::Lambda::Function", {
    VpcConfig: { SubnetIds: ["subnet-0123456789abcdef0"], SecurityGroupIds: ["sg-0123456789abcdef0"] },
  });
});

test("the role that is handed in may invoke manual-resync, and nothing else", () => {
  const template = synth((stack) => ({
    ...NARROW,
    resyncRole: new Role(stack, "Person", { assumedBy: new ServicePrincipal("ec2.amazonaws.com") }),
  }));
  expect(template).toHaveOne("AWS::IAM::Policy", {
    PolicyDocument: {
      Statement: [
        {
          Effect: "Allow",
          Action: "lambda:InvokeFunction",
          Resource: { "Fn::GetAtt": [Match.stringLikeRegexp("^SyncManualResync"), "Arn"] },
        },
      ],
    },
  });
});

test("logs and the configuration stay unless they are to go", () => {
  const template = synth({ ...NARROW, removalPolicy: RemovalPolicy.DESTROY });
  expect(template).toHaveEveryWhole("AWS::Logs::LogGroup", { DeletionPolicy: "Delete" });
  expect(template).toHaveEveryWhole("AWS::SSM::Parameter", { DeletionPolicy: "Delete" });
  expect(synth()).toHaveEveryWhole("AWS::Logs::LogGroup", { DeletionPolicy: "Retain" });
});

test("alarms tell the topic when they begin and when they end", () => {
  const template = synth((stack) => ({ ...NARROW, alarmTopic: new Topic(stack, "Topic") }));
  expect(template).toHaveNumber("AWS::CloudWatch::Alarm", 12);
  const topic = [{ Ref: Match.stringLikeRegexp("^Topic") }];
  expect(template).toHaveEvery("AWS::CloudWatch::Alarm", { AlarmActions: topic, OKActions: topic });
});

test("no pass for a while is an alarm even though no data comes", () => {
  expect(synth({ ...NARROW, schedule: Duration.minutes(10) })).toHaveOne("AWS::CloudWatch::Alarm", {
    MetricName: "Passes",
    Statistic: "SampleCount",
    ComparisonOperator: "LessThanThreshold",
    TreatMissingData: "breaching",
    Period: 600,
    EvaluationPeriods: 3,
  });
});

test("alarms and dashboard can be left out", () => {
  const template = synth({ ...NARROW, alarms: false, dashboard: false });
  expect(template).toHaveNumber("AWS::CloudWatch::Alarm", 0);
  expect(template).toHaveNumber("AWS::CloudWatch::Dashboard", 0);
});
