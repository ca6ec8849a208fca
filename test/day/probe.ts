import { request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiServer } from "../support/api-proxy.ts";

/**
 * How far behind the cluster's view of itself is: a pod's label is changed again and again, and it is seen how long its EndpointSlice
 * takes to say so. Times are milliseconds since the epoch.
 */
export type Probe = {
  /** The longest that a change took of those that ended since then, the one under way included, in milliseconds. */
  readonly lag: (since: number) => number;
  /** Whether a change that was begun after then has shown. */
  readonly hasShown: (since: number) => boolean;
  readonly stop: () => void;
};

/** What is changed, and the address that the Service shows while it is on. */
const POD = "/api/v1/namespaces/default/pods/probe";
export const PROBED = { service: "default/probe", ip: "10.9.9.9" };
/** Between two changes, until one is sent again, and how often it is looked for, in milliseconds. */
const PAUSE = 500;
const PATIENCE = 5_000;
const TICK = 20;

/** On no node, so that nothing that happens to nodes happens to it; `status` is what a kubelet would say of it. */
export function probeObjects(): { readonly objects: readonly object[]; readonly status: object } {
  const [namespace, name] = ["default", "probe"];
  return {
    objects: [
      {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace, labels: { probe: "off" } },
        spec: { schedulerName: "none", containers: [{ name: "app", image: "probe" }] },
      },
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name, namespace },
        spec: { clusterIP: "None", publishNotReadyAddresses: true, selector: { probe: "on" }, ports: [{ port: 80 }] },
      },
    ],
    status: { phase: "Running", podIP: PROBED.ip, podIPs: [{ ip: PROBED.ip }] },
  };
}

/** Goes on until it is stopped, whether or not the API server answers. `isShown`: whether the EndpointSlice has the address. */
export function openProbe(server: ApiServer, isShown: () => boolean): Probe {
  const stopped = new AbortController();
  const ended: { readonly begun: number; readonly at: number }[] = [];
  let begun: number | undefined;
  const change = async (probe: "on" | "off") => {
    begun = Date.now();
    while (!stopped.signal.aborted && !(await patch(server, { metadata: { labels: { probe } } }))) await sleep(TICK);
    while (!stopped.signal.aborted && isShown() !== (probe === "on")) await sleep(TICK);
    ended.push({ begun, at: Date.now() });
    begun = undefined;
  };
  const forever = async () => {
    while (!stopped.signal.aborted) {
      await change("on");
      await sleep(PAUSE);
      await change("off");
      await sleep(PAUSE);
    }
  };
  void forever();
  return {
    lag: (since) => {
      const times = ended.filter(({ at }) => at >= since).map((one) => one.at - one.begun);
      return Math.max(0, ...times, begun === undefined ? 0 : Date.now() - begun);
    },
    hasShown: (since) => ended.some((one) => one.begun > since),
    stop: () => stopped.abort(),
  };
}

/** Whether the API server took it. */
function patch({ url, token, ca }: ApiServer, body: object): Promise<boolean> {
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/merge-patch+json" };
    const signal = AbortSignal.timeout(PATIENCE);
    const asked = request(new URL(POD, url), { method: "PATCH", ca, headers, signal }, (answer) => {
      answer.resume();
      answer.on("error", () => resolve(false));
      answer.on("end", () => resolve(answer.statusCode === 200));
    });
    asked.on("error", () => resolve(false));
    asked.end(JSON.stringify(body));
  });
}
