import { gzipSync } from "node:zlib";
import { setTimeout as sleep } from "node:timers/promises";
import { podObject } from "../test/emulators/kubernetes/workloads.ts";
import { openDeployment } from "../test/support/deployment.ts";
import type { Deployment } from "../test/support/deployment.ts";
import { pollOnce } from "../test/support/event-source.ts";
import type { Lambda } from "../test/support/lambda.ts";

/**
 * From the arrival of a pod's audit entry to the call of RegisterInstance: the bundles of audit-log and event-reconcile, each a
 * process of its own, and the queue between them. Cloud Map answers after 20 ms, the API server at once. What AWS adds is not
 * in it: the audit log's delivery, the queue's batching window (2 s) and cold starts, which the first round shows by itself.
 */
const ROUNDS = 30;
const CLOUD_MAP_MS = 20;
/** Pods of the service besides those that come. */
const PODS = 100;

type Steps = { readonly "audit-log": number; readonly queue: number; readonly read: number; readonly register: number };

const deployment = await openDeployment({
  configuration: {
    namespaces: ["shop.local"],
    sources: { virtualNodes: false },
    mappings: [{ service: "web", pods: { namespace: "shop" } }],
  },
  cloudMap: { latencyMs: CLOUD_MAP_MS },
});
for (let n = 0; n < PODS; n++) put(`web-${n}`, `10.0.0.${n + 1}`);
const schedule = await deployment.start("scheduled-reconcile");
await schedule.invoke({ time: "2026-11-24T14:01:00Z" });
const [auditLog, events] = await Promise.all([deployment.start("audit-log"), deployment.start("event-reconcile")]);

const rounds: Steps[] = [];
for (let round = 0; round < ROUNDS; round++) {
  rounds.push(await measure(deployment, auditLog, events, round));
  // As events come, not as fast as they can: ListServices is allowed once a second.
  await sleep(1_100);
}
const [cold, ...warm] = rounds;
console.log(`${PODS} pods registered, Cloud Map answers after ${CLOUD_MAP_MS} ms, ${warm.length} rounds; milliseconds`);
console.log("step                                          p50     p99   share");
const total = median(warm.map(sum));
for (const [step, text] of [
  ["audit-log", "audit-log: entry → scope on the queue"],
  ["queue", "queue: scope → event-reconcile"],
  ["read", "event-reconcile: mappings, services"],
  ["register", "event-reconcile: instances, pods, plan, call"],
] as const) {
  const values = warm.map((steps) => steps[step]);
  print(text, values, `${Math.round((100 * median(values)) / total)} %`);
}
print("in all", warm.map(sum), "");
console.log(`first round, connections and configuration still to be read: ${cold === undefined ? "?" : sum(cold)}`);
await deployment.close();

async function measure(
  { sqs, queue, calls }: Deployment,
  audit: Lambda,
  reconcile: Lambda,
  round: number,
): Promise<Steps> {
  calls.length = 0;
  const name = `web-new-${round}`;
  put(name, `10.0.1.${round + 1}`);
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

function put(name: string, ip: string): void {
  deployment.kubernetes.put(podObject({ namespace: "shop", name, ip }));
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

function print(text: string, values: readonly number[], share: string): void {
  const figures = [median(values), quantile(values, 0.99)].map((value) => String(value).padStart(7));
  console.log(`${text.padEnd(46)}${figures.join(" ")}  ${share.padStart(5)}`);
}

function sum(steps: Steps): number {
  return Object.values(steps).reduce((all, one) => all + one, 0);
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
