import { podObject } from "../emulators/kubernetes/workloads.ts";
import { openStage } from "./stage.ts";
import type { Stage } from "./stage.ts";
import { walkthrough } from "./walkthrough.ts";

const NAMESPACE = "farm";

/** Services `web-0`, `web-1`, … with `size` pods each, mapped by the configuration; `settings` are more of its keys. */
export async function openFarm(
  services: number,
  size: number,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<Stage> {
  const names = Array.from({ length: services }, (_, index) => `web-${index}`);
  const document = {
    cluster: NAMESPACE,
    owner: NAMESPACE,
    namespaces: [walkthrough.cloudMapNamespace.name],
    mappings: names.map((service) => ({ service, pods: { namespace: NAMESPACE, selector: `app=${service}` } })),
    ...settings,
  };
  return openStage(JSON.stringify(document), (kubernetes) => {
    names.forEach((name, at) => {
      for (let index = 0; index < size; index++)
        kubernetes.put(farmPod(name, `${name}-${index}`, `10.${at}.${Math.floor(index / 250)}.${index % 250}`));
    });
  });
}

/** A ready pod of the service `app`. */
export function farmPod(app: string, name: string, ip: string) {
  return podObject({ name, namespace: NAMESPACE, ip, labels: { app } });
}

/** Another pod, at another address, in the place of one. */
export function replaceFarmPod({ kubernetes }: Stage, app: string, old: string, name: string, ip: string): void {
  kubernetes.remove({ kind: "Pod", name: old, namespace: NAMESPACE });
  kubernetes.put(farmPod(app, name, ip));
}

export function isWrite(operation: string): boolean {
  return /^(Create|Register|Deregister|Update|Delete|Tag|Untag)/.test(operation);
}
