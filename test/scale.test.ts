import { expect, onTestFinished, test } from "vitest";
import { isWrite, openFarm, replaceFarmPod } from "./support/farm.ts";
import type { Stage } from "./support/stage.ts";

const FAST = { rates: { RegisterInstance: "1000:1000" } };

test("1,000 pods in 10 services: nothing is written when nothing changed, and one pod costs one write each way", async () => {
  const stage = await openFarm(10, 100, FAST);
  onTestFinished(() => stage.close());
  stage.cloudMap.options.latencyMs = 20;
  const first = await stage.pass();
  expect(first.services.map(({ registered }) => registered)).toEqual(Array.from({ length: 10 }, () => 100));

  const quiet = await callsOf(stage);
  expect(quiet.filter(isWrite)).toEqual([]);
  expect(quiet.length).toBeLessThanOrEqual(12);

  replaceFarmPod(stage, "web-3", "web-3-7", "web-3-new", "10.9.9.9");
  expect((await callsOf(stage)).filter(isWrite)).toEqual(["RegisterInstance", "DeregisterInstance"]);
}, 60_000);

test("a service with 250 instances converges, and the second pass writes nothing", async () => {
  const stage = await openFarm(1, 250, FAST);
  onTestFinished(() => stage.close());
  await stage.pass();
  expect((await callsOf(stage)).filter(isWrite)).toEqual([]);
  const [service] = (await stage.pass()).services;
  expect(service?.registered).toBe(250);
}, 60_000);

/** The calls that one pass makes. */
async function callsOf({ cloudMap, pass }: Stage): Promise<readonly string[]> {
  cloudMap.calls.length = 0;
  expect((await pass()).ok).toBe(true);
  return cloudMap.calls.map(({ operation }) => operation);
}
