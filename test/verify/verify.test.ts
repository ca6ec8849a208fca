import { setImmediate } from "node:timers/promises";
import { ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";
import { expect, onTestFinished, test } from "vitest";
import { cloudMapHandler } from "../emulators/cloudmap/handler.ts";
import type { CloudMapOptions } from "../emulators/cloudmap/options.ts";
import { seedInstance, seedNamespace, seedService } from "../emulators/cloudmap/seed.ts";
import { SWITCH_SETTINGS } from "../emulators/cloudmap/switches.ts";
import { createCloudMap } from "../emulators/cloudmap/world.ts";
import type { CloudMapWorld } from "../emulators/cloudmap/world.ts";
import { serve } from "../emulators/serve.ts";
import { cleanUp } from "./clean.ts";
import { QUESTIONS } from "./questions.ts";
import type { Account } from "./stage.ts";
import { verify } from "./verify.ts";

const OPTIONS = { suffix: "1", vpc: "vpc-1", say: () => {} };
const DELAYS = { operationDelayMs: 400, customHealthDelayMs: 30_000 };

test.each(SWITCH_SETTINGS)("finds out how the account behaves, whichever way: $name", async ({ switches }) => {
  const { account, world } = await openAccount({ ...DELAYS, switches });
  const { rows, settings } = await verify(account, OPTIONS);
  expect(rows.map(({ id }) => id)).toEqual(QUESTIONS.map(({ id }) => id));
  expect(rows.filter(({ seen }) => seen.startsWith("failed"))).toEqual([]);
  expect(settings.switches).toEqual(switches);
  expect(settings.operationDelayMs).toBeGreaterThanOrEqual(400);
  expect(settings.operationDelayMs).toBeLessThan(1_000);
  expect(settings.customHealthDelayMs).toBeGreaterThanOrEqual(30_000);
  expect(world.namespaces.size).toBe(0);
});

test("what it tells is what the emulator takes: set so, it behaves the same", async () => {
  const first = await openAccount({ ...DELAYS, rates: { RegisterInstance: { perSecond: 5, burst: 110 } } });
  const { settings } = await verify(first.account, OPTIONS);
  const { rates, ...others } = settings;
  expect(rates).toEqual({ RegisterInstance: { perSecond: expect.any(Number), burst: expect.any(Number) } });
  const again = await openAccount(others as Partial<CloudMapOptions>);
  expect((await verify(again.account, OPTIONS)).settings.switches).toEqual(settings.switches);
});

test("without a VPC what needs a DNS namespace is not asked, and the rest is", async () => {
  const { account, world } = await openAccount(DELAYS);
  const { rows } = await verify(account, { ...OPTIONS, vpc: undefined });
  const open = rows.filter(({ seen }) => seen.startsWith("not asked: it needs a DNS namespace"));
  expect(open.map(({ id }) => id)).toEqual(QUESTIONS.filter(({ where }) => where === "dns").map(({ id }) => id));
  expect(world.calls.map(({ operation }) => operation)).not.toContain("CreatePrivateDnsNamespace");
});

test("a question that fails is told, and the others are asked", async () => {
  const { account } = await openAccount({
    ...DELAYS,
    fault: ({ operation }) =>
      operation === "DiscoverInstances" ? { error: "InternalFailure", message: "no", status: 500 } : undefined,
  });
  const { rows } = await verify(account, OPTIONS);
  const failed = rows.filter(({ seen }) => seen.startsWith("failed"));
  expect(failed.map(({ id, consequence }) => [id, consequence])).toEqual([["default-health-filter", "open"]]);
});

test("interrupted at any step it removes what it made, and never what is another's", async () => {
  for (const [step] of QUESTIONS.entries()) {
    const { account, world, controller } = await openAccount(DELAYS);
    const theirs = seedOther(world);
    const say = (line: string) => {
      if (line === QUESTIONS[step]?.id) controller.abort();
    };
    await expect(verify(account, { ...OPTIONS, say })).rejects.toThrow("aborted");
    expect([...world.namespaces.keys()]).toEqual([theirs]);
  }
});

test("killed at any step it leaves what the next run finds and removes", async () => {
  for (const [step] of QUESTIONS.entries()) {
    const { account, world, kill } = await openAccount(DELAYS);
    const theirs = seedOther(world);
    const say = (line: string) => {
      if (line === QUESTIONS[step]?.id) kill(3);
    };
    await expect(verify(account, { ...OPTIONS, say })).rejects.toThrow(/terminated|socket|reset|hang up/i);
    expect(world.namespaces.size).toBeGreaterThan(1);
    kill(Infinity);
    expect(await cleanUp(account)).toHaveLength(2);
    expect([...world.namespaces.keys()]).toEqual([theirs]);
  }
});

/** An emulated account, on a clock that goes on only where somebody waits. */
async function openAccount(options: Partial<CloudMapOptions>) {
  let [at, left] = [Date.UTC(2026, 10, 24), Infinity];
  const world = createCloudMap({ now: () => at, ...options });
  const handle = cloudMapHandler(world);
  const server = await serve(async (request) => {
    at += 1;
    left -= 1;
    return left < 0 ? Response.error() : handle(request);
  });
  const client = new ServiceDiscoveryClient({
    endpoint: server.url,
    region: "us-west-2",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    disableHostPrefix: true,
    maxAttempts: 1,
  });
  onTestFinished(async () => {
    client.destroy();
    await server.close();
  });
  const controller = new AbortController();
  const account: Account = {
    client,
    single: client,
    budget: 150,
    now: () => at,
    sleep: async (milliseconds) => {
      at += milliseconds;
      await setImmediate();
    },
    signal: controller.signal,
  };
  const kill = (calls: number) => {
    left = calls;
  };
  return { world, account, controller, kill };
}

/** A namespace of somebody else, with an instance. */
function seedOther(world: CloudMapWorld): string {
  const namespace = seedNamespace(world, { name: "eks-cloudmap-sync.local" });
  seedInstance(world, seedService(world, namespace, { name: "verify-1" }), "10.0.0.1");
  return namespace.id;
}
