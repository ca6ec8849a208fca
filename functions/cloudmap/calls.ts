import type { ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";
import { pauseAfter } from "../core/backoff.ts";
import { createRates } from "./rates.ts";
import { sleep, within } from "./time-limit.ts";

/** How long after it was first sent a call that fails for a passing reason is tried again, in milliseconds. */
const PATIENCE = 20_000;
/** The same for one that is throttled, where it has no time of its own. */
const THROTTLED_PATIENCE = 60_000;
const BACKOFF = { first: 100, longest: 5_000 };

/** A call that was not sent, or not accepted, before its time was up. */
export class LateError extends Error {
  override readonly name = "LateError";
  /** Whether it was sent and never answered, so that it may have taken effect. */
  readonly wasSent: boolean;

  constructor(operation: string, wasSent: boolean) {
    super(
      `${operation} was ${wasSent ? "not answered" : "not accepted"} before its time was up; the next pass goes on`,
    );
    this.wasSent = wasSent;
  }
}

export type CallOptions = {
  readonly client: ServiceDiscoveryClient;
  readonly rates: Readonly<Record<string, string>>;
  /** Told of each call that is sent. */
  readonly onCall: (operation: string) => void;
  readonly onThrottle: (operation: string) => void;
  readonly now: () => number;
};

export type Calls = {
  readonly client: ServiceDiscoveryClient;
  readonly now: () => number;
  /**
   * Makes a call when its turn comes, again while it is throttled or fails for a passing reason. In milliseconds since the
   * epoch: it is not begun after `until`, and given up when it is not answered by `answered` (LateError). `place`: whose turn it
   * has, by default its own. Throws what the SDK throws.
   */
  readonly send: <T>(
    operation: string,
    call: (client: ServiceDiscoveryClient) => Promise<T>,
    until?: number,
    answered?: number,
    place?: number,
  ) => Promise<T>;
  /** The place of somebody who comes now: the lowest go first. */
  readonly nextPlace: () => number;
};

export function createCalls({ client, rates, onCall, onThrottle, now }: CallOptions): Calls {
  const buckets = createRates(rates, now);
  let places = 0;
  return {
    client,
    now,
    nextPlace: () => places++,
    send: async (operation, call, until = Infinity, answered = until, place = places++) => {
      // Counted from the first try: waiting for its turn among a thousand others is no failure.
      let begun: number | undefined;
      let wasSent = false;
      for (let attempt = 0; ; attempt++) {
        const turn = await buckets.take(operation, until, place);
        if (turn === undefined) throw new LateError(operation, wasSent);
        const sentAt = now();
        begun ??= sentAt;
        try {
          onCall(operation);
          const answer = await within(answered - sentAt, call(client));
          if (answer === undefined) throw new LateError(operation, true);
          return answer.value;
        } catch (error) {
          const throttled = isThrottled(error);
          wasSent ||= isPassing(error);
          if (throttled) {
            onThrottle(operation);
            buckets.slowDown(operation, sentAt);
          }
          if (error instanceof LateError || now() - begun >= patienceFor(error, until)) throw error;
          // Its next turn comes before all that wait.
          if (throttled) continue;
        } finally {
          turn.end();
        }
        const pause = pauseAfter(BACKOFF, attempt);
        if (now() + pause > until) throw new LateError(operation, wasSent);
        await sleep(pause);
      }
    },
  };
}

/** Throttling fails nothing that has a time of its own: when that is up, it is late. */
function patienceFor(error: unknown, until: number): number {
  if (isThrottled(error)) return until === Infinity ? THROTTLED_PATIENCE : Infinity;
  return isPassing(error) ? PATIENCE : 0;
}

export function isNamed(error: unknown, name: string): error is Error {
  return error instanceof Error && error.name === name;
}

function isThrottled(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return /^(Throttl|RequestLimitExceeded|TooManyRequests|SlowDown)/.test(error.name) || statusOf(error) === 429;
}

/** Whether a call ended without an answer: a connection that was not made or broke (Node's own codes, e.g. ECONNRESET), or silence. */
export function isUnanswered(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const isBroken = "code" in error && typeof error.code === "string" && /^E[A-Z_]+$/.test(error.code);
  return isBroken || isNamed(error, "TimeoutError");
}

function isPassing(error: unknown): boolean {
  return isUnanswered(error) || (error instanceof Error && (statusOf(error) ?? 0) >= 500);
}

function statusOf(error: Error): number | undefined {
  const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return $metadata?.httpStatusCode;
}
