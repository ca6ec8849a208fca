import { setImmediate } from "node:timers/promises";
import { openClient } from "../emulators/cloudmap/fixture.ts";
import type { Handler } from "../emulators/serve.ts";
import type { Account } from "./stage.ts";

/** Goes on only where somebody waits. */
export type Clock = { readonly now: () => number; readonly pass: (milliseconds: number) => void };

export function createClock(): Clock {
  let at = Date.UTC(2026, 10, 24);
  return {
    now: () => at,
    pass: (milliseconds) => {
      at += milliseconds;
    },
  };
}

/** An account behind `handle`, to verify. After `kill` so many calls more get an answer, as if whoever asks had been killed. */
export async function openAccount({ now, pass }: Clock, handle: Handler, budget = 150) {
  let left = Infinity;
  const { client } = await openClient(async (request) => {
    pass(1);
    left -= 1;
    return left < 0 ? Response.error() : handle(request);
  });
  const controller = new AbortController();
  const account: Account = {
    client,
    single: client,
    budget,
    now,
    sleep: async (milliseconds) => {
      pass(milliseconds);
      await setImmediate();
    },
    signal: controller.signal,
  };
  const kill = (calls: number) => {
    left = calls;
  };
  return { account, controller, kill };
}
