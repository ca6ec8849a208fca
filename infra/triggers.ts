import { Duration } from "aws-cdk-lib";
import { Rule } from "aws-cdk-lib/aws-events";
import type { EventPattern } from "aws-cdk-lib/aws-events";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import { SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import { FilterPattern, LogGroup, SubscriptionFilter } from "aws-cdk-lib/aws-logs";
import { LambdaDestination } from "aws-cdk-lib/aws-logs-destinations";
import type { Construct } from "constructs";
import { CLUSTER_CALLS, LEAVING_STATES } from "../functions/triggers/event-bridge.ts";
import type { Queues } from "./queues.ts";
import type { SyncFunction } from "./sync-function.ts";

/**
 * Lines of the API server's audit log that tell of pods, or that were truncated and may. Of status patches the body cannot be
 * judged here; audit-log does.
 * Bindings, logs, exec and other subresources stay out.
 */
const AUDIT_PATTERN =
  '{ (($.objectRef.resource = "pods") || ($.objectRef NOT EXISTS)) && ($.stage = "ResponseComplete") && ' +
  '(($.objectRef.subresource NOT EXISTS) || ($.objectRef.subresource = "status") || ($.objectRef.subresource = "eviction")) && ' +
  '(($.verb = "create") || ($.verb = "delete") || ($.verb = "deletecollection") || ($.verb = "patch") || ($.verb = "update")) }';

type Parts = {
  readonly cluster: string;
  readonly queues: Queues;
  readonly ec2Events: boolean;
  readonly auditLog: SyncFunction | undefined;
  readonly eventReconcile: SyncFunction;
};

/** What wakes a pass besides the schedule: rules and the audit log fill the queue, event-reconcile empties it. */
export function createTriggers(
  scope: Construct,
  { cluster, queues, ec2Events, auditLog, eventReconcile }: Parts,
): void {
  const patterns = { ...eksPatterns(cluster), ...(ec2Events ? EC2_PATTERNS : {}) };
  for (const [id, { description, ...eventPattern }] of Object.entries(patterns))
    new Rule(scope, id, {
      description: `eks-cloudmap-sync: ${description}`,
      eventPattern,
      targets: [
        new SqsQueue(queues.scopes, {
          deadLetterQueue: queues.deadLetters,
          maxEventAge: Duration.minutes(10),
          retryAttempts: 10,
        }),
      ],
    });
  eventReconcile.lambda.addEventSource(
    new SqsEventSource(queues.scopes, {
      // One reconcile for what happens together: a node's pods, a node group's nodes.
      batchSize: 100,
      maxBatchingWindow: Duration.seconds(2),
      maxConcurrency: 2,
      reportBatchItemFailures: true,
    }),
  );
  if (auditLog !== undefined)
    new SubscriptionFilter(scope, "AuditLogSubscription", {
      logGroup: LogGroup.fromLogGroupName(scope, "AuditLogGroup", `/aws/eks/${cluster}/cluster`),
      destination: new LambdaDestination(auditLog.lambda),
      filterPattern: FilterPattern.literal(AUDIT_PATTERN),
    });
}

type DescribedPattern = EventPattern & { readonly description: string };

const EC2_PATTERNS: Readonly<Record<string, DescribedPattern>> = {
  InstanceStops: {
    description: "an EC2 instance stops or terminates",
    source: ["aws.ec2"],
    detailType: ["EC2 Instance State-change Notification"],
    detail: { state: [...LEAVING_STATES] },
  },
  SpotLeaves: {
    description: "a Spot instance is taken back, or is likely to be",
    source: ["aws.ec2"],
    detailType: ["EC2 Spot Instance Interruption Warning", "EC2 Instance Rebalance Recommendation"],
  },
  AutoScalingTerminates: {
    description: "an Auto Scaling group terminates an instance",
    source: ["aws.autoscaling"],
    detailType: ["EC2 Instance-terminate Lifecycle Action", "EC2 Instance Terminate Successful"],
  },
};

function eksPatterns(cluster: string): Readonly<Record<string, DescribedPattern>> {
  return {
    FargateTerminates: {
      description: "a Fargate pod is about to be terminated",
      source: ["aws.eks"],
      detailType: ["EKS Fargate Pod Scheduled Termination"],
      detail: { clusterName: [cluster] },
    },
    ClusterChanges: {
      description: "a call changes the cluster, its nodes or who may read it",
      source: ["aws.eks"],
      detailType: ["AWS API Call via CloudTrail"],
      detail: {
        eventSource: ["eks.amazonaws.com"],
        eventName: [...CLUSTER_CALLS],
        errorCode: [{ exists: false }],
        $or: [{ requestParameters: { clusterName: [cluster] } }, { requestParameters: { name: [cluster] } }],
      },
    },
  };
}
