import { expect, test } from "vitest";
import type { Fault } from "../emulators/kubernetes/faults.ts";
import { countWatches, expectSettled, open, WAIT } from "./watched.ts";

test.each(["list", "watch"])(
  "without the right to %s it is tried again, and the end is an error with that right",
  async (verb) => {
    const { world, run } = await open({ forbid: (asked) => asked.verb === verb });
    const stop = new AbortController();
    const running = run(stop.signal);
    await expect.poll(() => world.log.filter(({ status }) => status === 403).length, WAIT).toBeGreaterThan(1);
    stop.abort();
    await expect(running).rejects.toThrow(/may not be watched.*cannot.*`list` and `watch` on pods.*infra\/rbac\.yaml/);
  },
);

test.each<[string, Fault, RegExp]>([
  ["refuses", { kind: "status", status: 500, message: "no luck" }, /refused the watch of pods: 500 no luck/],
  ["breaks off", { kind: "break" }, /socket hang up/],
])("a watch that is %s when its time is up says so as a failure", async (_, fault, problem) => {
  const { world, run } = await open();
  world.options.fault = ({ query }) => (query["watch"] === "true" ? fault : undefined);
  const stop = new AbortController();
  const running = run(stop.signal);
  await expect.poll(() => countWatches(world), WAIT).toBeGreaterThan(1);
  stop.abort();
  await expect(running).rejects.toThrow(problem);
});

test("what stood in the way of a watch that goes on is no failure", async () => {
  const { world, run, changes } = await open();
  world.options.fault = ({ query, count }) =>
    query["watch"] === "true" && count < 4 ? { kind: "status", status: 403 } : undefined;
  const stop = new AbortController();
  const running = run(stop.signal);
  const isOpen = () => world.log.some(({ query, status }) => query["watch"] === "true" && status === 200);
  await expect.poll(isOpen, WAIT).toBe(true);
  await expectSettled(world, changes, []);
  stop.abort();
  await running;
});

test("a token that is refused is renewed", async () => {
  const { world, watch, renewed } = await open();
  world.options.fault = ({ query, count }) =>
    query["watch"] === "true" && count < 4 ? { kind: "status", status: 401 } : undefined;
  const { changes } = await watch(2);
  await expectSettled(world, changes, []);
  expect(renewed).toHaveBeenCalled();
});

test.each<[string, Fault]>([
  ["the watch cannot be connected", { kind: "hang" }],
  ["the watch is silent", { kind: "stall-body", afterBytes: 0 }],
])("ends when it is told to, also while %s", async (_, fault) => {
  const { world, run } = await open();
  world.options.fault = ({ query }) => (query["watch"] === "true" ? fault : undefined);
  const stop = new AbortController();
  const running = run(stop.signal);
  await expect.poll(() => countWatches(world), WAIT).toBe(1);
  stop.abort();
  await running;
});
