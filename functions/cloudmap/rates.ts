/**
 * Calls per second and burst, by operation, under the quotas that real clients learnt; AWS publishes none for most of them.
 * The configuration's `rates` override them. Quotas are an account's, buckets one registry's: see `slowDown`.
 */
export const RATES = {
  RegisterInstance: "50:100",
  DeregisterInstance: "50:100",
  ListInstances: "40:400",
  ListServices: "1:8",
  GetOperation: "40:80",
  GetInstancesHealthStatus: "80:80",
  UpdateInstanceCustomHealthStatus: "240:240",
  CreateService: "5:50",
} as const satisfies Readonly<Record<string, string>>;
const OTHERS = "5:50";

function defaultOf(operation: string): string {
  const known: Readonly<Record<string, string>> = RATES;
  return known[operation] ?? OTHERS;
}

/** Calls of one operation under way at once. A token is given out only with such a slot, so that it is used at once. */
const MAX_CONCURRENT = 32;
/** How far throttling may slow an operation down. */
const SLOWEST = 1 / 32;
/** After that much quiet, in milliseconds, a rate that was halved has doubled again. */
const RECOVERY = 5_000;

export type Rates = {
  /**
   * Waits for the operation's turn; the call has to be made at once, and `end` called after it. Undefined, as soon as that can
   * be known, where the turn would come after `until` (milliseconds since the epoch). Turns go by `place`, the lowest first: a
   * call that was throttled comes again with its own, before all that wait.
   */
  readonly take: (operation: string, until: number, place: number) => Promise<Turn | undefined>;
  /**
   * Slows the operation down, for what waits already too, because a call sent at `sentAt` was throttled; what was under way
   * then says nothing of the new rate. Others share the account's quota; it comes back when AWS no longer complains.
   */
  readonly slowDown: (operation: string, sentAt: number) => void;
};

export type Turn = { readonly end: () => void };

export function createRates(overrides: Readonly<Record<string, string>>, now: () => number): Rates {
  const buckets = new Map<string, Bucket>();
  const bucketOf = (operation: string) => {
    const known = buckets.get(operation);
    if (known !== undefined) return known;
    const bucket = createBucket(overrides[operation] ?? defaultOf(operation), now);
    buckets.set(operation, bucket);
    return bucket;
  };
  return {
    take: (operation, until, place) => bucketOf(operation).take(until, place),
    slowDown: (operation, sentAt) => bucketOf(operation).slowDown(sentAt),
  };
}

type Bucket = {
  readonly take: (until: number, place: number) => Promise<Turn | undefined>;
  readonly slowDown: (sentAt: number) => void;
};

type Waiting = { readonly until: number; readonly place: number; readonly tell: (turn: Turn | undefined) => void };

/** A token bucket with a queue before it: each token goes to the first who waits. */
function createBucket(rate: string, now: () => number): Bucket {
  const [perSecond = 1, burst = 1] = rate.split(":").map(Number);
  const queue: Waiting[] = [];
  let timer: NodeJS.Timeout | undefined;
  let factor = 1;
  let tokens = burst;
  let at = now();
  /** Of the last call that was throttled: when it was sent, when that was known, and the turns that came since. */
  let throttled = { sentAt: -Infinity, knownAt: -Infinity };
  let turns = 0;
  let underWay = 0;

  const refill = () => {
    const elapsed = now() - at;
    at += elapsed;
    tokens = Math.min(burst, tokens + tokensWithin(elapsed, perSecond, factor));
    factor = Math.min(1, factor * 2 ** (elapsed / RECOVERY));
  };
  /** When the turn of the one with so many before it comes. */
  const turnOf = (before: number) => {
    const missing = before + 1 - tokens;
    return missing <= 0 ? at : at + timeFor(missing, perSecond, factor);
  };
  /** Gives out the tokens that are there, and wakes up for the next. */
  const serve = () => {
    clearTimeout(timer);
    refill();
    for (let first = queue[0]; first !== undefined; first = queue[0]) {
      const time = turnOf(0);
      const isLate = time > first.until;
      if (!isLate && underWay >= MAX_CONCURRENT) return;
      if (!isLate && time > at) {
        timer = setTimeout(serve, Math.ceil(time - at));
        return;
      }
      queue.shift();
      first.tell(isLate ? undefined : begin());
    }
  };
  const begin = (): Turn => {
    tokens -= 1;
    turns += 1;
    underWay += 1;
    return {
      end: () => {
        underWay -= 1;
        serve();
      },
    };
  };
  return {
    take: (until, place) => {
      refill();
      const next = queue.findLastIndex((other) => other.place < place) + 1;
      if (turnOf(next) > until) return Promise.resolve(undefined);
      return new Promise((tell) => {
        queue.splice(next, 0, { until, place, tell });
        serve();
      });
    },
    slowDown: (sentAt) => {
      if (sentAt <= throttled.knownAt) return;
      refill();
      factor = Math.max(SLOWEST, slowedFactor(sentAt - throttled.sentAt));
      tokens = Math.min(tokens, 0);
      throttled = { sentAt, knownAt: at };
      turns = 0;
      const late = queue.filter(({ until }, index) => turnOf(index) > until);
      for (const one of late) queue.splice(queue.indexOf(one), 1)[0]?.tell(undefined);
      serve();
    },
  };

  /**
   * Twice within a while the account's own bucket was empty: what it let through in between is its rate. Once says no more than
   * that it is empty now, e.g. because the two buckets began to fill at different times.
   */
  function slowedFactor(elapsed: number): number {
    if (elapsed > RECOVERY) return factor;
    const measured = ((turns - 1) * 1000) / elapsed / perSecond;
    return Math.min(factor, Math.max(factor / 2, measured));
  }
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
