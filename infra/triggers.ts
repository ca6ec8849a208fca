import { Duration } from "aws-cdk-lib/core";
import { Rule } from "aws-cdk-lib/aws-events";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import type { Function } from "aws-cdk-lib/aws-lambda";
import { SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import { FilterPattern, LogGroup, SubscriptionFilter } from "aws-cdk-lib/aws-logs";
import { LambdaDestination } from "aws-cdk-lib/aws-logs-destinations";
import type { Construct } from "constructs";
import { TRIGGERS } from "../functions/triggers/event-bridge.ts";
import type { Queues } from "./queues.ts";
import { FUNCTIONS } from "./functions.ts";
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
  readonly functions: readonly SyncFunction[];
};

/** What wakes a pass besides the schedule: rules, and a function that the audit log wakes, fill the queue; another empties it. */
export function createTriggers(scope: Construct, { cluster, queues, ec2Events, functions }: Parts): void {
  for (const { id, description, source, types, detail, isOfAccount } of TRIGGERS) {
    if (isOfAccount && !ec2Events) continue;
    new Rule(scope, id, {
      description: `eks-cloudmap-sync: ${description}`,
      eventPattern: {
        source: [source],
        detailType: [...types],
        ...(detail === undefined ? {} : { detail: detail(cluster) }),
      },
      targets: [
        new SqsQueue(queues.scopes, {
          deadLetterQueue: queues.deadLetters,
          maxEventAge: Duration.minutes(10),
          retryAttempts: 10,
        }),
      ],
    });
  }
  for (const { lambda, name } of functions) {
    const { by } = FUNCTIONS[name].wokenBy;
    if (by === "queue") emptyQueue(lambda, queues);
    if (by === "subscription") followAuditLog(scope, lambda, cluster);
  }
}

function emptyQueue(lambda: Function, { scopes }: Queues): void {
  lambda.addEventSource(
    new SqsEventSource(scopes, {
      // One reconcile for what happens together: a node's pods, a node group's nodes.
      batchSize: 100,
      maxBatchingWindow: Duration.seconds(2),
      maxConcurrency: 2,
      reportBatchItemFailures: true,
    }),
  );
}

function followAuditLog(scope: Construct, lambda: Function, cluster: string): void {
  new SubscriptionFilter(scope, "AuditLogSubscription", {
    logGroup: LogGroup.fromLogGroupName(scope, "AuditLogGroup", `/aws/eks/${cluster}/cluster`),
    destination: new LambdaDestination(lambda),
    filterPattern: FilterPattern.literal(AUDIT_PATTERN),
  });
}
