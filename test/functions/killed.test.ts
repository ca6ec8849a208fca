import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { seedInstance, seedService } from "../emulators/cloudmap/seed.ts";
import type { Deployment } from "../support/deployment.ts";
import type { Lambda } from "../support/lambda.ts";
import { openShop, putPod, registered, SWEEP } from "./shop.ts";

/** Where passes write down whose turn it is. */
const TURN = "/sync/turn";
/** More than a pass ever makes here. */
const MOST_CALLS = 60;
const FOREIGN = "web 10.9.9.9";
const FOREIGN_ATTRIBUTES = { AWS_INSTANCE_IPV4: "10.9.9.9", app: "somebody-elses" };
const WANTED = ["api 10.0.1.2", "web 10.0.0.2", "web 10.0.0.3", FOREIGN];
/** Pods that live before and after. */
const KEPT = ["web 10.0.0.2", FOREIGN];

test("killed after any of its Cloud Map calls, a pass leaves what the next one completes", async () => {
  const shop = await openShop();
  let lambda = await shop.start("scheduled-reconcile");
  let calls = 0;
  for (; calls < MOST_CALLS; calls++) {
    await setTheScene(shop, lambda);
    const wasKilled = await killAfter(shop, lambda, calls);
    expect(registered(shop)).toEqual(expect.arrayContaining(KEPT));
    if (!wasKilled) break;
    // The turn of one that was killed ends by itself after 75 s.
    shop.ssm.parameters.delete(TURN);
    lambda = await shop.start("scheduled-reconcile");
    expect((await lambda.invoke(SWEEP)).answer).toMatchObject({ ok: true });
    expect(registered(shop)).toEqual(WANTED);
    expect(foreignIn(shop)).toEqual([FOREIGN_ATTRIBUTES]);
  }
  expect(calls).toBeGreaterThan(8);
  expect(calls).toBeLessThan(MOST_CALLS);
}, 300_000);

/** A pass with everything to do: to create, register, repair and remove; an orphan; and somebody else's instance. */
async function setTheScene(shop: Deployment, lambda: Lambda): Promise<void> {
  const { kubernetes, cloudMap } = shop;
  for (const service of cloudMap.services.values()) service.instances.clear();
  putPod(shop, "web-1", "10.0.0.1");
  kubernetes.remove({ kind: "Pod", namespace: "shop", name: "web-3" });
  kubernetes.patch({ kind: "Pod", namespace: "backend", name: "api-1" }, podIp("10.0.1.1"));
  await lambda.invoke(SWEEP);
  const named = (name: string) => [...cloudMap.services.values()].find((service) => service.name === name);
  const [web, api] = [named("web"), named("api")];
  if (web === undefined || api === undefined) throw new Error("the services are not there");
  cloudMap.services.delete(api.id);
  seedInstance(cloudMap, web, "10.9.9.9", FOREIGN_ATTRIBUTES);
  const ours = web.instances.get("10.0.0.2")?.attributes ?? {};
  seedInstance(cloudMap, web, "10.0.0.2", { ...ours, app: "drifted" });
  const old = named("old") ?? seedService(cloudMap, shop.namespace, { name: "old" });
  seedInstance(cloudMap, old, "10.0.9.9", { ...ours, AWS_INSTANCE_IPV4: "10.0.9.9", "k8s.io/pod": "old-1" });
  kubernetes.remove({ kind: "Pod", namespace: "shop", name: "web-1" });
  putPod(shop, "web-3", "10.0.0.3");
  kubernetes.patch({ kind: "Pod", namespace: "backend", name: "api-1" }, podIp("10.0.1.2"));
}

function foreignIn({ cloudMap }: Deployment): readonly unknown[] {
  return [...cloudMap.services.values()].flatMap(({ instances }) => {
    const foreign = instances.get("10.9.9.9");
    return foreign === undefined ? [] : [foreign.attributes];
  });
}

function podIp(ip: string): Readonly<Record<string, unknown>> {
  return { status: { podIP: ip, podIPs: [{ ip }] } };
}

/** Kills the process while its call number `count` is answered; false: it made no more than that. */
async function killAfter({ cloudMap }: Deployment, lambda: Lambda, count: number): Promise<boolean> {
  cloudMap.calls.length = 0;
  const reached = Promise.withResolvers<"reached">();
  // The call takes effect; its answer, and everything after it, is never seen.
  cloudMap.options.fault = () => {
    if (cloudMap.calls.length <= count) return undefined;
    reached.resolve("reached");
    return "lose-answer";
  };
  const ended = lambda.invoke(SWEEP).then(() => "ended" as const);
  const first = await Promise.race([reached.promise, ended]);
  if (first === "reached") {
    await lambda.kill();
    await sleep(0);
  }
  cloudMap.options.fault = undefined;
  return first === "reached";
}
