import { Duration } from "aws-cdk-lib/core";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";

export type Queues = {
  /** Scopes and events that wait for event-reconcile. */
  readonly scopes: Queue;
  /** Messages that failed too often, and events that never reached the queue. */
  readonly deadLetters: Queue;
  /** Asynchronous invocations that failed or could not be made. */
  readonly failures: Queue;
};

/** A message comes back so often before it is given up. */
const MAX_RECEIVES = 5;

export function createQueues(scope: Construct, key: IKey | undefined): Queues {
  const shared = {
    enforceSSL: true,
    ...(key === undefined
      ? { encryption: QueueEncryption.SQS_MANAGED }
      : { encryption: QueueEncryption.KMS, encryptionMasterKey: key }),
  };
  // The schedule has made up for them; their alarm ends with the last of them.
  const deadLetters = new Queue(scope, "DeadLetters", { ...shared, retentionPeriod: Duration.days(1) });
  const failures = new Queue(scope, "Failures", { ...shared, retentionPeriod: Duration.days(14) });
  const scopes = new Queue(scope, "Scopes", {
    ...shared,
    // Six times the function's timeout and the batching window, as Lambda asks.
    visibilityTimeout: Duration.minutes(13),
    // The schedule has long made up for what is older.
    retentionPeriod: Duration.hours(4),
    deadLetterQueue: { queue: deadLetters, maxReceiveCount: MAX_RECEIVES },
  });
  return { scopes, deadLetters, failures };
}
