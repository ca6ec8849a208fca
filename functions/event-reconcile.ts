import { createLambda } from "./runtime/lambda/lambda.ts";
import { failedMessages, parseBatch } from "./triggers/batch.ts";

const lambda = createLambda();

/** The queue: one pass over the union of a batch; only the messages whose services failed, or that nobody understands, go back. */
export const handler = lambda.handle(async (event, context) => {
  const { messages, refused } = parseBatch(event, lambda.cluster());
  for (const { id, error } of refused)
    lambda.logger.error("refused a message", { messageId: id, failure: error.message, error });
  const scopes = messages.flatMap((message) => message.scopes);
  const report = scopes.length === 0 ? undefined : await lambda.pass({ cause: "queue", scopes }, context);
  const failed = report === undefined ? [] : failedMessages(messages, report.services);
  return {
    batchItemFailures: [...refused.map(({ id }) => id), ...failed].map((itemIdentifier) => ({ itemIdentifier })),
  };
});
