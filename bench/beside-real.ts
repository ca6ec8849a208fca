import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { openEndpoint, showCluster } from "../test/day/endpoint.ts";
import type { Endpoint } from "../test/day/endpoint.ts";
import { runSchedule, runWatch } from "../test/day/functions.ts";
import { followLiving } from "../test/day/witness.ts";
import { settle } from "../test/emulators/cloudmap/running.ts";
import { startApiProxy } from "../test/support/api-proxy.ts";
import type { ApiProxy } from "../test/support/api-proxy.ts";
import { missingParts, startControlPlane } from "../test/support/control-plane.ts";
import type { ControlPlane } from "../test/support/control-plane.ts";
import { openDeployment } from "../test/support/deployment.ts";
import type { Deployment } from "../test/support/deployment.ts";
import { CLOUD_MAP, countCalls, PACE, PODS, rowsOf, SERVICES } from "./beside.ts";
import type { Phase, Played } from "./beside.ts";

/** When the schedule starts in each pair of rounds, in milliseconds after pods begin to change. */
const STARTS = [3_000, 8_000];
const MINUTE = 60_000;
/** Pods are sent in steps of so many milliseconds. */
const STEP = 100;
/** How long pods are left alone before all are rolled, in milliseconds: longer than the schedule leaves them to the watch. */
const QUIET = 20_000;
const LIMIT = 240_000;
const NODE = "ip-192-168-34-59.us-west-2.compute.internal";

type Stage = {
  readonly endpoint: Endpoint;
  readonly api: ApiProxy;
  /** The addresses of all pods that neither terminate nor have ended. */
  readonly living: () => ReadonlySet<string>;
};

/** What `beside` measures, of the bundles as they are deployed, on a real control plane: by the watch alone and beside the schedule, in turns. */
export async function measureBesideReal(): Promise<string> {
  const missing = missingParts();
  if (missing !== undefined) return missing;
  const plane = await startControlPlane({ slow: true });
  try {
    await plane.kubectl(["apply", "-f", "-"], await readFile("infra/rbac.yaml", "utf8"));
    return [
      `${PODS} pods in ${SERVICES} services, ${PACE} a second, on a real control plane; 50 writes a second after 100, operations of 0.2 to 5 s`,
      ...(await playPairs(plane)),
    ].join("\n");
  } finally {
    await plane.stop();
  }
}

async function playPairs(plane: ControlPlane): Promise<readonly string[]> {
  const [endpoint, api] = [await openEndpoint(plane.server), await startApiProxy(plane.server)];
  const over = new AbortController();
  const living = followLiving(plane.kubeconfig, over.signal);
  try {
    const lines = [];
    for (const [pair, start] of STARTS.entries()) {
      const [alone, both] = await playPair({ endpoint, api, living }, pair, start);
      const named = (what: string) => `${what} (the schedule ${start / 1_000} s later)`;
      lines.push(
        ...rowsOf(named("they come"), alone.come, both.come),
        ...rowsOf(named("they are rolled"), alone.rolled, both.rolled),
      );
    }
    return lines;
  } finally {
    over.abort();
    await Promise.all([api.close(), endpoint.close()]);
  }
}

/** The second pair begins with the other one: what earlier rounds leave in the cluster is in nobody's favour. */
async function playPair(stage: Stage, pair: number, start: number): Promise<readonly [Played, Played]> {
  const play = (schedule: number | undefined) =>
    playRound(stage, `shop-${pair}-${schedule === undefined ? "alone" : "both"}`, schedule);
  if (pair % 2 === 0) return [await play(undefined), await play(start)];
  const both = await play(start);
  return [await play(undefined), both];
}

/** `schedule`: when it starts in each phase; undefined: there is none. */
async function playRound(stage: Stage, namespace: string, schedule: number | undefined): Promise<Played> {
  const { api } = stage;
  await api.send("POST", "/api/v1/namespaces", { metadata: { name: namespace } });
  const mappings = Array.from({ length: SERVICES }, (_, index) => ({
    service: `app-${index}`,
    pods: { namespace, selector: `app=app-${index}` },
  }));
  const deployment = await openDeployment({
    configuration: { namespaces: ["shop.local"], mappings },
    cloudMap: CLOUD_MAP,
  });
  showCluster(deployment, stage.endpoint);
  const others = stage.living();
  const watch = await runWatch(deployment);
  const phase = (change: (index: number) => Promise<unknown>) =>
    playPhase({ deployment, schedule, change, living: () => without(stage.living(), others) });
  try {
    // As any watch has done by the time that pods come.
    await sleep(5_000);
    const come = await phase((index) => bring(api, namespace, index));
    await sleep(QUIET);
    const rolled = await phase((index) =>
      Promise.all([
        api.send("DELETE", `/api/v1/namespaces/${namespace}/pods/pod-${index}`),
        bring(api, namespace, PODS + index),
      ]),
    );
    return { come, rolled };
  } finally {
    await watch.stop();
    await deployment.close();
  }
}

type PhaseOptions = {
  readonly deployment: Deployment;
  readonly schedule: number | undefined;
  /** Of the pod of that number. */
  readonly change: (index: number) => Promise<unknown>;
  /** The addresses of the round's pods. */
  readonly living: () => ReadonlySet<string>;
};

/** From the first change until Cloud Map is true to the last. */
async function playPhase({ deployment, schedule, change, living }: PhaseOptions): Promise<Phase> {
  const { cloudMap } = deployment;
  const old = living();
  cloudMap.calls.length = 0;
  const begun = Date.now();
  const scheduled = schedule === undefined ? undefined : startLater(deployment, schedule);
  const sent = [];
  for (let index = 0; index < PODS; index++) {
    const one = change(index);
    // What fails ends the round below, and not the process, which the control plane would outlive.
    one.catch(() => {});
    sent.push(one);
    const due = begun + (index / PACE) * 1_000;
    if (due > Date.now() + STEP) await sleep(STEP);
  }
  await Promise.all(sent);
  const since = async (isSo: () => boolean) => {
    while (!isSo()) {
      if (Date.now() > begun + LIMIT) throw new Error(`Cloud Map is not true after ${LIMIT / 1_000} s`);
      await sleep(50);
    }
    return (Date.now() - begun) / 1_000;
  };
  const cluster = await since(() => living().size === PODS && without(living(), old).size === PODS);
  const seconds = await since(() => isTrue(deployment, living()));
  const counts = countCalls(cloudMap);
  await (await scheduled)?.stop();
  return { seconds, cluster, ...counts };
}

async function startLater(deployment: Deployment, milliseconds: number) {
  await sleep(milliseconds);
  return runSchedule(deployment, MINUTE, true);
}

function isTrue({ cloudMap }: Deployment, living: ReadonlySet<string>): boolean {
  settle(cloudMap);
  const held = new Set([...cloudMap.services.values()].flatMap(({ instances }) => [...instances.keys()]));
  return held.size === living.size && without(held, living).size === 0;
}

function without(all: ReadonlySet<string>, some: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...all].filter((one) => !some.has(one)));
}

/** A pod that needs no scheduler: what is measured begins with it. */
function bring(api: ApiProxy, namespace: string, index: number): Promise<unknown> {
  return api.send("POST", `/api/v1/namespaces/${namespace}/pods`, {
    metadata: {
      name: `pod-${index}`,
      labels: { app: `app-${index % SERVICES}`, "pod-template-hash": index < PODS ? "one" : "two" },
    },
    spec: { nodeName: NODE, containers: [{ name: "app", image: "app:0" }] },
  });
}
