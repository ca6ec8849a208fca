import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createCalls, LateError } from "../../functions/cloudmap/calls.ts";
import { createServiceDiscoveryClient } from "../../functions/cloudmap/client.ts";

/** Which calls are made again, for how long, and what is said of those that are not answered. The clock moves as the test says. */

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

const error = (name: string, more: object = {}) => Object.assign(new Error("no"), { name }, more);
const status = (httpStatusCode: number) => ({ $metadata: { httpStatusCode } });

describe("a call is made again", () => {
  test.each<[string, Error]>([
    ["throttled", error("ThrottlingException")],
    ["throttled by another name", error("Throttling")],
    ["over the rate of requests", error("RequestLimitExceeded", status(400))],
    ["one of too many", error("TooManyRequestsException")],
    ["asked to slow down", error("SlowDown")],
    ["answered by 429", error("Whatever", status(429))],
  ])("where it is %s, and that is told", async (_, failure) => {
    const { send, throttled } = open();
    expect(await send(failing(2, failure))).toBe("done");
    expect(throttled).toEqual(["RegisterInstance", "RegisterInstance"]);
  });

  test.each<[string, Error]>([
    ["is broken off", error("Error", { code: "ECONNRESET" })],
    ["finds nobody", error("Error", { code: "ECONNREFUSED" })],
    ["takes too long", error("TimeoutError")],
    ["ends with a fault of AWS's own", error("InternalFailure", status(500))],
    ["finds AWS unavailable", error("ServiceUnavailable", status(503))],
  ])("where it %s, and nothing is slowed down", async (_, failure) => {
    const { send, throttled } = open();
    expect(await send(failing(2, failure))).toBe("done");
    expect(throttled).toEqual([]);
  });

  test.each<[string, unknown]>([
    ["what AWS refuses", error("InvalidInput", status(400))],
    ["what is missing", error("ServiceNotFound", status(404))],
    ["a code that is none of the network's", error("Error", { code: "EXPIRED-1" })],
    ["a code that is a number", error("Error", { code: 500 })],
    ["what is no error", "no"],
  ])("but not for %s", async (_, failure) => {
    const { send, tried } = open();
    await expect(send(failing(1, failure))).rejects.toBe(failure);
    expect(tried()).toBe(1);
  });

  test("for 20 s where the reason may pass", async () => {
    const { send } = open();
    await expect(send(failing(Infinity, error("TimeoutError")))).rejects.toThrow("no");
    expect(Date.now()).toBeGreaterThanOrEqual(20_000);
    expect(Date.now()).toBeLessThan(26_000);
  });

  test("for a minute where it is throttled and has no time of its own", async () => {
    const { send } = open();
    await expect(send(failing(Infinity, error("ThrottlingException")))).rejects.toThrow("no");
    expect(Date.now()).toBeGreaterThanOrEqual(60_000);
    expect(Date.now()).toBeLessThan(120_000);
  });
});

describe("a call that has its time", () => {
  test("is late once that is up, however long it is throttled, and was not sent for what AWS knows", async () => {
    const { send } = open();
    const late = send(failing(Infinity, error("ThrottlingException")), 200_000);
    await expect(late).rejects.toMatchObject({
      name: "LateError",
      wasSent: false,
      message: "RegisterInstance was not accepted before its time was up; the next pass goes on",
    });
  });

  test("and whose connection broke may have taken effect", async () => {
    const { send } = open();
    await expect(send(failing(Infinity, error("Error", { code: "ECONNRESET" })), 150)).rejects.toMatchObject({
      wasSent: true,
      message: "RegisterInstance was not answered before its time was up; the next pass goes on",
    });
  });

  test("is given up when its answer does not come, and leaves its turn to others", async () => {
    const { calls } = open({ RegisterInstance: "1000:1000" });
    const silent = Array.from({ length: 32 }, () =>
      calls.send("RegisterInstance", () => new Promise(() => {}), 500, 700),
    );
    const next = calls.send("RegisterInstance", async () => Date.now());
    const all = Promise.allSettled(silent);
    expect(await drive(next)).toBe(700);
    for (const one of await all) expect("reason" in one && one.reason).toBeInstanceOf(LateError);
  });
});

function open(rates: Readonly<Record<string, string>> = {}) {
  const throttled: string[] = [];
  let tried = 0;
  const calls = createCalls({
    client: createServiceDiscoveryClient({ region: "us-west-2", endpoint: undefined }),
    rates,
    onCall: () => (tried += 1),
    onThrottle: (operation) => throttled.push(operation),
    now: Date.now,
  });
  return {
    calls,
    throttled,
    tried: () => tried,
    send: (call: () => Promise<string>, until?: number) => drive(calls.send("RegisterInstance", call, until)),
  };
}

/** Lets the time pass until the work has ended. */
async function drive<T>(work: Promise<T>): Promise<T> {
  const end = vi.fn<() => void>();
  work.then(end, end);
  for (let tick = 0; end.mock.calls.length === 0 && tick < 10_000; tick += 1) await vi.advanceTimersByTimeAsync(100);
  return work;
}

/** Fails so many times. */
function failing(times: number, failure: unknown): () => Promise<string> {
  let left = times;
  return async () => {
    left -= 1;
    if (left >= 0) throw failure;
    return "done";
  };
}
