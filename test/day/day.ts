import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { missingParts, startControlPlane } from "../support/control-plane.ts";
import { openDeployment } from "../support/deployment.ts";
import type { Deployment } from "../support/deployment.ts";
import { openEndpoint, showCluster } from "./endpoint.ts";
import type { Endpoint } from "./endpoint.ts";
import { runQueue, runSchedule, runWatch } from "./functions.ts";
import type { Running } from "./functions.ts";
import { openJudge } from "./judge.ts";
import type { Judge } from "./judge.ts";
import { manifest } from "./objects.ts";
import { probeObjects } from "./probe.ts";
import { openWitness } from "./witness.ts";

const run = promisify(execFile);
const RESTART = new URL("../support/kube/kube-restart", import.meta.url).pathname;

/** One of the two deployments that live through the day. */
export type Side = {
  /** `watch`: the watch, the schedule and the queue beside each other; `schedule`: the schedule alone. */
  readonly name: "watch" | "schedule";
  readonly deployment: Deployment;
  readonly endpoint: Endpoint;
  readonly judge: Judge;
  readonly functions: readonly Running[];
};

/** A control plane, whose programs may be ended, and two deployments that follow the same cluster. */
export type Day = {
  readonly sides: readonly Side[];
  /** The longest that the cluster's EndpointSlices were behind since then, milliseconds since the epoch; in milliseconds. */
  readonly lag: (since: number) => number;
  /** Waits until the EndpointSlices show what has been done until now. */
  readonly shown: () => Promise<void>;
  readonly kubectl: (...words: readonly string[]) => Promise<string>;
  readonly apply: (manifest: string) => Promise<void>;
  /** Sends a signal to a program of the control plane. */
  readonly signal: (program: Program, signal: NodeJS.Signals) => Promise<void>;
  /** Starts a program again, whether or not it runs. */
  readonly restart: (program: Program) => Promise<void>;
  readonly close: () => Promise<void>;
};

const PROGRAMS = ["etcd", "kube-apiserver", "kwok"] as const;
export type Program = (typeof PROGRAMS)[number];

/** The Services that are looked at, all annotated, but for the one that a VirtualNode stands for. */
export const SERVICES: ReadonlyMap<string, string> = new Map(
  ["web", "one", "many", "db", "task", "other/web", "node"].map((name) =>
    name.includes("/") ? [name.replace("/", "-"), name] : [name, `shop/${name}`],
  ),
);

/** As long as operations take, in milliseconds. */
const OPERATION = { least: 200, most: 5_000 };
const DOCUMENT = {
  namespaces: ["shop.local"],
  sources: { services: true, virtualNodes: "auto" },
  rates: { CreateService: "20:50", ListServices: "10:50" },
};

/**
 * Throws where the control plane's programs are not there. `every`: how often the schedule is woken, in milliseconds; `prepare`:
 * what is there before the functions are.
 */
export async function openDay(
  every: number,
  prepare: (plane: Pick<Day, "kubectl" | "apply">) => Promise<void>,
): Promise<Day> {
  const missing = missingParts();
  if (missing !== undefined) throw new Error(missing);
  const plane = await startControlPlane({ slow: true });
  const folder = dirname(plane.kubeconfig);
  const kubectl = (...words: readonly string[]) => plane.kubectl(words);
  const apply = async (manifest: string) => {
    await plane.kubectl(["apply", "-f", "-"], manifest);
  };
  await apply(await readFile("infra/rbac.yaml", "utf8"));
  await prepare({ kubectl, apply });
  const probed = probeObjects();
  await apply(manifest(...probed.objects));
  const patch = JSON.stringify({ status: probed.status });
  await kubectl("-n", "default", "patch", "pod", "probe", "--subresource=status", "--type=merge", "-p", patch);
  const witness = openWitness(plane);
  const sides = await Promise.all([openSide("watch"), openSide("schedule")]);
  const signal = async (program: Program, name: NodeJS.Signals) => {
    process.kill(Number(await readFile(join(folder, "run", `${program}.pid`), "utf8")), name);
  };
  return {
    sides,
    lag: witness.lag,
    shown: () => {
      const now = Date.now();
      return until(() => (witness.hasShown(now) ? [] : ["the EndpointSlices do not show what was done"]), PATIENCE);
    },
    kubectl,
    apply,
    signal,
    restart: async (program) => {
      await run(RESTART, [folder, program]);
    },
    close: async () => {
      for (const { judge, functions } of sides) {
        judge.stop();
        await Promise.all(functions.map(({ stop }) => stop()));
      }
      witness.stop();
      await Promise.all(sides.map(({ deployment }) => deployment.close()));
      await Promise.all(sides.map(({ endpoint }) => endpoint.close()));
      // One that stands still would not hear that it is to end.
      for (const program of PROGRAMS) await signal(program, "SIGCONT").catch(() => {});
      await plane.stop();
    },
  };

  async function openSide(name: Side["name"]): Promise<Side> {
    const [deployment, endpoint] = [
      await openDeployment({ configuration: DOCUMENT }),
      await openEndpoint(plane.server),
    ];
    showCluster(deployment, endpoint);
    // An account that lets a crowd roll with a surge has had this one raised.
    deployment.cloudMap.options.quotas = { ...deployment.cloudMap.options.quotas, instancesPerNamespace: 4_000 };
    deployment.cloudMap.options.operationDelayOf = ({ id }) =>
      OPERATION.least + partOf(id) * (OPERATION.most - OPERATION.least);
    const functions =
      name === "schedule"
        ? [await runSchedule(deployment, every)]
        : [await runWatch(deployment), await runSchedule(deployment, every, true), await runQueue(deployment)];
    const acts = { cloudMap: deployment.cloudMap, calls: deployment.calls, lists: endpoint.lists };
    return { name, deployment, endpoint, judge: openJudge(acts, witness, SERVICES), functions };
  }
}

/** Waits until it is so; says what is not where it takes longer, in milliseconds. */
export async function until(
  what: () => readonly string[] | Promise<readonly string[]>,
  patience: number,
): Promise<void> {
  const end = Date.now() + patience;
  for (;;) {
    const left = await what();
    if (left.length === 0) return;
    if (Date.now() > end)
      throw new Error(`after ${patience / 1_000} s: ${left.slice(0, 5).join(", ")} (${left.length} in all)`);
    await sleep(250);
  }
}

/** Waits until the cluster has done what it was asked for, and Cloud Map holds what the EndpointSlices show, on both sides. */
export async function settled({ sides, shown, kubectl }: Day): Promise<void> {
  await shown();
  await until(async () => unfinished(await kubectl("get", "deployments,statefulsets", "-A", "-o", "json")), PATIENCE);
  await shown();
  await until(
    () => sides.flatMap(({ name, judge }) => judge.differences().map((text) => `${name}: ${text}`)),
    PATIENCE,
  );
}

/** For how long anything may take, in milliseconds: a claim that is new takes the watch a minute, and an outage has its time. */
const PATIENCE = 180_000;

type Progress = {
  readonly metadata: { readonly name: string; readonly generation: number };
  readonly spec: { readonly replicas: number };
  readonly status: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly readyReplicas?: number;
  };
};

/** Of a list in JSON, what its controller is not done with. */
function unfinished(list: string): readonly string[] {
  const { items } = JSON.parse(list) as { readonly items: readonly Progress[] };
  return items
    .filter(({ metadata, spec: { replicas }, status }) => {
      const isSeen = status.observedGeneration === metadata.generation;
      return !isSeen || (status.replicas ?? 0) !== replicas || (status.readyReplicas ?? 0) !== replicas;
    })
    .map(({ metadata: { name }, spec, status }) => `${name} has ${status.readyReplicas ?? 0} of ${spec.replicas} pods`);
}

/** From 0 to 1, always the same for one text. */
function partOf(id: string): number {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + character.charCodeAt(0)) % 10_007;
  return hash / 10_007;
}
