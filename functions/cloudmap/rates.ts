import { setTimeout as sleep } from "node:timers/promises";

/**
 * Calls per second and burst, by operation, under the quotas that real clients learnt; AWS publishes none for most of them.
 * The configuration's `rates` override them. Quotas are an account's, buckets one registry's: see `slowDown`.
 */
const RATES: Readonly<Record<string, string>> = {
  RegisterInstance: "50:100",
  DeregisterInstance: "50:100",
  ListInstances: "40:400",
  ListServices: "1:8",
  GetOperation: "40:80",
  GetInstancesHealthStatus: "80:80",
  UpdateInstanceCustomHealthStatus: "240:240",
  CreateService: "5:50",
};
const OTHERS = "5:50";

/** How far throttling may slow an operation down. */
const SLOWEST = 1 / 32;
/** After that much quiet, in milliseconds, a rate that was halved has doubled again. */
const RECOVERY = 5_000;

export type Rates = {
  /** Waits for the operation's turn; false, at once, where that would come after `until` (milliseconds since the epoch). */
  readonly take: (operation: string, until: number) => Promise<boolean>;
  /**
   * Halves the operation's rate, because a call sent at `sentAt` was throttled; what was under way then says nothing of the new
   * rate. Others share the account's quota; it comes back when AWS no longer complains.
   */
  readonly slowDown: (operation: string, sentAt: number) => void;
};

export function createRates(overrides: Readonly<Record<string, string>>, now: () => number): Rates {
  const buckets = new Map<string, Bucket>();
  const bucketOf = (operation: string) => {
    const known = buckets.get(operation);
    if (known !== undefined) return known;
    const bucket = createBucket(overrides[operation] ?? RATES[operation] ?? OTHERS, now);
    buckets.set(operation, bucket);
    return bucket;
  };
  return {
    take: (operation, until) => bucketOf(operation).take(until),
    slowDown: (operation, sentAt) => bucketOf(operation).slowDown(sentAt),
  };
}

type Bucket = {
  readonly take: (until: number) => Promise<boolean>;
  readonly slowDown: (sentAt: number) => void;
};

/** A token bucket whose tokens may be owed: each taker waits until its own has come. */
function createBucket(rate: string, now: () => number): Bucket {
  const [perSecond = 1, burst = 1] = rate.split(":").map(Number);
  let factor = 1;
  let tokens = burst;
  let at = now();
  let slowedAt = -Infinity;
  const refill = () => {
    const elapsed = now() - at;
    at += elapsed;
    tokens = Math.min(burst, tokens + tokensWithin(elapsed, perSecond, factor));
    factor = Math.min(1, factor * 2 ** (elapsed / RECOVERY));
  };
  return {
    take: async (until) => {
      refill();
      const wait = tokens >= 1 ? 0 : timeFor(1 - tokens, perSecond, factor);
      if (now() + wait > until) return false;
      tokens -= 1;
      if (wait > 0) await sleep(wait);
      return true;
    },
    slowDown: (sentAt) => {
      if (sentAt <= slowedAt) return;
      refill();
      slowedAt = at;
      factor = Math.max(SLOWEST, factor / 2);
      tokens = Math.min(tokens, 0);
    },
  };
}

/** The tokens that come in so many milliseconds, while a rate that was slowed to `factor` recovers. */
function tokensWithin(ms: number, perSecond: number, factor: number): number {
  const slow = Math.min(ms, RECOVERY * Math.log2(1 / factor));
  const recovering = (factor * RECOVERY * (2 ** (slow / RECOVERY) - 1)) / Math.LN2;
  return (perSecond * (recovering + ms - slow)) / 1000;
}

/** The milliseconds in which so many tokens come: a call that was throttled stands behind all that wait already. */
function timeFor(tokens: number, perSecond: number, factor: number): number {
  const slow = RECOVERY * Math.log2(1 / factor);
  const early = tokensWithin(slow, perSecond, factor);
  if (tokens >= early) return slow + ((tokens - early) / perSecond) * 1000;
  return RECOVERY * Math.log2(1 + (tokens * 1000 * Math.LN2) / (perSecond * factor * RECOVERY));
}
