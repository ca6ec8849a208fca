import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { within } from "../../functions/cloudmap/time-limit.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

test("work that ends in its time gives its value, and leaves no timer behind", async () => {
  expect(await within(1_000, Promise.resolve("done"))).toEqual({ value: "done" });
  await expect(within(1_000, Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(vi.getTimerCount()).toBe(0);
});

test.each([
  [1_000, 1_000],
  [0, 0],
  [-5, 0],
])("work that does not within %i ms is given up after %i", async (limit, expected) => {
  const answer = within(limit, new Promise(() => {})).then(() => Date.now());
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await answer).toBe(expected);
});

test("what a timer cannot wait for is not waited for by one", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const answer = within(2 ** 31, promise);
  await vi.advanceTimersByTimeAsync(60_000);
  resolve("late");
  expect(await answer).toEqual({ value: "late" });
  void within(2 ** 31 - 1, promise);
  expect(vi.getTimerCount()).toBe(1);
});
