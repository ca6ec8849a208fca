import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { podName } from "../functions/core/model.ts";
import { connectKubeconfig } from "../functions/kubernetes/kubeconfig/connect.ts";
import { projectPod } from "../functions/kubernetes/pods.ts";
import { openStream } from "../functions/kubernetes/watch-stream.ts";
import { missingParts, startControlPlane } from "../test/support/control-plane.ts";
import type { ControlPlane } from "../test/support/control-plane.ts";
import { openCloudMapStage } from "../test/support/stage.ts";
import type { CloudMapStage } from "../test/support/stage.ts";
import { walkthrough } from "../test/support/walkthrough.ts";
import { quantile } from "./quantile.ts";

const PODS = 50;
const ROLLOUTS = 6;
const DOCUMENT = `cluster: bench
owner: bench
namespaces: [${walkthrough.cloudMapNamespace.name}]
mappings: [{ service: web, pods: { namespace: shop, selector: app=web } }]
`;

/** A Deployment of 50 pods rolls on a real control plane, followed by the watch in a process of its own. */
export async function measureWatch(): Promise<string> {
  const missing = missingParts();
  if (missing !== undefined) return missing;
  const plane = await startControlPlane({ slow: true });
  try {
    const fast = await roll(plane, { latencyMs: 0, operationDelayMs: 0 });
    const slow = await roll(plane, { latencyMs: 20, operationDelayMs: 1_000 });
    return [
      `${ROLLOUTS} rollouts of ${PODS} pods; seconds from what an independent watch saw to the call to Cloud Map`,
      row("Cloud Map with 0 ms", "", "p50", "p99", "most", "count"),
      ...rowsOf(fast),
      row("20 ms a call, 1 s an operation", "", "p50", "p99", "most", "count"),
      ...rowsOf(slow),
    ].join("\n");
  } finally {
    await plane.stop();
  }
}

type Delays = { readonly ready: readonly number[]; readonly gone: readonly number[] };

async function roll(
  plane: ControlPlane,
  behaviour: { readonly latencyMs: number; readonly operationDelayMs: number },
): Promise<Delays> {
  const kubectl: Kubectl = (...args) => plane.kubectl(["-n", "shop", ...args]);
  const stage = await openCloudMapStage(plane.kubeconfig, DOCUMENT);
  const observer = observe(plane.kubeconfig);
  const follower = fork("bench/follower.ts", [plane.kubeconfig, DOCUMENT], {
    env: { ...process.env, AWS_ENDPOINT_URL_SERVICEDISCOVERY: stage.cloudMapUrl },
  });
  try {
    await once(follower, "message");
    await plane.kubectl(["create", "namespace", "shop"]);
    await kubectl("create", "deployment", "web", "--image=web:0", `--replicas=${PODS}`);
    await settle(kubectl, observer.seen, stage);
    // The mappings are known, and the first connections made.
    stage.cloudMap.calls.length = 0;
    Object.assign(stage.cloudMap.options, behaviour);
    observer.seen.clear();
    for (let round = 1; round <= ROLLOUTS; round++) {
      await kubectl("set", "image", "deployment/web", `*=web:${round}`);
      await settle(kubectl, observer.seen, stage);
    }
    return delaysOf(observer.seen, stage);
  } finally {
    follower.disconnect();
    observer.stop();
    await Promise.all([once(follower, "exit"), plane.kubectl(["delete", "namespace", "shop", "--wait"])]);
    await stage.close();
  }
}

/** Until the rollout is over and Cloud Map holds exactly the pods that stay. */
async function settle(kubectl: Kubectl, seen: ReadonlyMap<string, Seen>, stage: CloudMapStage): Promise<void> {
  await kubectl("rollout", "status", "deployment/web", "--timeout=120s");
  for (;;) {
    const staying = [...seen].flatMap(([name, { goneAt }]) => (goneAt === undefined ? [name] : []));
    const held = await stage.discover("web").catch(() => []);
    const told = held.map(({ Attributes }) => `shop/${Attributes?.["k8s.io/pod"]}`);
    if (staying.length === PODS && told.toSorted().join() === staying.toSorted().join()) return;
    await sleep(50);
  }
}

type Kubectl = (...args: readonly string[]) => Promise<string>;

type Seen = { readonly ip: string; readonly readyAt: number; goneAt?: number };

/** When each pod turned ready, and when it was gone, by a watch of its own; milliseconds since the epoch. */
function observe(file: string): { readonly seen: Map<string, Seen>; readonly stop: () => void } {
  const seen = new Map<string, Seen>();
  const stopped = new AbortController();
  const note = (type: string, object: unknown) => {
    if (type === "BOOKMARK") return;
    const pod = projectPod(object);
    const [ip] = pod.ips;
    const known = seen.get(podName(pod.key));
    if (pod.state === "ready" && ip !== undefined && known === undefined)
      seen.set(podName(pod.key), { ip, readyAt: Date.now() });
    else if (pod.state === "gone" && known !== undefined) known.goneAt ??= Date.now();
  };
  const watch = async () => {
    while (!stopped.signal.aborted)
      await openStream(await connectKubeconfig({ file, variables: {} }), {
        path: "/api/v1/namespaces/shop/pods",
        query: {},
        onEvent: note,
        signal: stopped.signal,
      });
  };
  void watch();
  return { seen, stop: () => stopped.abort() };
}

/** A pod's registration names the pod; its removal only the address, at which it was the last. */
function delaysOf(seen: ReadonlyMap<string, Seen>, { cloudMap }: CloudMapStage): Delays {
  const ready: number[] = [];
  const gone: number[] = [];
  for (const [name, { ip, readyAt, goneAt }] of seen) {
    const registered = cloudMap.calls.find(
      ({ operation, input }) =>
        operation === "RegisterInstance" &&
        `shop/${(input["Attributes"] as Readonly<Record<string, string>>)["k8s.io/pod"]}` === name,
    );
    if (registered !== undefined) ready.push((registered.at - readyAt) / 1000);
    if (goneAt === undefined) continue;
    const removed = cloudMap.calls.find(
      ({ operation, input, at }) => operation === "DeregisterInstance" && input["InstanceId"] === ip && at >= readyAt,
    );
    if (removed !== undefined) gone.push((removed.at - goneAt) / 1000);
  }
  return { ready, gone };
}

function rowsOf({ ready, gone }: Delays): readonly string[] {
  return [rowOf("Ready to Register", ready), rowOf("deletion to Deregister", gone)];
}

function rowOf(event: string, values: readonly number[]): string {
  const quantiles = [0.5, 0.99, 1].map((part) => quantile(values, part).toFixed(2));
  return row("the watch", event, ...quantiles, String(values.length));
}

function row(what: string, event: string, ...values: readonly string[]): string {
  return `${what.padEnd(32)}${event.padEnd(24)}${values.map((value) => value.padStart(7)).join("")}`;
}
