import { setTimeout as sleep } from "node:timers/promises";
import { podObject } from "../test/emulators/kubernetes/workloads.ts";
import { openDeployment } from "../test/support/deployment.ts";
import type { Deployment } from "../test/support/deployment.ts";
import type { Invocation } from "../test/support/lambda.ts";
import { RATES } from "./first-sync.ts";
import { renderTable } from "./table.ts";

const PODS = 700;
const SERVICES = 7;
/** Changes a second, one half pods that come and one half pods that go, and for how many seconds. */
const PACES = [10, 100];
const SECONDS = 30;
/** The watch's function has so long that it ends some seconds later, in milliseconds. */
const REMAINING = SECONDS * 1_000 + 32_000;
const MINUTES_A_MONTH = 730 * 60;
/** What CloudWatch takes for a GB of log, in dollars. */
const A_GIGABYTE = 0.5;

/** What the watch's bundle writes in a minute of churn: lines and bytes of its log, metrics included. */
export async function measureWatchLog(): Promise<string> {
  const rows = [];
  for (const pace of PACES) rows.push(rowOf(pace, await churn(pace)));
  return [
    `${SECONDS} s of changes, by the minute, among ${PODS} pods of ${SERVICES} services, Cloud Map with 5 ms a call, 50 writes a second and operations of 1 s`,
    renderTable(
      [
        "changes a second",
        "passes",
        "lines",
        "changes told",
        "KB",
        "of which metrics",
        "bytes a change",
        "if it lasted a month",
      ],
      [],
      rows,
    ),
  ].join("\n");
}

async function churn(pace: number): Promise<Invocation> {
  const mappings = Array.from({ length: SERVICES }, (_, index) => ({
    service: `app-${index}`,
    pods: { namespace: "shop", selector: `app=app-${index}` },
  }));
  const deployment = await openDeployment({
    configuration: { namespaces: ["shop.local"], mappings },
    cloudMap: { latencyMs: 5, operationDelayMs: 1_000, rates: RATES },
  });
  try {
    for (let index = 0; index < PODS; index++) bring(deployment, index);
    await (await deployment.start("scheduled-reconcile")).invoke({ time: new Date().toISOString() });
    const watch = await deployment.start("watch");
    // As the second of two that overlap would be, once the first has ended.
    const time = new Date(Date.now() - 90_000).toISOString();
    const following = watch.invoke({ time }, { remainingMs: REMAINING });
    while (!deployment.kubernetes.log.some(({ query }) => query["watch"] === "true")) await sleep(50);
    const begun = Date.now();
    for (let change = 0; change < (pace * SECONDS) / 2; change++) {
      const due = begun + (change * 2_000) / pace;
      if (due > Date.now()) await sleep(due - Date.now());
      deployment.kubernetes.remove({ kind: "Pod", namespace: "shop", name: `app-${change}` });
      bring(deployment, PODS + change);
    }
    return await following;
  } finally {
    await deployment.close();
  }
}

function bring({ kubernetes }: Deployment, index: number): void {
  const ip = `10.0.${Math.floor(index / 250)}.${index % 250}`;
  const labels = { app: `app-${index % SERVICES}`, "pod-template-hash": "5d4f8c7b9" };
  kubernetes.put(podObject({ namespace: "shop", name: `app-${index}`, ip, labels }));
}

function rowOf(pace: number, { logs, output }: Invocation) {
  const lines = output.split("\n");
  const told = logs.reduce((sum, { changes }) => sum + (Array.isArray(changes) ? changes.length : 0), 0);
  const passes = logs.filter(({ message }) => message === "pass ended").length;
  const bytes = bytesOf(lines);
  const gigabytes = (bytes * (60 / SECONDS) * MINUTES_A_MONTH) / 1e9;
  const aMinute = (count: number) => ((count * 60) / SECONDS).toFixed(0);
  return {
    "changes a second": pace,
    passes: aMinute(passes),
    lines: aMinute(lines.length),
    "changes told": aMinute(told),
    KB: aMinute(bytes / 1e3),
    "of which metrics": aMinute(bytesOf(lines.filter((line) => line.includes('"_aws"'))) / 1e3),
    "bytes a change": (bytes / told).toFixed(0),
    "if it lasted a month": `${gigabytes.toFixed(1)} GB, ${(gigabytes * A_GIGABYTE).toFixed(2)} dollars`,
  };
}

function bytesOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
}
