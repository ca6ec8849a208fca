import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { podObject } from "../test/emulators/kubernetes/workloads.ts";
import { openStage } from "../test/support/stage.ts";
import { walkthrough } from "../test/support/walkthrough.ts";
import type { Memory } from "./follower.ts";
import { HEAP } from "./watch-scale.ts";

const MINUTES = 2;
const SIZES = [1_000, 10_000];
/** Each second so many pods go and as many come: in all more than the smaller cluster has. */
const CHURN = 20;
const DOCUMENT = `cluster: bench
owner: bench
namespaces: [${walkthrough.cloudMapNamespace.name}]
mappings: [{ service: web, pods: { namespace: shop, selector: app=web } }]
`;

/** What the watch holds while pods come and go, of which one in ten is a service's: with the heap that its Lambda has. */
export async function measureWatchMemory(): Promise<string> {
  const lines = [];
  for (const pods of SIZES) lines.push(...(await measure(pods)));
  return [`${CHURN} pods going and ${CHURN} coming each second for ${MINUTES} minutes; MB`, ...lines].join("\n");
}

async function measure(pods: number): Promise<readonly string[]> {
  const stage = await openStage(DOCUMENT, (kubernetes) => {
    for (let index = 0; index < pods; index++) kubernetes.put(pod(index));
  });
  const follower = fork("bench/follower.ts", [stage.kubeconfig, DOCUMENT], {
    execArgv: ["--expose-gc", HEAP],
    env: { ...process.env, AWS_ENDPOINT_URL_SERVICEDISCOVERY: stage.cloudMapUrl },
  });
  const samples: Memory[] = [];
  follower.on("message", (memory: Memory) => samples.push(memory));
  try {
    await once(follower, "message");
    for (let second = 0, next = pods; second < MINUTES * 60; second++) {
      for (let count = 0; count < CHURN; count++, next++) {
        stage.kubernetes.remove({ kind: "Pod", namespace: "shop", name: `pod-${next - pods}` });
        stage.kubernetes.put(pod(next));
      }
      stage.cloudMap.calls.length = 0;
      stage.kubernetes.log.length = 0;
      await sleep(1_000);
    }
  } finally {
    follower.disconnect();
    await once(follower, "exit");
    await stage.close();
  }
  return Array.from({ length: MINUTES }, (_, index) => `${pods} pods, ${lineOf(index + 1, samples)}`);
}

function pod(index: number) {
  const ip = `10.0.${Math.floor(index / 250) % 250}.${index % 250}`;
  const app = index % 10 === 0 ? "web" : "other";
  return podObject({ namespace: "shop", name: `pod-${index}`, ip, labels: { app } });
}

function lineOf(minute: number, samples: readonly Memory[]): string {
  const perMinute = samples.length / MINUTES;
  const meant = samples.slice(Math.floor((minute - 1) * perMinute), Math.floor(minute * perMinute));
  const most = (of: (memory: Memory) => number) => Math.max(...meant.map(of)).toFixed(0);
  return `minute ${minute}: resident ${most(({ resident }) => resident)}, retained ${most(({ retained }) => retained)}`;
}
