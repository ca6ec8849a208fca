import { expect, test } from "vitest";
import { createRates } from "../../functions/cloudmap/rates.ts";
import { addresses, FAR, register, resultsOf } from "./changes.ts";
import { openRegistry } from "./fixture.ts";

test("calls go out as fast as their burst allows, then at their rate", async () => {
  const { turnsWithin } = rates({ RegisterInstance: "10:3" });
  expect(await turnsWithin(0)).toBe(3);
  expect(await turnsWithin(200)).toBe(2);
});

test("throttling halves the rate, and quiet restores it", async () => {
  const { slowDown, pass, turnsWithin } = rates({ RegisterInstance: "10:1" });
  expect(await turnsWithin(0)).toBe(1);
  slowDown();
  expect(await turnsWithin(1_000)).toBeOneOf([5, 6]);
  pass(1_000);
  slowDown();
  // A quarter, and a little more: it recovers meanwhile.
  expect(await turnsWithin(2_000)).toBeOneOf([5, 6, 7]);
  pass(60_000);
  expect(await turnsWithin(0)).toBe(1);
  expect(await turnsWithin(1_000)).toBe(10);
});

test("calls that were under way when the rate was halved do not halve it again", async () => {
  const { slowDown, turnsWithin } = rates({ RegisterInstance: "10:1" });
  expect(await turnsWithin(0)).toBe(1);
  for (let call = 0; call < 32; call++) slowDown(-5);
  expect(await turnsWithin(1_000)).toBeOneOf([5, 6]);
});

test("operations have rates of their own", async () => {
  const { slowDown, take } = rates({ RegisterInstance: "10:1", DeregisterInstance: "10:1" });
  slowDown();
  expect(await take("RegisterInstance", 0)).toBe(false);
  expect(await take("DeregisterInstance", 0)).toBe(true);
});

test("an account whose quota is a fifth of the rate is written to all the same", async () => {
  const throttled: string[] = [];
  const { world, registry, service, callsOf } = await openRegistry({
    onCall: () => {},
    onThrottle: (operation) => throttled.push(operation),
    options: { rates: { RegisterInstance: { perSecond: 50, burst: 5 } } },
    rates: { RegisterInstance: "250:20" },
  });
  world.now = Date.now;
  expect(
    resultsOf(
      await registry.apply(
        service,
        addresses(25).map((id) => register(id)),
        FAR,
      ),
    ),
  ).toEqual(["done"]);
  expect(throttled.length).toBeGreaterThan(0);
  expect(callsOf("RegisterInstance")).toHaveLength(25 + throttled.length);
});

/** The rates on a clock that stands still until `pass`, in milliseconds from the beginning. */
function rates(overrides: Readonly<Record<string, string>>) {
  let at = 0;
  const { take, slowDown } = createRates(overrides, () => at);
  return {
    take,
    slowDown: (ago = 0) => slowDown("RegisterInstance", at + ago),
    pass: (ms: number) => {
      at += ms;
    },
    /** How many calls get their turn within `ms`, by the clock; it stands still meanwhile. */
    turnsWithin: async (ms: number) => {
      for (let turns = 0; ; turns++) {
        // A turn that comes is waited for in real time, which is no matter here; one that does not is known at once.
        const turn = take("RegisterInstance", at + ms);
        if (!(await Promise.race([turn, Promise.resolve(true)]))) return turns;
      }
    },
  };
}
