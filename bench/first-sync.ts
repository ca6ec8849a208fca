import { podObject } from "../test/emulators/kubernetes/workloads.ts";
import { playVirtually } from "./virtual.ts";
import type { VirtualTime } from "../test/simulator/clock.ts";

const SERVICES = 200;
const SIZE = 50;
const NAMESPACES = 20;
/** What real clients learnt that an account lets through. */
export const RATES = {
  RegisterInstance: { perSecond: 50, burst: 100 },
  DeregisterInstance: { perSecond: 50, burst: 100 },
  ListInstances: { perSecond: 40, burst: 400 },
  ListServices: { perSecond: 1, burst: 8 },
  GetOperation: { perSecond: 40, burst: 80 },
  CreateService: { perSecond: 5, burst: 50 },
};
const CLOUD_MAP = {
  latencyMs: 5,
  operationDelayMs: 1_000,
  rates: RATES,
  quotas: { instancesPerService: 1_000, instancesPerNamespace: 50_000, namespaces: 50, customAttributes: 30 },
};
/** Beside watch and events a pod more comes so often, and an event about a Kubernetes namespace, in milliseconds. */
const CHANGE_MS = 1_000;
const MORE = 180;
const EVENT_MS = 15_000;
const MINUTE = 60_000;
const LIMIT = 1_200_000;

/** A first sync by what the schedule starts each minute, alone and beside the watch and events. */
export async function measureFirstSync(): Promise<string> {
  const lines = [];
  for (const isBusy of [false, true]) lines.push(...(await measure(isBusy)));
  return [
    `first sync of ${SERVICES * SIZE} pods in ${SERVICES} services, Cloud Map with 5 ms a call and operations of 1 s, under a virtual clock`,
    ...lines,
  ].join("\n");
}

function measure(isBusy: boolean): Promise<readonly string[]> {
  const mappings = Array.from({ length: SERVICES }, (_, index) => ({
    namespace: "shop.local",
    service: `app-${index}`,
    pods: { namespace: `team-${index % NAMESPACES}`, selector: `app=app-${index}` },
  }));
  const document = { namespaces: ["shop.local"], mappings };
  return playVirtually({ document, cloudMap: CLOUD_MAP, isWatched: isBusy }, LIMIT, async (stack) => {
    const { time, kubernetes, cloudMap } = stack;
    let pods = 0;
    const come = () => kubernetes.put(podOf(pods++));
    for (let index = 0; index < SERVICES * SIZE; index++) come();
    const begun = time.now();
    let made = 0;
    let starts = 0;
    every(time, MINUTE, async () => {
      starts += 1;
      if (await stack.schedule()) made += 1;
    });
    if (isBusy) {
      stack.watch();
      let events = 0;
      every(time, CHANGE_MS, async () => void (pods < SERVICES * SIZE + MORE && come()));
      every(time, EVENT_MS, () => stack.event({ kind: "namespace", namespace: `team-${events++ % NAMESPACES}` }));
    }
    while (stack.registered() < pods) await time.pause(100);
    const seconds = (time.now() - begun) / 1000;
    const { perSecond, burst } = RATES.RegisterInstance;
    const bound = (pods - burst) / perSecond;
    const sent = cloudMap.calls.filter(({ operation }) => operation === "RegisterInstance").length;
    const throttled = cloudMap.calls.filter(({ error }) => error === "ThrottlingException").length;
    return [
      isBusy
        ? `beside the watch, with a pod more each second, and events, one in ${EVENT_MS / 1000} s: ${pods} pods`
        : `the schedule alone: ${pods} pods`,
      `  ${seconds.toFixed(1)} s, ${(seconds / bound).toFixed(2)} × the bound of ${bound.toFixed(1)} s; ${sent} RegisterInstance, ${(sent / pods).toFixed(2)} × one a pod; ${cloudMap.calls.length} calls, ${throttled} throttled`,
      `  ${starts} starts of the schedule, ${made} passes ended`,
    ];
  });
}

/** At once, and then every so many milliseconds, whether or not the last has ended. */
export function every(time: VirtualTime, milliseconds: number, work: () => Promise<void>): void {
  void work();
  time.at(time.now() + milliseconds, () => every(time, milliseconds, work));
}

function podOf(index: number) {
  const service = index % SERVICES;
  return podObject({
    namespace: `team-${service % NAMESPACES}`,
    name: `pod-${index}`,
    ip: `10.${Math.floor(index / 62_500)}.${Math.floor(index / 250) % 250}.${index % 250}`,
    labels: { app: `app-${service}` },
  });
}
