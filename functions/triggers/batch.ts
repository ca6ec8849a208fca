import * as z from "zod";
import { InputError, toError } from "../core/errors.ts";
import type { Scope } from "../core/model.ts";
import type { ServiceReport } from "../core/report.ts";
import { parseMessage } from "./queue-message.ts";

const batchSchema = z.object({ Records: z.array(z.object({ messageId: z.string(), body: z.string() })) });

export type Batch = {
  readonly messages: readonly Message[];
  /** Messages that nobody understands: they go back until the queue gives them to its dead-letter queue. */
  readonly refused: readonly { readonly id: string; readonly error: Error }[];
};

type Message = { readonly id: string; readonly scopes: readonly Scope[] };

/** The messages of one SQS event. Throws an InputError where it is none. */
export function parseBatch(event: unknown, cluster: string): Batch {
  const parsed = batchSchema.safeParse(event);
  if (!parsed.success) throw new InputError("this is no batch of SQS messages", { cause: parsed.error });
  const messages: Message[] = [];
  const refused: Batch["refused"][number][] = [];
  for (const { messageId: id, body } of parsed.data.Records) {
    try {
      messages.push({ id, scopes: parseMessage(body, cluster) });
    } catch (error) {
      refused.push({ id, error: toError(error) });
    }
  }
  return { messages, refused };
}

/** The messages that asked for a service that failed. */
export function failedMessages(messages: readonly Message[], services: readonly ServiceReport[]): readonly string[] {
  const failed = services.filter(({ error }) => error !== null);
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
