import type { CloudMapWorld } from "../test/emulators/cloudmap/world.ts";
import { podObject } from "../test/emulators/kubernetes/workloads.ts";
import { every, RATES } from "./first-sync.ts";
import { playVirtually } from "./virtual.ts";
import type { VirtualStack } from "./virtual.ts";

export const PODS = 700;
export const SERVICES = 7;
/** Pods that turn ready, and in a rollout others that go, each second. */
export const PACE = 100;
/** When in its minute the schedule starts, in milliseconds after pods begin to change: in the midst of it. */
const STARTS = 3_000;
const MINUTE = 60_000;
const LIMIT = 900_000;
/** How long pods are left alone between two changes of all of them, in milliseconds. */
const QUIET = 100_000;

/** Operations take from 0.2 to 5 s, as if by chance. */
export const CLOUD_MAP = {
  latencyMs: 5,
  operationDelayOf: ({ order }: { readonly order: number }) => 200 + ((order * 2_654_435_761) % 4_800),
  rates: RATES,
};

export type Phase = {
  /** Until Cloud Map was true, and until the cluster had done its own part, where that is not known before. */
  readonly seconds: number;
  readonly cluster?: number;
  readonly registrations: number;
  readonly notFound: number;
};
export type Played = { readonly come: Phase; readonly rolled: Phase };

/** All pods come, and later all are replaced, as a rollout does it: until Cloud Map is true, by the watch alone and beside the schedule. */
export async function measureBeside(): Promise<string> {
  const alone = await play(false);
  const both = await play(true);
  return [
    `${PODS} pods in ${SERVICES} services, ${PACE} a second; 50 writes a second after 100, operations of 0.2 to 5 s, under a virtual clock`,
    ...rowsOf("they come", alone.come, both.come),
    ...rowsOf("they are rolled", alone.rolled, both.rolled),
  ].join("\n");
}

export function rowsOf(what: string, alone: Phase, both: Phase): readonly string[] {
  const ratio = (of: (phase: Phase) => number) => (of(both) / of(alone)).toFixed(2);
  return [
    `${what}, the watch alone:      true after ${describe(alone)}`,
    `${what}, the schedule beside:  true after ${describe(both)}; ${ratio(({ seconds }) => seconds)} × the time, ${ratio(({ registrations }) => registrations)} × the registrations`,
  ];
}

function describe({ seconds, cluster, registrations, notFound }: Phase): string {
  const own = cluster === undefined ? "" : ` (the cluster's own part ${cluster.toFixed(1)} s)`;
  return `${seconds.toFixed(1)} s${own}, ${registrations} RegisterInstance, ${notFound} InstanceNotFound`;
}

function play(hasSchedule: boolean): Promise<Played> {
  const document = {
    namespaces: ["shop.local"],
    mappings: Array.from({ length: SERVICES }, (_, index) => ({
      namespace: "shop.local",
      service: `app-${index}`,
      pods: { namespace: "shop", selector: `app=app-${index}` },
    })),
  };
  return playVirtually({ document, cloudMap: CLOUD_MAP, isWatched: hasSchedule }, LIMIT, async (stack) => {
    const { time } = stack;
    stack.watch();
    const begun = time.now();
    if (hasSchedule)
      time.at(begun + STARTS, () =>
        every(time, MINUTE, async () => {
          await stack.schedule();
        }),
      );
    const come = await phase(stack, async () => {
      for (let index = 0; index < PODS; index++) await bring(stack, index);
    });
    await time.pause(QUIET - ((time.now() - begun) % MINUTE));
    // As far from the schedule's start as the pods that came were.
    await time.pause(MINUTE - ((time.now() - begun) % MINUTE));
    const rolled = await phase(stack, async () => {
      for (let index = 0; index < PODS; index++) {
        stack.kubernetes.remove({ kind: "Pod", namespace: "shop", name: `pod-${index}` });
        await bring(stack, PODS + index);
      }
    });
    return { come, rolled };
  });
}

/** From the first change until Cloud Map is true to the last. */
async function phase(stack: VirtualStack, change: () => Promise<void>): Promise<Phase> {
  const { time, cloudMap } = stack;
  const begun = time.now();
  cloudMap.calls.length = 0;
  await change();
  while (!isTrue(stack)) await time.pause(50);
  const seconds = (time.now() - begun) / 1000;
  return { seconds, ...countCalls(cloudMap) };
}

export function countCalls({ calls }: Pick<CloudMapWorld, "calls">): Omit<Phase, "seconds" | "cluster"> {
  return {
    registrations: calls.filter(({ operation }) => operation === "RegisterInstance").length,
    notFound: calls.filter(({ error }) => error === "InstanceNotFound").length,
  };
}

async function bring({ kubernetes, time }: VirtualStack, index: number): Promise<void> {
  kubernetes.put(podOf(index));
  await time.pause(1_000 / PACE);
}

function isTrue(stack: VirtualStack): boolean {
  if (stack.registered() !== PODS) return false;
  const held = [...stack.cloudMap.services.values()].flatMap(({ instances }) => [...instances.keys()]);
  const living = new Set(
    stack.kubernetes.list("Pod").map(({ metadata: { name } }) => addressOf(Number(name.slice(4)))),
  );
  return held.every((id) => living.has(id));
}

function podOf(index: number) {
  return podObject({
    namespace: "shop",
    name: `pod-${index}`,
    ip: addressOf(index),
    labels: { app: `app-${index % SERVICES}`, "pod-template-hash": index < PODS ? "one" : "two" },
  });
}

function addressOf(index: number): string {
  return `10.0.${Math.floor(index / 250)}.${index % 250}`;
}
