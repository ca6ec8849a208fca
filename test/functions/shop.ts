import { onTestFinished } from "vitest";
import { podObject } from "../emulators/kubernetes/workloads.ts";
import { openDeployment } from "../support/deployment.ts";
import type { Deployment } from "../support/deployment.ts";

/** Two services of two Kubernetes namespaces: `web` with two pods, `api` with one. */
export const SHOP = {
  namespaces: ["shop.local"],
  mappings: [
    { service: "web", pods: { namespace: "shop", selector: "app=web" }, port: 8080 },
    { service: "api", pods: { namespace: "backend" } },
  ],
};

export const SCHEDULED = { time: "2026-11-24T14:01:00Z" };
export const SWEEP = { time: "2026-11-24T14:10:00Z" };

type Options = Parameters<typeof openDeployment>[0];

/** A deployment with these pods, closed when the test ends. */
export async function openShop(options: Options = {}): Promise<Deployment> {
  const deployment = await openDeployment({ configuration: SHOP, ...options });
  onTestFinished(() => deployment.close());
  putPod(deployment, "web-1", "10.0.0.1");
  putPod(deployment, "web-2", "10.0.0.2");
  deployment.kubernetes.put(podObject({ namespace: "backend", name: "api-1", ip: "10.0.1.1" }));
  return deployment;
}

export function putPod({ kubernetes }: Deployment, name: string, ip: string, more: object = {}): void {
  kubernetes.put(podObject({ namespace: "shop", name, ip, labels: { app: "web" }, ...more }));
}

/** What Cloud Map holds: `service id`, sorted. */
export function registered({ cloudMap }: Deployment): readonly string[] {
  return [...cloudMap.services.values()]
    .flatMap(({ name, instances }) => [...instances.keys()].map((id) => `${name} ${id}`))
    .toSorted();
}

/** The AWS calls so far, as `service operation`. */
export function callsOf({ calls }: Deployment): readonly string[] {
  return calls.map(({ service, operation }) => `${service} ${operation}`);
}

/** Those that changed something in Cloud Map, or tried to. */
export function writesOf(deployment: Deployment): readonly string[] {
  return callsOf(deployment).filter((call) =>
    /^servicediscovery (Create|Register|Deregister|Update|Delete|Tag)/.test(call),
  );
}

export function requestsOf({ kubernetes }: Deployment): readonly string[] {
  return kubernetes.log.map(({ path }) => path);
}
