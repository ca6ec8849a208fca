import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { FUNCTIONS } from "../infra/functions.ts";
import { podObject } from "../test/emulators/kubernetes/workloads.ts";
import type { Deployment } from "../test/support/deployment.ts";
import type { Lambda } from "../test/support/lambda.ts";
import { renderChart } from "./chart.ts";
import { openScale, podOf } from "./scale-world.ts";
import type { World } from "./scale-world.ts";
import { renderTable } from "./table.ts";

const USUAL: World = { pods: 10_000, services: 100, namespaces: 10, registries: 1, claims: 0 };
type Series = { readonly of: string; readonly worlds: readonly (readonly [size: number, change: Partial<World>])[] };
const PODS: Series = {
  of: "pods",
  worlds: [100, 1_000, 10_000, 100_000].map((pods) => [pods, { pods, services: Math.max(10, pods / 500) }] as const),
};
const SERIES: readonly Series[] = [
  PODS,
  { of: "services", worlds: [10, 100, 1_000].map((services) => [services, { services }] as const) },
  { of: "Kubernetes namespaces", worlds: [1, 10, 100].map((namespaces) => [namespaces, { namespaces }] as const) },
  { of: "claims", worlds: [10, 100, 1_000, 10_000].map((claims) => [claims, { claims, services: 10 }] as const) },
];
const REGISTRIES: Series = {
  of: "Cloud Map namespaces",
  worlds: [1, 10, 50, 200].map((registries) => [registries, { registries, services: 200 }] as const),
};
const FOLLOWED: Series = { of: "pods, followed", worlds: PODS.worlds.slice(1) };
const PICTURE = new URL("scale.svg", import.meta.url).pathname;
/** The schedule's minute. */
const MINUTE = 60;
/** As Lambda has Node limit its heap, of what the function has. */
const HEAP = 0.75;
/** A first pass over many Cloud Map namespaces is several: each goes on where the one before stopped. */
const MOST_PASSES = 4;
/** So many pods come while the watch follows, and so many a second. */
const CHANGES = 50;
const RATE = 10;

type Name = "scheduled-reconcile" | "watch";
/** `later`: the seconds of the pass after it; `peak`: MB of the whole process. */
type Measured = {
  readonly seconds: number;
  readonly later: number | undefined;
  readonly cpu: number;
  readonly calls: number;
  readonly peak: number;
};
type Row = { readonly of: string; readonly size: number; readonly megabytes: number } & Measured;

/**
 * What a pass costs that has nothing to do, in a process that was just started, as the world grows, and what the watch holds; and
 * a picture of it. Cloud Map namespaces, which wait for ListServices and cost nothing meanwhile, are measured beside the rest.
 */
export async function measureScale(): Promise<string> {
  const [registries, rest] = await Promise.all([
    measureSeries(REGISTRIES, "scheduled-reconcile", timePasses),
    (async () => {
      const rows: Row[] = [];
      for (const series of SERIES) rows.push(...(await measureSeries(series, "scheduled-reconcile", timePasses)));
      rows.push(...(await measureSeries(FOLLOWED, "watch", timeWatch)));
      return rows;
    })(),
  ]);
  const rows = [...rest, ...registries];
  const lines = Map.groupBy(
    rows.filter(({ of }) => of !== FOLLOWED.of),
    ({ of }) => of,
  );
  const points = [...lines].map(([name, some]) => ({
    name,
    points: some.map(({ size, seconds }) => ({ x: size, y: seconds })),
  }));
  const limit = { y: MINUTE, name: "the schedule's minute" };
  await writeFile(PICTURE, renderChart({ x: "how many", y: "seconds a pass", lines: points, limit }));
  return [
    `The first pass of a process with nothing to do, and the next; where nothing else is said ${USUAL.pods} pods of ${USUAL.services} services in ${USUAL.namespaces} Kubernetes namespaces`,
    renderTable(["of", "how many", "seconds", "later", "CPU s", "calls", "peak MB", "of MB"], ["of"], rows.map(lineOf)),
    `The picture is ${PICTURE}`,
  ].join("\n");
}

type Time = (deployment: Deployment, lambda: Lambda, world: World) => Promise<Measured | "failed">;

async function measureSeries({ of, worlds }: Series, name: Name, time: Time): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const [size, change] of worlds) {
    const measured = await measure({ ...USUAL, ...change }, name, time);
    if (measured === undefined) continue;
    rows.push({ of, size, ...measured });
    console.error(JSON.stringify(rows.at(-1)));
  }
  return rows;
}

function lineOf({ of, size, seconds, later, cpu, calls, peak, megabytes }: Row) {
  return {
    of,
    "how many": size,
    seconds: seconds.toFixed(1),
    later: later?.toFixed(1) ?? "",
    "CPU s": cpu.toFixed(1),
    calls,
    "peak MB": peak.toFixed(0),
    "of MB": megabytes,
  };
}

/**
 * With the function's memory, or where that is too little, with twice or four times as much. Undefined: it failed, and why is on
 * standard error.
 */
async function measure(
  world: World,
  name: Name,
  time: Time,
): Promise<(Measured & { readonly megabytes: number }) | undefined> {
  const deployment = await openScale(world);
  const { megabytes: usual } = FUNCTIONS[name].memory;
  try {
    for (const megabytes of [usual, 2 * usual, 4 * usual]) {
      const heap = `--max-old-space-size=${Math.round(megabytes * HEAP)}`;
      const lambda = await deployment.start(name, { NODE_OPTIONS: heap });
      const timed = await Promise.race([time(deployment, lambda, world), end(lambda)]).catch((error: unknown) => {
        if (hasEnded(lambda)) return "ended" as const;
        throw error;
      });
      await lambda.kill();
      if (timed === "failed") return undefined;
      if (timed !== "ended" && timed.peak < megabytes) return { ...timed, megabytes };
    }
    console.error(`not measured: ${name} needs more than ${4 * usual} MB`);
    return undefined;
  } finally {
    await deployment.close();
  }
}

type Answer = { readonly ok?: boolean; readonly drift?: Readonly<Record<string, number>> };

/** The passes that it takes until everything has been seen, and the one after. */
async function timePasses(deployment: Deployment, lambda: Lambda): Promise<Measured | "failed"> {
  const remainingMs = FUNCTIONS["scheduled-reconcile"].timeout * 1000;
  let minute = 0;
  const pass = async () => {
    minute += 1;
    const begun = performance.now();
    const { answer, error } = await lambda.invoke({ time: `2026-11-24T14:0${minute}:00Z` }, { remainingMs });
    const { ok = false, drift = {} } = (answer ?? {}) as Answer;
    const isDone = ok && Object.values(drift).every((count) => count === 0);
    return { seconds: (performance.now() - begun) / 1000, isDone, said: answer ?? error };
  };
  const before = await usageOf(lambda);
  deployment.calls.length = 0;
  let seconds = 0;
  for (let made = await pass(); ; made = await pass()) {
    seconds += made.seconds;
    if (made.isDone) break;
    if (minute < MOST_PASSES) continue;
    console.error(`not measured: ${JSON.stringify(made.said).slice(0, 1_000)}`);
    return "failed";
  }
  const { cpu, peak } = await usageOf(lambda);
  const calls = deployment.calls.filter(({ service }) => service === "servicediscovery").length;
  const later = await pass();
  return { seconds, later: later.seconds, cpu: cpu - before.cpu, calls, peak };
}

/** Until it follows, and what it holds once it has seen to some pods more. */
async function timeWatch(deployment: Deployment, lambda: Lambda, world: World): Promise<Measured> {
  const { kubernetes, calls } = deployment;
  const before = await usageOf(lambda);
  calls.length = 0;
  const begun = performance.now();
  // No predecessor follows any more.
  const scheduled = new Date(Date.now() - 120_000).toISOString();
  void lambda.invoke({ time: scheduled }, { remainingMs: FUNCTIONS.watch.timeout * 1000 });
  while (!kubernetes.log.some(({ query }) => query["watch"] === "true")) await sleep(50);
  const seconds = (performance.now() - begun) / 1000;
  for (let change = 0; change < CHANGES; change++) {
    kubernetes.put(podObject(podOf(world.pods + change, world)));
    await sleep(1_000 / RATE);
  }
  while (calls.filter(({ operation }) => operation === "RegisterInstance").length < CHANGES) await sleep(50);
  const { cpu, peak } = await usageOf(lambda);
  return { seconds, later: undefined, cpu: cpu - before.cpu, calls: calls.length, peak };
}

/** Node ends a process whose heap is too small. */
async function end(lambda: Lambda): Promise<"ended"> {
  while (!hasEnded(lambda)) await sleep(500);
  return "ended";
}

function hasEnded({ pid }: Lambda): boolean {
  return !existsSync(`/proc/${pid}`);
}

/** Seconds of CPU so far, and the most memory that it has had, in MB; as Linux tells them. */
async function usageOf({ pid }: Lambda): Promise<{ readonly cpu: number; readonly peak: number }> {
  const [stat, status] = await Promise.all(
    [`/proc/${pid}/stat`, `/proc/${pid}/status`].map((file) => readFile(file, "utf8")),
  );
  const [user = "0", system = "0"] = (stat ?? "")
    .replace(/^.*\) /, "")
    .split(" ")
    .slice(11, 13);
  const [, kilobytes = "0"] = /VmHWM:\s+(\d+) kB/.exec(status ?? "") ?? [];
  return { cpu: (Number(user) + Number(system)) / 100, peak: Number(kilobytes) / 1024 };
}
