import { gzipSync } from "node:zlib";
import { setTimeout as sleep } from "node:timers/promises";
import { renderTable } from "./table.ts";
import { podObject } from "../test/emulators/kubernetes/workloads.ts";
import { openDeployment } from "../test/support/deployment.ts";
import type { Deployment } from "../test/support/deployment.ts";
import { pollOnce } from "../test/support/event-source.ts";
import type { Lambda } from "../test/support/lambda.ts";
import { quantile } from "./quantile.ts";

const ROUNDS = 30;
const CLOUD_MAP_MS = 20;
/** Pods of the service besides those that come. */
const PODS = 100;

type Steps = { readonly "audit-log": number; readonly queue: number; readonly read: number; readonly register: number };

/**
 * From the arrival of a pod's audit entry to the call of RegisterInstance: the bundles of audit-log and event-reconcile, each a
 * process of its own, and the queue between them. Cloud Map answers after 20 ms, the API server at once. What AWS adds is not
 * in it: the audit log's delivery, the queue's batching window (2 s) and cold starts, which the first round shows by itself.
 */
export async function measureAuditLog(): Promise<string> {
  const deployment = await openDeployment({
    configuration: {
      namespaces: ["shop.local"],
      sources: { virtualNodes: false },
      mappings: [{ service: "web", pods: { namespace: "shop" } }],
    },
    cloudMap: { latencyMs: CLOUD_MAP_MS },
  });
  try {
    return describe(await measureRounds(deployment));
  } finally {
    await deployment.close();
  }
}

async function measureRounds(deployment: Deployment): Promise<readonly Steps[]> {
  for (let n = 0; n < PODS; n++) putPod(deployment, `web-${n}`, `10.0.0.${n + 1}`);
  const schedule = await deployment.start("scheduled-reconcile");
  await schedule.invoke({ time: "2026-11-24T14:01:00Z" });
  const [auditLog, events] = await Promise.all([deployment.start("audit-log"), deployment.start("event-reconcile")]);
  const rounds: Steps[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push(await measure(deployment, auditLog, events, round));
    // As events come, not as fast as they can: ListServices is allowed once a second.
    await sleep(1_100);
  }
  return rounds;
}

/** The first round is told apart. */
function describe([cold, ...warm]: readonly Steps[]): string {
  const total = quantile(warm.map(sum), 0.5);
  const row = (step: string, valueOf: (steps: Steps) => number) => {
    const values = warm.map(valueOf);
    const median = quantile(values, 0.5);
    return {
      step,
      "p50 ms": median,
      "p99 ms": quantile(values, 0.99),
      share: `${Math.round((100 * median) / total)} %`,
    };
  };
  return [
    `${PODS} pods registered, Cloud Map answers after ${CLOUD_MAP_MS} ms, ${warm.length} rounds`,
    renderTable(
      ["step", "p50 ms", "p99 ms", "share"],
      ["step"],
      [
        row("audit-log: entry → scope on the queue", (steps) => steps["audit-log"]),
        row("queue: scope → event-reconcile", ({ queue }) => queue),
        row("event-reconcile: mappings, services", ({ read }) => read),
        row("event-reconcile: instances, pods, plan, call", ({ register }) => register),
        row("in all", sum),
      ],
    ),
    `First round, connections and configuration still to be read: ${cold === undefined ? "?" : sum(cold)} ms`,
  ].join("\n");
}

async function measure(deployment: Deployment, audit: Lambda, reconcile: Lambda, round: number): Promise<Steps> {
  const { sqs, queue, calls } = deployment;
  calls.length = 0;
  const name = `web-new-${round}`;
  putPod(deployment, name, `10.0.1.${round + 1}`);
  const arrived = Date.now();
  await audit.invoke(entryOf(name));
  const begun = Date.now();
  await pollOnce(sqs, queue, reconcile);
  const at = (operation: string) => calls.find((call) => call.operation === operation)?.at ?? Number.NaN;
  const sent = at("SendMessageBatch");
  const read = at("ListInstances");
  const registered = at("RegisterInstance");
  return { "audit-log": sent - arrived, queue: begun - sent, read: read - begun, register: registered - read };
}

function putPod({ kubernetes }: Deployment, name: string, ip: string): void {
  kubernetes.put(podObject({ namespace: "shop", name, ip }));
}

/** A delivery of the audit log in which the kubelet says that the pod is ready. */
function entryOf(name: string): object {
  const message = JSON.stringify({
    kind: "Event",
    apiVersion: "audit.k8s.io/v1",
    level: "Request",
    stage: "ResponseComplete",
    verb: "patch",
    objectRef: { resource: "pods", namespace: "shop", name, apiVersion: "v1", subresource: "status" },
    responseStatus: { code: 200 },
    requestObject: { status: { conditions: [{ type: "Ready", status: "True" }] } },
  });
  const payload = JSON.stringify({ messageType: "DATA_MESSAGE", logEvents: [{ id: "1", timestamp: 0, message }] });
  return { awslogs: { data: gzipSync(payload).toString("base64") } };
}

function sum(steps: Steps): number {
  return Object.values(steps).reduce((all, one) => all + one, 0);
}
