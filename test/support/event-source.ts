import { receiveMessages } from "../emulators/sqs/world.ts";
import type { SqsWorld } from "../emulators/sqs/world.ts";
import type { Invocation, Lambda } from "./lambda.ts";

const BATCH_SIZE = 100;

/**
 * What Lambda's event source mapping does once: takes a batch off the queue, hands it to the function, and deletes the messages
 * that the answer does not name. Undefined: nothing is there to be seen.
 */
export async function pollOnce(sqs: SqsWorld, name: string, lambda: Lambda): Promise<Invocation | undefined> {
  const queue = sqs.queues.get(name);
  if (queue === undefined) throw new Error(`no queue ${name}`);
  const messages = receiveMessages(sqs, queue, BATCH_SIZE, queue.visibilityTimeoutMs);
  if (messages.length === 0) return undefined;
  const invocation = await lambda.invoke(
    batchOf(messages.map(({ id, body, receives, sentAt }) => ({ id, body, receives, sentAt }))),
  );
  const failed = invocation.error === undefined ? failedIds(invocation.answer) : messages.map(({ id }) => id);
  queue.messages = queue.messages.filter((message) => !messages.includes(message) || failed.includes(message.id));
  return invocation;
}

type BatchMessage = {
  readonly id: string;
  readonly body: string;
  readonly receives?: number;
  readonly sentAt?: number;
};

/** The event of a batch, as Lambda shapes it. */
export function batchOf(messages: readonly BatchMessage[]): object {
  return {
    Records: messages.map(({ id, body, receives = 1, sentAt = 0 }) => ({
      messageId: id,
      receiptHandle: `receipt-${id}`,
      body,
      attributes: {
        ApproximateReceiveCount: String(receives),
        SentTimestamp: String(sentAt),
        SenderId: "AIDAREDACTED",
        ApproximateFirstReceiveTimestamp: String(sentAt),
      },
      messageAttributes: {},
      md5OfBody: "",
      eventSource: "aws:sqs",
      eventSourceARN: "arn:aws:sqs:us-west-2:111122223333:scopes",
      awsRegion: "us-west-2",
    })),
  };
}

/** The messages that the function wants back. */
export function failedIds(answer: unknown): readonly string[] {
  const { batchItemFailures } = answer as {
    readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
  };
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}
