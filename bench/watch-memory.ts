import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { podObject } from "../test/emulators/kubernetes/workloads.ts";
import { openStage } from "../test/support/stage.ts";
import { walkthrough } from "../test/support/walkthrough.ts";
import type { Memory } from "./follower.ts";

const MINUTES = 15;
const PODS = 1_000;
/** Each second so many pods go and as many come. */
const CHURN = 5;
const DOCUMENT = `cluster: bench
owner: bench
namespaces: [${walkthrough.cloudMapNamespace.name}]
mappings: [{ service: web, pods: { namespace: shop, selector: app=web } }]
`;

/** What the watch holds while pods come and go: 1,000 of them, of which 100 are one service's. */
export async function measureWatchMemory(): Promise<string> {
  const stage = await openStage(DOCUMENT, (kubernetes) => {
    for (let index = 0; index < PODS; index++) kubernetes.put(pod(index));
  });
  const follower = fork("bench/follower.ts", [stage.kubeconfig, DOCUMENT], {
    execArgv: ["--expose-gc"],
    env: { ...process.env, AWS_ENDPOINT_URL_SERVICEDISCOVERY: stage.cloudMapUrl },
  });
  const samples: Memory[] = [];
  follower.on("message", (memory: Memory) => samples.push(memory));
  try {
    await once(follower, "message");
    for (let second = 0, next = PODS; second < MINUTES * 60; second++) {
      for (let count = 0; count < CHURN; count++, next++) {
        stage.kubernetes.remove({ kind: "Pod", namespace: "shop", name: `pod-${next - PODS}` });
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
  return [
    `${PODS} pods, ${CHURN} going and ${CHURN} coming each second for ${MINUTES} minutes; MB`,
    ...[1, 5, 10, MINUTES].map((minute) => lineOf(minute, samples)),
  ].join("\n");
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
  return `minute ${String(minute).padStart(2)}: resident ${most(({ resident }) => resident)}, retained ${most(({ retained }) => retained)}`;
}
