import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createRates } from "../../functions/cloudmap/rates.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

test("calls go out as fast as their burst allows, then at their rate", async () => {
  const { wait, turns } = rates({ RegisterInstance: "10:3" });
  wait(9);
  await vi.advanceTimersByTimeAsync(0);
  expect(turns()).toBe(3);
  await vi.advanceTimersByTimeAsync(200);
  expect(turns()).toBe(5);
});

test("twice throttled slows down what waits already, and quiet restores the rate", async () => {
  const { wait, turns, slowDown } = rates({ RegisterInstance: "10:1" });
  wait(60);
  await vi.advanceTimersByTimeAsync(100);
  expect(turns()).toBe(2);
  slowDown();
  await vi.advanceTimersByTimeAsync(100);
  expect(turns()).toBe(3);
  slowDown();
  // Half of it, and a little more: it recovers meanwhile.
  await vi.advanceTimersByTimeAsync(1_000);
  expect(turns()).toBe(8);
  await vi.advanceTimersByTimeAsync(5_000);
  const before = turns();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(turns() - before).toBe(10);
});

test("throttled once for the first time says that nothing is left, and nothing about the rate", async () => {
  const { wait, turns, slowDown } = rates({ RegisterInstance: "10:20" });
  wait(2);
  await vi.advanceTimersByTimeAsync(10);
  slowDown();
  wait(30);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(turns()).toBe(12);
});

test("calls that were under way when the rate was halved do not halve it again", async () => {
  const { wait, turns, slowDown } = rates({ RegisterInstance: "10:1" });
  wait(60);
  await vi.advanceTimersByTimeAsync(100);
  slowDown();
  await vi.advanceTimersByTimeAsync(100);
  slowDown();
  for (let call = 0; call < 32; call++) slowDown(5);
  const before = turns();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(turns() - before).toBe(5);
});

test("operations have rates of their own", async () => {
  const { take, slowDown } = rates({ RegisterInstance: "10:1", DeregisterInstance: "10:1" });
  slowDown();
  expect(await take("RegisterInstance", 0, 0)).toBeUndefined();
  expect(await take("DeregisterInstance", 0, 1)).toBeDefined();
});

test("a call that comes again with its place comes before those that wait", async () => {
  const { take } = rates({ RegisterInstance: "10:1" });
  const order: number[] = [];
  for (const place of [5, 6, 7, 2]) void take("RegisterInstance", Infinity, place).then(() => order.push(place));
  await vi.advanceTimersByTimeAsync(300);
  expect(order).toEqual([5, 2, 6, 7]);
});

test("no more than 32 calls of an operation are under way, and the end of one begins the next", async () => {
  const { take } = rates({ ListInstances: "1000:1000" });
  const turns = Array.from({ length: 40 }, (_, place) => take("ListInstances", Infinity, place));
  const begun = new Set<number>();
  for (const [index, turn] of turns.entries()) void turn.then(() => begun.add(index));
  await vi.advanceTimersByTimeAsync(100);
  expect(begun.size).toBe(32);
  (await turns[0])?.end();
  await vi.advanceTimersByTimeAsync(0);
  expect(begun.size).toBe(33);
});

function rates(overrides: Readonly<Record<string, string>>) {
  const { take, slowDown } = createRates(overrides, Date.now);
  let [place, turns] = [0, 0];
  return {
    take,
    slowDown: (ago = 0) => slowDown("RegisterInstance", Date.now() - ago),
    turns: () => turns,
    /** So many calls wait for their turn; each ends at once. */
    wait: (count: number) => {
      for (let call = 0; call < count; call++) {
        void take("RegisterInstance", Infinity, place++).then((turn) => {
          turns += 1;
          turn?.end();
        });
      }
    },
  };
}
