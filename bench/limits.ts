import { setTimeout as sleep } from "node:timers/promises";
import { openFarm } from "../test/support/farm.ts";
import { timeApply } from "./command.ts";

type Case = {
  readonly services: number;
  readonly size: number;
  /** What the account lets through: a burst, then so many registrations a second. We expect 50 after 100. */
  readonly quota: { readonly perSecond: number; readonly burst: number };
};

const EXPECTED = { perSecond: 50, burst: 100 };
const LATENCY_MS = 5;

const CASES: readonly Case[] = [
  { services: 10, size: 100, quota: EXPECTED },
  /** A fifth of what is expected. */
  { services: 2, size: 100, quota: { perSecond: 10, burst: 10 } },
];

const LARGE: Case = { services: 200, size: 50, quota: EXPECTED };

/** First syncs at an account's limits: nothing can be faster than the tokens come. */
export async function measureLimits(): Promise<string> {
  const lines = [];
  for (const one of CASES) lines.push(await measure(one));
  return [...lines, await measureOverlap()].join("\n");
}

/** Two passes over the same 1,000 pods, the second 6 s after the first: what both of them send, and how long the first takes. */
async function measureOverlap(): Promise<string> {
  const stage = await openFarm(10, 100);
  try {
    const rates = { RegisterInstance: EXPECTED, DeregisterInstance: EXPECTED };
    Object.assign(stage.cloudMap.options, { latencyMs: LATENCY_MS, rates });
    const first = timeApply(stage);
    await sleep(6_000);
    const [{ seconds }] = await Promise.all([first, timeApply(stage)]);
    const sent = stage.cloudMap.calls.filter(({ operation }) => operation === "RegisterInstance").length;
    return `first sync of 1000 pods by two passes, 6 s apart: the first took ${seconds.toFixed(2)} s; ${sent} RegisterInstance in all, ${(sent / 1000).toFixed(2)} × one pass's`;
  } finally {
    await stage.close();
  }
}

/** The same for 10,000 pods; takes four minutes. */
export function measureLargeSync(): Promise<string> {
  return measure(LARGE);
}

async function measure({ services, size, quota }: Case): Promise<string> {
  const stage = await openFarm(services, size);
  try {
    const rates = { RegisterInstance: quota, DeregisterInstance: quota };
    const quotas = { ...stage.cloudMap.options.quotas, instancesPerNamespace: 2 * services * size };
    Object.assign(stage.cloudMap.options, { latencyMs: LATENCY_MS, rates, quotas });
    const { seconds, calls, throttled } = await timeApply(stage);
    const pods = services * size;
    const bound = (pods - quota.burst) / quota.perSecond;
    const registrations = calls.filter((operation) => operation === "RegisterInstance").length;
    return [
      `first sync of ${pods} pods in ${services} services, ${quota.perSecond} registrations a second after a burst of ${quota.burst}, ${LATENCY_MS} ms a call`,
      `  ${seconds.toFixed(2)} s, ${(seconds / bound).toFixed(2)} × the bound of ${bound.toFixed(1)} s; ${calls.length} calls, ${registrations} of them RegisterInstance (${(registrations / pods).toFixed(2)} ×), ${throttled} throttled`,
    ].join("\n");
  } finally {
    await stage.close();
  }
}
