import { Token } from "aws-cdk-lib/core";
import { FUNCTIONS } from "./functions.ts";
import type { FunctionName } from "./functions.ts";
import type { Reach, Right } from "./permissions.ts";

export type RuntimeReach = {
  readonly logGroupArn: string;
  /** Where failed asynchronous invocations go. */
  readonly failuresArn: string | undefined;
  readonly vpc: boolean;
};

/**
 * The rights that no function uses in a call of its own: AWS acts, or checks them, under the function's role. Every one has its
 * reason; everything else in permissions.ts is a call that a function makes.
 */
export function exercisedRights(name: FunctionName, reach: Reach, runtime: RuntimeReach): readonly Right[] {
  return [
    ...runtimeRights(name, reach, runtime),
    ...keyRights(reach),
    ...(FUNCTIONS[name].abilities.includes("pass") ? route53Rights(reach) : []),
  ];
}

/** What Lambda itself does. */
function runtimeRights(
  name: FunctionName,
  { queueArn }: Reach,
  { logGroupArn, failuresArn, vpc }: RuntimeReach,
): readonly Right[] {
  return [
    {
      sid: "WriteLogs",
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [logGroupArn],
      exercisedByAws: "Lambda writes the function's log lines, and with them its metrics",
    },
    ...(FUNCTIONS[name].wokenBy.by === "queue"
      ? [
          {
            sid: "PollQueue",
            actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
            resources: [queueArn],
            exercisedByAws: "Lambda's event source mapping polls the queue",
          },
        ]
      : []),
    ...(failuresArn === undefined
      ? []
      : [
          {
            sid: "KeepFailures",
            actions: ["sqs:SendMessage"],
            resources: [failuresArn],
            exercisedByAws: "Lambda sends failed asynchronous invocations to their destination",
          },
        ]),
    ...(vpc
      ? [
          {
            sid: "JoinVpc",
            actions: [
              "ec2:CreateNetworkInterface",
              "ec2:DescribeNetworkInterfaces",
              "ec2:DescribeSubnets",
              "ec2:DeleteNetworkInterface",
              "ec2:AssignPrivateIpAddresses",
              "ec2:UnassignPrivateIpAddresses",
            ],
            // Lambda refuses to create a function in a VPC whose role has them on anything less.
            resources: ["*"],
            exercisedByAws: "Lambda makes the network interfaces of functions in a VPC",
          },
        ]
      : []),
  ];
}

/** The types of the records that the instances of pods, and of nodes, have; an alias of a load balancer is an A record. */
const RECORD_TYPES = ["A", "AAAA", "SRV"];
/** Of load balancers under another name than AWS's, and in GovCloud. */
const NAME_TYPES = ["CNAME"];

/** Cloud Map writes records, and health checks where a service has them, with the rights of whoever registers. */
function route53Rights(reach: Reach): readonly Right[] {
  const { partition, namespaces } = reach;
  const checks = namespaces.some((namespace) => namespace.kind === "unresolved" || namespace.healthChecks);
  return [
    ...recordRights(reach),
    ...(checks
      ? [
          {
            sid: "CreateHealthChecks",
            actions: ["route53:CreateHealthCheck"],
            resources: ["*"],
            exercisedByAws: "Cloud Map makes a Route 53 health check for each instance, where the service has them",
          },
          {
            sid: "KeepHealthChecks",
            actions: ["route53:GetHealthCheck", "route53:UpdateHealthCheck", "route53:DeleteHealthCheck"],
            resources: [`arn:${partition}:route53:::healthcheck/*`],
            exercisedByAws: "Cloud Map keeps the Route 53 health checks of instances; their ids are its own",
          },
        ]
      : []),
  ];
}

/** A right a hosted zone, which ends at the names of its namespaces where all of these are known. */
function recordRights({ partition, namespaces, loadBalancers }: Reach): readonly Right[] {
  const types = loadBalancers ? [...RECORD_TYPES, ...NAME_TYPES] : RECORD_TYPES;
  const zones = Map.groupBy(namespaces, (one) => (one.kind === "unresolved" ? "*" : one.hostedZone));
  zones.delete(undefined);
  return [...zones].map(([zone, held], index) => {
    const names = held.map(({ name }) => (name === undefined || Token.isUnresolved(name) ? undefined : name));
    return {
      sid: `WriteRecords${index === 0 ? "" : index + 1}`,
      actions: ["route53:ChangeResourceRecordSets"],
      resources: [`arn:${partition}:route53:::hostedzone/${zone}`],
      conditions: {
        ...(names.some((name) => name === undefined)
          ? {}
          : {
              "ForAllValues:StringLike": {
                "route53:ChangeResourceRecordSetsNormalizedRecordNames": names.map(
                  (name = "") => `*.${normalized(name)}`,
                ),
              },
            }),
        "ForAllValues:StringEquals": { "route53:ChangeResourceRecordSetsRecordTypes": types },
      },
      exercisedByAws: "Cloud Map writes the DNS records of registered instances",
    };
  });
}

/** As Route 53 compares names: in lower case, and whatever is no letter, digit, `-`, `_` or `.` as its octal code. */
function normalized(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9._-]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, "0")}`);
}

function keyRights({ keyArn }: Reach): readonly Right[] {
  if (keyArn === undefined) return [];
  return [
    {
      sid: "UseKey",
      actions: ["kms:Decrypt", "kms:GenerateDataKey"],
      resources: [keyArn],
      exercisedByAws:
        "SQS encrypts and decrypts messages with the customer managed key for whoever sends and receives them",
    },
  ];
}
