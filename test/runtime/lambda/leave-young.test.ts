import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Change } from "../../../functions/core/change.ts";
import type { Registry } from "../../../functions/core/ports.ts";
import { leaveYoung } from "../../../functions/runtime/lambda/leave-young.ts";
import { deregister, register } from "../../cloudmap/changes.ts";
import { service } from "../../support/builders.ts";

const WEB = service();

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

test("what was just found is left to the watch, and made when it is still wanted 15 s later", async () => {
  const { write, made } = open();
  expect(await write(register("10.0.0.1"), deregister("10.0.0.2"))).toEqual({
    results: ["not-begun", "not-begun"],
    at: 15_000,
  });
  expect(made).toEqual([]);
  expect(await write(register("10.0.0.1"))).toEqual({ results: ["done"], at: 15_000 });
  expect(made).toEqual(["register 10.0.0.1"]);
});

test("what is found later waits for itself, and what is old enough does not wait for it", async () => {
  const { write, made } = open();
  await write(register("10.0.0.1"));
  const both = write(register("10.0.0.2"), register("10.0.0.1"));
  await vi.advanceTimersByTimeAsync(0);
  expect(made).toEqual(["register 10.0.0.1"]);
  expect(await both).toEqual({ results: ["not-begun", "done"], at: 30_000 });
});

test("a registration with other attributes is another one", async () => {
  const { write } = open();
  await write(register("10.0.0.1"));
  expect((await write(register("10.0.0.1", { attributes: { version: "2" } }))).results).toEqual(["not-begun"]);
});

test("it waits no longer than changes may begin", async () => {
  const { write } = open(4_000);
  expect(await write(register("10.0.0.1"))).toEqual({ results: ["not-begun"], at: 4_000 });
});

function open(begin = 60_000) {
  const made: string[] = [];
  const parts: Registry = {
    listNamespaces: never,
    listServicesIn: never,
    createService: never,
    deleteService: never,
    listInstances: never,
    apply: async (_service, changes) => {
      made.push(...changes.map(({ kind, id }) => `${kind} ${id}`));
      return changes.map((change) => ({ change, result: "done", at: Date.now() }));
    },
  };
  const registry = leaveYoung(parts, Date.now);
  return {
    made,
    /** What becomes of them, and when that is known. */
    write: async (...changes: readonly Change[]) => {
      const written = registry
        .apply(WEB, changes, { begin, patience: 0, end: begin })
        .then((outcomes) => ({ results: outcomes.map(({ result }) => result), at: Date.now() }));
      await vi.advanceTimersByTimeAsync(15_000);
      return written;
    },
  };
}

function never(): Promise<never> {
  return Promise.reject(new Error("not asked for here"));
}
