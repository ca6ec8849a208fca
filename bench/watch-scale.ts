import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { renderTable } from "./table.ts";
import { podObject } from "../test/emulators/kubernetes/workloads.ts";
import { openStage } from "../test/support/stage.ts";
import type { Stage } from "../test/support/stage.ts";
import { walkthrough } from "../test/support/walkthrough.ts";
import type { Memory } from "./follower.ts";
import { quantile } from "./quantile.ts";

type Shape = { readonly pods: number; readonly services: number; readonly namespaces: number };

const SHAPES: readonly Shape[] = [
  { pods: 1_000, services: 10, namespaces: 1 },
  { pods: 10_000, services: 200, namespaces: 1 },
  { pods: 10_000, services: 200, namespaces: 20 },
  { pods: 10_000, services: 200, namespaces: 200 },
];
/** How long pods come and go, in seconds; each second so many do one or the other. */
const SECONDS = 30;
const CHANGES = 10;
/** What the heap of Node is limited to where Lambda has 384 MB. */
export const HEAP = "--max-old-space-size=256";

type Measured = {
  readonly ready: readonly number[];
  readonly gone: readonly number[];
  readonly missed: number;
  readonly calls: number;
  readonly cpu: number;
  readonly peak: number;
};

/** How soon the watch sees to single pods among many, from the change in the API server to the call to Cloud Map. */
export async function measureWatchScale(): Promise<string> {
  const rows = [];
  for (const shape of SHAPES) rows.push(rowOf(shape, await measure(shape)));
  return [
    `${CHANGES} changes a second for ${SECONDS} s; seconds from the change to the call, Cloud Map with 5 ms a call`,
    renderTable(
      ["pods", "services", "in", "ready p50", "p99", "gone p50", "p99 ", "missed", "calls a change", "CPU", "peak MB"],
      [],
      rows,
    ),
  ].join("\n");
}

async function measure(shape: Shape): Promise<Measured> {
  const document = documentOf(shape);
  const stage = await openStage(document, (kubernetes) => {
    for (let index = 0; index < shape.pods; index++) kubernetes.put(podOf(index, shape));
  });
  try {
    const { options } = stage.cloudMap;
    options.quotas = { ...options.quotas, instancesPerNamespace: 2 * shape.pods };
    await stage.pass();
    options.latencyMs = 5;
    const follower = fork("bench/follower.ts", [stage.kubeconfig, document], {
      execArgv: [HEAP],
      env: { ...process.env, AWS_ENDPOINT_URL_SERVICEDISCOVERY: stage.cloudMapUrl },
    });
    const samples: Memory[] = [];
    follower.on("message", (memory: Memory) => samples.push(memory));
    await once(follower, "message");
    await watching(stage);
    try {
      return await churn(stage, shape, samples);
    } finally {
      follower.disconnect();
      await once(follower, "exit");
    }
  } finally {
    await stage.close();
  }
}

async function churn({ kubernetes, cloudMap }: Stage, shape: Shape, samples: readonly Memory[]): Promise<Measured> {
  const came = new Map<string, number>();
  const went = new Map<string, number>();
  cloudMap.calls.length = 0;
  const cpuBefore = samples.at(-1)?.cpu ?? 0;
  for (let change = 0; change < (SECONDS * CHANGES) / 2; change++) {
    // Far enough apart that they are of different services.
    const old = (change * 37) % shape.pods;
    const { metadata } = podOf(old, shape);
    went.set(addressOf(old), Date.now());
    kubernetes.remove({ kind: "Pod", namespace: metadata.namespace ?? "", name: metadata.name });
    await sleep(1_000 / CHANGES);
    const fresh = shape.pods + change;
    came.set(addressOf(fresh), Date.now());
    kubernetes.put(podOf(fresh, shape));
    await sleep(1_000 / CHANGES);
  }
  await sleep(5_000);
  const delays = (begun: ReadonlyMap<string, number>, operation: string) =>
    [...begun].flatMap(([id, at]) => {
      const call = cloudMap.calls.find((one) => one.operation === operation && one.input["InstanceId"] === id);
      return call === undefined ? [] : [(call.at - at) / 1_000];
    });
  const [ready, gone] = [delays(came, "RegisterInstance"), delays(went, "DeregisterInstance")];
  return {
    ready,
    gone,
    missed: came.size + went.size - ready.length - gone.length,
    calls: cloudMap.calls.length / (came.size + went.size),
    cpu: ((samples.at(-1)?.cpu ?? 0) - cpuBefore) / SECONDS,
    peak: Math.max(...samples.map(({ resident }) => resident)),
  };
}

async function watching({ kubernetes }: Stage): Promise<void> {
  while (!kubernetes.log.some(({ query }) => query["watch"] === "true")) await sleep(50);
}

function podOf(index: number, { services, namespaces }: Shape) {
  const service = index % services;
  return podObject({
    namespace: `shop-${service % namespaces}`,
    name: `pod-${index}`,
    ip: addressOf(index),
    labels: { app: `app-${service}`, "pod-template-hash": "5d4f8c7b9" },
  });
}

function addressOf(index: number): string {
  return `10.${Math.floor(index / 62_500)}.${Math.floor(index / 250) % 250}.${index % 250}`;
}

function documentOf({ services, namespaces }: Shape): string {
  const mappings = Array.from(
    { length: services },
    (_, index) =>
      `  - { service: app-${index}, pods: { namespace: shop-${index % namespaces}, selector: app=app-${index} } }`,
  );
  return `cluster: bench
owner: bench
namespaces: [${walkthrough.cloudMapNamespace.name}]
rates: { RegisterInstance: "5000:5000", CreateService: "5000:5000", ListInstances: "400:400" }
mappings:
${mappings.join("\n")}
`;
}

function rowOf({ pods, services, namespaces }: Shape, { ready, gone, missed, calls, cpu, peak }: Measured) {
  return {
    pods,
    services,
    in: namespaces,
    "ready p50": quantile(ready, 0.5).toFixed(2),
    p99: quantile(ready, 0.99).toFixed(2),
    "gone p50": quantile(gone, 0.5).toFixed(2),
    "p99 ": quantile(gone, 0.99).toFixed(2),
    missed,
    "calls a change": calls.toFixed(1),
    CPU: `${(cpu * 100).toFixed(0)} %`,
    "peak MB": peak.toFixed(0),
  };
}
