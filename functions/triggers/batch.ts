import * as z from "zod";
import { InputError, toError } from "../core/errors.ts";
import type { Scope } from "../core/model.ts";
import type { ServiceReport } from "../core/report.ts";
import { parseMessage } from "./queue-message.ts";
import type { Wish } from "./queue-message.ts";

const batchSchema = z.object({ Records: z.array(z.object({ messageId: z.string(), body: z.string() })) });

export type Batch = {
  readonly messages: readonly Message[];
  /** Messages that nobody understands: they go back until the queue gives them to its dead-letter queue. */
  readonly refused: readonly { readonly id: string; readonly error: Error }[];
};

type Message = Wish & { readonly id: string };

/** The messages of one SQS event. Throws an InputError where it is none. */
export function parseBatch(event: unknown, cluster: string): Batch {
  const parsed = batchSchema.safeParse(event);
  if (!parsed.success) throw new InputError("this is no batch of SQS messages", { cause: parsed.error });
  const messages: Message[] = [];
  const refused: Batch["refused"][number][] = [];
  for (const { messageId: id, body } of parsed.data.Records) {
    try {
      messages.push({ id, ...parseMessage(body, cluster) });
    } catch (error) {
      refused.push({ id, error: toError(error) });
    }
  }
  return { messages, refused };
}

/**
 * The messages that asked for a service that failed in a way that another try may mend. What is held as ambiguous, invalid or
 * for somebody to decide stays held however often it is tried: its messages are done.
 */
export function failedMessages(messages: readonly Message[], services: readonly ServiceReport[]): readonly string[] {
  const failed = services.filter(
    ({ error, held }) => error !== null || held.some(({ reason }) => reason === "source-failed"),
  );
  return messages
    .filter(({ scopes }) => scopes.some((scope) => failed.some((service) => mayMean(scope, service))))
    .map(({ id }) => id);
}

function mayMean(scope: Scope, { service, podNamespaces }: ServiceReport): boolean {
  switch (scope.kind) {
    case "all":
    case "node":
      return true;
    case "service":
      return scope.service === service;
    case "namespace":
      return podNamespaces.includes(scope.namespace);
    default:
      return scope satisfies never;
  }
}
