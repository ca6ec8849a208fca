import { expect, onTestFinished, test } from "vitest";
import { podObject } from "./emulators/kubernetes/workloads.ts";
import { openStage } from "./support/stage.ts";
import type { Stage } from "./support/stage.ts";
import { walkthrough } from "./support/walkthrough.ts";

test("1,000 pods in 10 services: nothing is written when nothing changed, and one pod costs one write each way", async () => {
  const stage = await openFarm(10, 100);
  stage.cloudMap.options.latencyMs = 20;
  const first = await stage.pass();
  expect(first.services.map(({ registered }) => registered)).toEqual(Array.from({ length: 10 }, () => 100));

  const quiet = await callsOf(stage);
  expect(quiet.filter(isWrite)).toEqual([]);
  expect(quiet.length).toBeLessThanOrEqual(12);

  stage.kubernetes.remove({ kind: "Pod", name: "web-3-7", namespace: "farm" });
  stage.kubernetes.put(podOf("web-3", "web-3-new", "10.9.9.9"));
  expect((await callsOf(stage)).filter(isWrite)).toEqual(["RegisterInstance", "DeregisterInstance"]);
}, 60_000);

test("a service with 250 instances converges, and the second pass writes nothing", async () => {
  const stage = await openFarm(1, 250);
  await stage.pass();
  expect((await callsOf(stage)).filter(isWrite)).toEqual([]);
  const [service] = (await stage.pass()).services;
  expect(service?.registered).toBe(250);
}, 60_000);

/** Services `web-0`, `web-1`, … with `size` pods each, mapped by the configuration. */
async function openFarm(services: number, size: number): Promise<Stage> {
  const names = Array.from({ length: services }, (_, index) => `web-${index}`);
  const document = {
    cluster: "farm",
    owner: "farm",
    namespaces: [walkthrough.cloudMapNamespace.name],
    rates: { RegisterInstance: "1000:1000" },
    mappings: names.map((service) => ({ service, pods: { namespace: "farm", selector: `app=${service}` } })),
  };
  const stage = await openStage(JSON.stringify(document), (kubernetes) => {
    names.forEach((name, at) => {
      for (let index = 0; index < size; index++)
        kubernetes.put(podOf(name, `${name}-${index}`, `10.${at}.${Math.floor(index / 250)}.${index % 250}`));
    });
  });
  onTestFinished(() => stage.close());
  return stage;
}

function podOf(app: string, name: string, ip: string) {
  return podObject({ name, namespace: "farm", ip, labels: { app } });
}

/** The calls that one pass makes. */
async function callsOf({ cloudMap, pass }: Stage): Promise<readonly string[]> {
  cloudMap.calls.length = 0;
  expect((await pass()).ok).toBe(true);
  return cloudMap.calls.map(({ operation }) => operation);
}

function isWrite(operation: string): boolean {
  return /^(Create|Register|Deregister|Update|Delete|Tag|Untag)/.test(operation);
}
