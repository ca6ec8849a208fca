import { expect, onTestFinished, vi } from "vitest";
import { podObject } from "../../emulators/kubernetes/workloads.ts";
import type { PodShape } from "../../emulators/kubernetes/workloads.ts";
import { startFollowing } from "../../support/following.ts";
import { openStage } from "../../support/stage.ts";
import { walkthrough } from "../../support/walkthrough.ts";

export const WAIT = { timeout: 20_000 };

const NAMESPACE = walkthrough.cloudMapNamespace.name;

/** Two services draw on `shop`, one on `bar`, none on `elsewhere`. */
export const DOCUMENT = `cluster: test
owner: me
namespaces: [${NAMESPACE}]
mappings:
  - { service: web, pods: { namespace: shop, selector: app=web } }
  - { service: api, pods: { namespace: shop, selector: app=api } }
  - { service: beer, pods: { namespace: bar } }
watch: { coalesceMs: 100 }
`;

/** Time passes as ever until the test ends, and besides as it says. */
export function takeOverTimers(): (milliseconds: number) => void {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"], shouldAdvanceTime: true });
  onTestFinished(() => void vi.useRealTimers());
  return (milliseconds) => void vi.advanceTimersByTime(milliseconds);
}

type Stage = Awaited<ReturnType<typeof openStage>>;

/** A cluster with one pod of `web` that is registered already, and what follows it. All of it ends with the test. */
export async function open(document = DOCUMENT) {
  const put = (shape: PodShape) =>
    stage.kubernetes.put(podObject({ namespace: "shop", labels: { app: "web" }, ...shape }));
  const stage = await openStage(document, (kubernetes) =>
    kubernetes.put(podObject({ namespace: "shop", labels: { app: "web" }, name: "web-1", ip: "10.0.0.1" })),
  );
  await stage.pass();
  stage.cloudMap.calls.length = 0;
  const started: ReturnType<typeof startFollowing>[] = [];
  onTestFinished(async () => {
    await Promise.allSettled(started.map(({ stop }) => stop()));
    await stage.close();
  });
  const begin = (options: Partial<Parameters<typeof startFollowing>[0]> = {}) => {
    const { kubeconfig, cloudMapUrl } = stage;
    const following = startFollowing({ document, kubeconfig, cloudMapUrl, ...options });
    started.push(following);
    return following;
  };
  return {
    stage,
    put,
    begin,
    /** Until the watch is open. */
    start: async (options: Partial<Parameters<typeof startFollowing>[0]> = {}) => {
      const following = begin(options);
      await expect.poll(() => countWatches(stage), WAIT).toBe(started.length);
      return following;
    },
  };
}

export function countWatches({ kubernetes }: Stage): number {
  return kubernetes.log.filter(({ query }) => query["watch"] === "true").length;
}

export function countRefused({ kubernetes }: Stage): number {
  return kubernetes.log.filter(({ status }) => status === 403).length;
}

export function ids({ cloudMap }: Stage, service: string): readonly string[] {
  const held = [...cloudMap.services.values()].find(({ name }) => name === service);
  return [...(held?.instances.keys() ?? [])].toSorted();
}

export function countCalls({ cloudMap }: Stage, wanted: string): number {
  return cloudMap.calls.filter(({ operation }) => operation === wanted).length;
}
