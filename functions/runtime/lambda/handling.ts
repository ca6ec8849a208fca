import { SQSClient } from "@aws-sdk/client-sqs";
import type { Logger } from "@aws-lambda-powertools/logger";
import { InputError, toError } from "../../core/errors.ts";
import type { Scope } from "../../core/model.ts";
import { CLIENT_SETTINGS } from "../clients.ts";
import { parseLambdaEnvironment } from "../configuration/environment.ts";
import { createLogger } from "./logger.ts";
import { createQueue } from "./queue.ts";

/** What a Lambda is told about its invocation, as far as it matters here. */
export type LambdaContext = {
  readonly awsRequestId: string;
  readonly getRemainingTimeInMillis: () => number;
  /** What a person who invokes it directly hands over, parsed; only then. */
  readonly clientContext?: unknown;
};

/** What every entry file needs. One a Lambda, kept between invocations. */
export type Handling = {
  readonly logger: Logger;
  /** Puts scopes on the queue; throws where the Lambda has none. */
  readonly enqueue: (scopes: readonly Scope[]) => Promise<void>;
  /** Wraps a handler: what it throws is logged once, and thrown again. */
  readonly handle: <T>(
    work: (event: unknown, context: LambdaContext) => Promise<T>,
  ) => (event: unknown, context: LambdaContext) => Promise<T>;
};

export function createHandling(variables: Readonly<Record<string, string | undefined>> = process.env): Handling {
  const logger = createLogger(variables);
  let client: SQSClient | undefined;
  return {
    logger,
    enqueue: async (scopes) => {
      const { queueUrl } = parseLambdaEnvironment(variables);
      if (queueUrl === undefined)
        throw new InputError("QUEUE_URL is missing: this function sends to the queue; set it");
      client ??= new SQSClient(CLIENT_SETTINGS);
      await createQueue(client, queueUrl).send(scopes);
    },
    handle: (work) => async (event, context) => {
      logger.resetKeys();
      logger.appendKeys({ requestId: context.awsRequestId });
      try {
        return await work(event, context);
      } catch (error) {
        logger.error("the invocation failed", toError(error));
        throw error;
      } finally {
        logger.clearBuffer();
      }
    },
  };
}
