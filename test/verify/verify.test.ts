import { describe, expect, test } from "vitest";
import { openClient } from "../emulators/cloudmap/fixture.ts";
import { cloudMapHandler } from "../emulators/cloudmap/handler.ts";
import type { CloudMapOptions } from "../emulators/cloudmap/options.ts";
import { seedInstance, seedNamespace, seedService } from "../emulators/cloudmap/seed.ts";
import { SWITCH_SETTINGS } from "../emulators/cloudmap/switches.ts";
import { createCloudMap } from "../emulators/cloudmap/world.ts";
import type { CloudMapWorld } from "../emulators/cloudmap/world.ts";
import { createClock, openAccount } from "./account.ts";
import { cleanUp } from "./clean.ts";
import { QUESTIONS } from "./questions.ts";
import { verify } from "./verify.ts";

const OPTIONS = { suffix: "1", vpc: "vpc-1", say: () => {} };
const DELAYS = { operationDelayMs: 400, customHealthDelayMs: 30_000 };

test.each(SWITCH_SETTINGS)("finds out how the account behaves, whichever way: $name", async ({ switches }) => {
  const { account, world } = await openEmulated({ ...DELAYS, switches });
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
  const first = await openEmulated({ ...DELAYS, rates: { RegisterInstance: { perSecond: 5, burst: 110 } } });
  const { settings } = await verify(first.account, OPTIONS);
  const { rates, ...others } = settings;
  expect(rates).toEqual({ RegisterInstance: { perSecond: expect.any(Number), burst: expect.any(Number) } });
  const again = await openEmulated(others as Partial<CloudMapOptions>);
  expect((await verify(again.account, OPTIONS)).settings.switches).toEqual(settings.switches);
});

test("without a VPC what needs a DNS namespace is not asked, and the rest is", async () => {
  const { account, world } = await openEmulated(DELAYS);
  const { rows } = await verify(account, { ...OPTIONS, vpc: undefined });
  const open = rows.filter(({ seen }) => seen.startsWith("not asked: it needs a DNS namespace"));
  expect(open.map(({ id }) => id)).toEqual(QUESTIONS.filter(({ where }) => where === "dns").map(({ id }) => id));
  expect(world.calls.map(({ operation }) => operation)).not.toContain("CreatePrivateDnsNamespace");
});

test("whether missing rights to write show is tried with an identity that has none", async () => {
  const { account } = await openEmulated(DELAYS);
  const { client: less } = await openClient(() =>
    Promise.resolve(Response.json({ __type: "AccessDeniedException", message: "no" }, { status: 400 })),
  );
  const questions = QUESTIONS.filter(({ id }) => id === "write-rights");
  const ask = async (more: Partial<typeof account>) =>
    (await verify({ ...account, ...more }, { ...OPTIONS, questions })).rows[0];
  expect((await ask({}))?.consequence).toBe("open");
  expect((await ask({ less }))?.consequence).toBe("as assumed");
  expect(await ask({ less: account.client })).toMatchObject({
    seen: "with the rights: 0 of 4 denied, 0 instances left behind; without them: 4 of 4 not denied",
    consequence: expect.stringContaining("doctor"),
  });
});

test("a question that fails is told, and the others are asked", async () => {
  const { account } = await openEmulated({
    ...DELAYS,
    fault: ({ operation }) =>
      operation === "DiscoverInstances" ? { error: "InternalFailure", message: "no", status: 500 } : undefined,
  });
  const { rows } = await verify(account, OPTIONS);
  const failed = rows.filter(({ seen }) => seen.startsWith("failed"));
  expect(failed.map(({ id, consequence }) => [id, consequence])).toEqual([["default-health-filter", "open"]]);
});

describe.each(SWITCH_SETTINGS)("of an account that is $name", ({ switches }) => {
  test("interrupted at any step it removes what it made, and never what is another's", async () => {
    for (const question of QUESTIONS) {
      const { account, world, controller } = await openEmulated({ ...DELAYS, switches });
      const theirs = seedOther(world);
      const say = (line: string) => {
        if (line === question.id) controller.abort();
      };
      await expect(verify(account, { ...OPTIONS, questions: [question], say })).rejects.toThrow("aborted");
      expect([...world.namespaces.keys()]).toEqual([theirs]);
    }
  });

  test("killed at any step it leaves what the next run finds and removes", async () => {
    for (const question of QUESTIONS) {
      const { account, world, kill } = await openEmulated({ ...DELAYS, switches });
      const theirs = seedOther(world);
      const say = (line: string) => {
        if (line === question.id) kill(3);
      };
      const killed = verify(account, { ...OPTIONS, questions: [question], say });
      await expect(killed).rejects.toThrow(/terminated|socket|reset|hang up/i);
      expect(world.namespaces.size).toBeGreaterThan(1);
      kill(Infinity);
      expect(await cleanUp(account)).toHaveLength(2);
      expect([...world.namespaces.keys()]).toEqual([theirs]);
    }
  });
});

/** An emulated one. */
async function openEmulated(options: Partial<CloudMapOptions>) {
  const clock = createClock();
  const world = createCloudMap({ now: clock.now, ...options });
  return { world, ...(await openAccount(clock, cloudMapHandler(world))) };
}

/** A namespace of somebody else, with an instance. */
function seedOther(world: CloudMapWorld): string {
  const namespace = seedNamespace(world, { name: "eks-cloudmap-sync.local" });
  seedInstance(world, seedService(world, namespace, { name: "verify-1" }), "10.0.0.1");
  return namespace.id;
}
