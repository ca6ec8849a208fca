import * as sqsModel from "@aws-sdk/client-sqs";
import { createHash } from "node:crypto";
import * as z from "zod";
import { AwsJsonError, awsJsonHandler, unknownOperation } from "../aws-json.ts";
import type { Handler } from "../serve.ts";
import { countsOf, deleteMessage, receiveMessages, sendMessage } from "./world.ts";
import type { Message, Queue, Refusal, SqsWorld } from "./world.ts";

const delay = z.int().min(0).max(900).optional();
const batchSchema = z.object({
  Entries: z.array(z.object({ Id: z.string().min(1).max(80), MessageBody: z.string().min(1), DelaySeconds: delay })),
});
const receiveSchema = z.object({
  MaxNumberOfMessages: z.int().min(1).max(10).default(1),
  VisibilityTimeout: z.int().min(0).max(43_200).optional(),
});
const sendSchema = z.object({ MessageBody: z.string().min(1), DelaySeconds: delay });
const deleteSchema = z.object({ ReceiptHandle: z.string() });
const queueSchema = z.object({ QueueUrl: z.string() });

/** SQS (awsJson 1.0) over `world`, for `serve`: standard queues, whose polls are short. */
export function sqsHandler(world: SqsWorld): Handler {
  const sent = new Map<string, number>();
  return awsJsonHandler(
    "AmazonSQS",
    async (operation, input) => {
      const queue = queueAt(world, input);
      switch (operation) {
        case "SendMessage": {
          const { MessageBody, DelaySeconds } = sendSchema.parse(input);
          return accepted(sendMessage(world, queue, MessageBody, DelaySeconds ?? 0));
        }
        case "SendMessageBatch":
          return sendBatch(world, queue, batchSchema.parse(input).Entries, sent);
        case "ReceiveMessage": {
          const { MaxNumberOfMessages, VisibilityTimeout } = receiveSchema.parse(input);
          const hideMs = VisibilityTimeout === undefined ? queue.visibilityTimeoutMs : VisibilityTimeout * 1000;
          const messages = receiveMessages(world, queue, MaxNumberOfMessages, hideMs);
          return messages.length === 0 ? {} : { Messages: messages.map(shown) };
        }
        case "GetQueueAttributes":
          return { Attributes: countsOf(world, queue) };
        case "DeleteMessage":
          deleteMessage(queue, deleteSchema.parse(input).ReceiptHandle);
          return {};
        default:
          throw unknownOperation();
      }
    },
    sqsModel,
  );
}

function queueAt(world: SqsWorld, input: unknown): Queue {
  const { QueueUrl } = queueSchema.parse(input);
  const [account, name] = QueueUrl.split("/").slice(-2);
  const queue = account === world.account ? world.queues.get(name ?? "") : undefined;
  if (queue !== undefined) return queue;
  throw new AwsJsonError("com.amazonaws.sqs#QueueDoesNotExist", "The specified queue does not exist.");
}

function sendBatch(
  world: SqsWorld,
  queue: Queue,
  entries: z.infer<typeof batchSchema>["Entries"],
  sent: Map<string, number>,
): object {
  if (entries.length === 0) throw batchError("EmptyBatchRequest", "There should be at least one entry.");
  if (entries.length > 10)
    throw batchError("TooManyEntriesInBatchRequest", "Maximum number of entries per request are 10.");
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length)
    throw batchError("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.");
  const Successful: object[] = [];
  const Failed: (Refusal & { readonly Id: string })[] = [];
  for (const { Id, MessageBody, DelaySeconds } of entries) {
    const count = (sent.get(MessageBody) ?? 0) + 1;
    sent.set(MessageBody, count);
    const refusal = world.refuse?.({ body: MessageBody, count });
    if (refusal === undefined)
      Successful.push({ Id, ...accepted(sendMessage(world, queue, MessageBody, DelaySeconds ?? 0)) });
    else Failed.push({ Id, ...refusal });
  }
  return { Successful, ...(Failed.length === 0 ? {} : { Failed }) };
}

function batchError(code: string, message: string): AwsJsonError {
  return new AwsJsonError(`com.amazonaws.sqs#${code}`, message);
}

/** The SDK compares the digest with its own. */
function accepted({ id, body }: Message): { readonly MessageId: string; readonly MD5OfMessageBody: string } {
  return { MessageId: id, MD5OfMessageBody: md5(body) };
}

function shown({ id, body, receipt }: Message): object {
  return { MessageId: id, ReceiptHandle: receipt, MD5OfBody: md5(body), Body: body };
}

function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}
