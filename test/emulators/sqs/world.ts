import { randomUUID } from "node:crypto";

export type Message = {
  readonly id: string;
  readonly body: string;
  /** Milliseconds since the epoch. */
  readonly sentAt: number;
  visibleAt: number;
  receives: number;
  /** Of the last receive; a message that came back is not deleted with an older one. */
  receipt: string | undefined;
};

export type Queue = {
  readonly name: string;
  readonly visibilityTimeoutMs: number;
  /** Received so often, a message goes to the queue of that name instead. */
  readonly redrive: { readonly maxReceiveCount: number; readonly to: string } | undefined;
  messages: Message[];
};

/** Why a single entry of a batch is refused. */
export type Refusal = { readonly Code: string; readonly Message: string; readonly SenderFault: boolean };

export type SqsWorld = {
  readonly account: string;
  /** Milliseconds since the epoch; may be replaced. */
  now: () => number;
  readonly queues: Map<string, Queue>;
  /** Asked for each entry of a batch. `count`: how often this body has been sent, this time included. */
  refuse: ((question: { readonly body: string; readonly count: number }) => Refusal | undefined) | undefined;
};

export function createSqs({ account }: { readonly account: string }): SqsWorld {
  return { account, now: Date.now, queues: new Map(), refuse: undefined };
}

/** A queue with a dead-letter queue behind it. */
export function putQueue(
  world: SqsWorld,
  {
    name,
    visibilityTimeoutMs = 30_000,
    maxReceiveCount = 5,
  }: { readonly name: string; readonly visibilityTimeoutMs?: number; readonly maxReceiveCount?: number },
): Queue {
  const dead = `${name}-dead`;
  world.queues.set(dead, { name: dead, visibilityTimeoutMs: 30_000, redrive: undefined, messages: [] });
  const queue: Queue = { name, visibilityTimeoutMs, redrive: { maxReceiveCount, to: dead }, messages: [] };
  world.queues.set(name, queue);
  return queue;
}

/** The bodies that wait in a queue, seen or not. */
export function bodiesIn(world: SqsWorld, name: string): readonly unknown[] {
  return (world.queues.get(name)?.messages ?? []).map(({ body }) => JSON.parse(body) as unknown);
}

export function sendMessage(world: SqsWorld, queue: Queue, body: string, delaySeconds: number): Message {
  const sentAt = world.now();
  const visibleAt = sentAt + delaySeconds * 1000;
  const message: Message = { id: randomUUID(), body, sentAt, visibleAt, receives: 0, receipt: undefined };
  queue.messages.push(message);
  return message;
}

/** Up to `most` messages, hidden from others from now on; those that were received too often move on. */
export function receiveMessages(world: SqsWorld, queue: Queue, most: number, hideMs: number): readonly Message[] {
  const now = world.now();
  const received: Message[] = [];
  for (const message of queue.messages.filter(({ visibleAt }) => visibleAt <= now)) {
    if (received.length === most) break;
    if (queue.redrive !== undefined && message.receives >= queue.redrive.maxReceiveCount) {
      queue.messages = queue.messages.filter((other) => other !== message);
      world.queues.get(queue.redrive.to)?.messages.push({ ...message, receives: 0, receipt: undefined });
      continue;
    }
    message.receives += 1;
    message.visibleAt = now + hideMs;
    message.receipt = randomUUID();
    received.push(message);
  }
  return received;
}

export function deleteMessage(queue: Queue, receipt: string): void {
  queue.messages = queue.messages.filter((message) => message.receipt !== receipt);
}

/** As GetQueueAttributes spells them. */
export function countsOf({ now }: SqsWorld, { messages }: Queue): Readonly<Record<string, string>> {
  const visible = messages.filter(({ visibleAt }) => visibleAt <= now());
  return {
    ApproximateNumberOfMessages: String(visible.length),
    ApproximateNumberOfMessagesNotVisible: String(messages.length - visible.length),
  };
}
