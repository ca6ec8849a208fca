import { SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import type { SQSClient } from "@aws-sdk/client-sqs";
import { setTimeout as sleep } from "node:timers/promises";
import { pauseAfter } from "../../core/backoff.ts";
import type { Scope } from "../../core/model.ts";
import { scopeMessage } from "../../triggers/queue-message.ts";

/** Entries of one SendMessageBatch, by SQS's API page. */
const MAX_ENTRIES = 10;
const ATTEMPTS = 4;
const BACKOFF = { first: 100, longest: 1_000 };

/** Where scopes wait for event-reconcile. */
export type Queue = {
  /** Sends each scope once. What SQS refuses is sent again by itself; throws when it still does, naming what was lost. */
  readonly send: (scopes: readonly Scope[]) => Promise<void>;
};

export function createQueue(client: SQSClient, url: string): Queue {
  return {
    send: async (scopes) => {
      const bodies = [...new Set(scopes.map((scope) => scopeMessage(scope)))];
      for (let at = 0; at < bodies.length; at += MAX_ENTRIES)
        await sendBatch(client, url, bodies.slice(at, at + MAX_ENTRIES));
    },
  };
}

async function sendBatch(client: SQSClient, url: string, bodies: readonly string[]): Promise<void> {
  let pending = bodies;
  let refusal = "";
  for (let attempt = 0; attempt < ATTEMPTS && pending.length > 0; attempt++) {
    if (attempt > 0) await sleep(pauseAfter(BACKOFF, attempt - 1));
    const Entries = pending.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
    refusal = Failed.map(({ Code, Message }) => `${Code ?? "?"}: ${Message ?? ""}`).join("; ");
    const refused = new Set(Failed.map(({ Id }) => Id));
    pending = pending.filter((_, index) => refused.has(String(index)));
  }
  if (pending.length > 0)
    throw new Error(`the queue refused ${pending.join(", ")} (${refusal}); the schedule's next pass makes up for it`);
}
