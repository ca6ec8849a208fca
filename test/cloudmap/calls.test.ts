import { createServiceDiscoveryClient } from "../../functions/cloudmap/client.ts";
import { createCalls, LateError } from "../../functions/cloudmap/calls.ts";
import { listPages } from "../../functions/cloudmap/pages.ts";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

/** On a clock that only the test moves: an account that answers after a while, and has its own idea of what it lets through. */

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

test("of many lists some are complete before others are begun", async () => {
  const calls = createCalls({
    client: createServiceDiscoveryClient({ region: "us-west-2", endpoint: undefined }),
    rates: { ListServices: "1:1" },
    onCall: () => {},
    onThrottle: () => {},
    now: Date.now,
  });
  const asked: string[] = [];
  const list = (name: string) =>
    listPages(
      calls,
      "ListServices",
      async (_client, { NextToken }) => {
        asked.push(`${name}${NextToken ?? 1}`);
        return NextToken === undefined ? { NextToken: "2" } : {};
      },
      () => [],
      Infinity,
    );
  const all = Promise.all(["a", "b", "c"].map(list));
  await vi.advanceTimersByTimeAsync(10_000);
  await all;
  expect(asked).toEqual(["a1", "a2", "b1", "b2", "c1", "c2"]);
});

describe("where the account lets through a fifth of what we expect", () => {
  const ACCOUNT = { perSecond: 10, burst: 10 };
  // 10 at once, 190 at 10 a second.
  const BOUND = 19_000;

  test("200 registrations take little longer than they must, and few are sent in vain", async () => {
    const { sent, elapsed } = await sendAll(200, ACCOUNT);
    expect(elapsed).toBeLessThan(1.2 * BOUND);
    expect(sent).toBeLessThan(1.3 * 200);
  });

  test("what is asked first is done first", async () => {
    const { done } = await sendAll(60, ACCOUNT);
    // Those under way at once may overtake each other.
    expect(done.every((name, at) => Math.abs(name - at) <= 32)).toBe(true);
  });

  test("a call that is throttled comes before all that wait", async () => {
    const { done } = await sendAll(200, { perSecond: 10, burst: 1 });
    expect(done.indexOf(31)).toBeLessThan(40);
  });

  test("what cannot have its turn in time is told so when that is known, not when the time is up", async () => {
    const account = openAccount(ACCOUNT);
    const late: number[] = [];
    const all = Array.from({ length: 200 }, (_, name) =>
      account.send(name, 5_000).catch((error: unknown) => {
        if (error instanceof LateError) late.push(Date.now());
      }),
    );
    await vi.advanceTimersByTimeAsync(1_000);
    expect(late.length).toBeGreaterThan(100);
    await vi.advanceTimersByTimeAsync(5_000);
    await Promise.all(all);
    expect(account.done.length).toBeGreaterThan(40);
  });
});

test.each([5, 20, 80])(
  "a first sync of 1,000 with %i ms an answer takes hardly longer than 50 a second after 100 at once",
  async (latency) => {
    const { sent, elapsed } = await sendAll(1_000, { perSecond: 50, burst: 100, latency });
    expect(elapsed).toBeLessThan(1.05 * 18_000);
    expect(sent).toBeLessThan(1.02 * 1_000);
  },
);

test("another process that takes half of the quota is made room for", async () => {
  const account = openAccount({ perSecond: 50, burst: 100 });
  const others = setInterval(() => account.take(), 40);
  const all = Array.from({ length: 700 }, (_, name) => account.send(name));
  // 25 a second are left, and what is left of the burst.
  await vi.advanceTimersByTimeAsync(1.2 * 25_000);
  clearInterval(others);
  await Promise.all(all);
  expect(account.sent()).toBeLessThan(1.3 * 700);
});

async function sendAll(count: number, account: Account) {
  const { send, sent, done } = openAccount(account);
  const all = Promise.all(Array.from({ length: count }, (_, name) => send(name))).then(() => Date.now());
  await vi.advanceTimersByTimeAsync(120_000);
  return { elapsed: await all, sent: sent(), done };
}

type Account = { readonly perSecond: number; readonly burst: number; readonly latency?: number };

/** `latency`: how long an answer takes, in milliseconds, a quarter more or less. */
function openAccount({ perSecond, burst, latency = 20 }: Account) {
  const { send } = createCalls({
    client: createServiceDiscoveryClient({ region: "us-west-2", endpoint: undefined }),
    rates: {},
    onCall: () => {},
    onThrottle: () => {},
    now: Date.now,
  });
  const done: number[] = [];
  let [tokens, at, sent] = [burst, 0, 0];
  const take = () => {
    tokens = Math.min(burst, tokens + ((Date.now() - at) * perSecond) / 1_000);
    at = Date.now();
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
  return {
    done,
    take,
    sent: () => sent,
    send: (name: number, until?: number) =>
      send(
        "RegisterInstance",
        async () => {
          sent += 1;
          // Each of them on its own way: a fixed pattern, so that every run is the same.
          const way = (latency / 2) * (0.75 + ((sent * 7) % 11) / 20);
          await new Promise((resolve) => setTimeout(resolve, way));
          const isAccepted = take();
          await new Promise((resolve) => setTimeout(resolve, way));
          if (!isAccepted) throw Object.assign(new Error("Rate exceeded"), { name: "ThrottlingException" });
          done.push(name);
        },
        until,
      ),
  };
}
