import { setTimeout as sleep } from "node:timers/promises";
import { until } from "./day.ts";
import type { Day, Side } from "./day.ts";

/** What is looked at of nodes and pods. */
type Item = {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly phase?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
};

/** For how long anything is waited for, in milliseconds: the node controller takes 50 s to call a node silent. */
const PATIENCE = 240_000;
/** Between one kubelet's telling of its pods and the next's, in milliseconds: each does within 10 s. */
const APART = 3_000;
const TICK = 100;

type Held = ReturnType<Side["judge"]["held"]>;

/**
 * All kubelets are silent, until the node controller calls all nodes and pods unready and the schedule has looked twice: no
 * EndpointSlice has an address then, though every pod serves. While only some nodes are called so, theirs may go: it looks like their
 * death. Throws where a service was ever empty, or an instance was taken out once all were silent and before all pods were ready again.
 */
export async function silence(day: Day): Promise<void> {
  const before = new Map(day.sides.map(({ name, judge }) => [name, judge.held()]));
  const seen = new Set<string>();
  const timer = setInterval(() => {
    for (const { name, judge } of day.sides)
      for (const service of emptyOf(before.get(name), judge.held())) seen.add(`${name}: ${service} was empty`);
  }, TICK);
  try {
    await day.signal("kwok", "SIGSTOP");
    await until(async () => namesOf([...(await nodesOf(day)), ...(await podsOf(day))], (isReady) => isReady), PATIENCE);
    const since = Date.now();
    await until(() => day.sides.flatMap((side) => notLooked(side, since)), PATIENCE);
    await until(() => day.sides.flatMap((side) => goneOf(side, before.get(side.name))), PATIENCE);
    const silentAt = Date.now();
    await day.signal("kwok", "SIGCONT");
    await until(async () => namesOf(await nodesOf(day), (isReady) => !isReady), PATIENCE);
    await tellOfPods(day);
    for (const side of day.sides) for (const one of takenOut(side, silentAt)) seen.add(one);
  } finally {
    clearInterval(timer);
    await day.signal("kwok", "SIGCONT");
  }
  if (seen.size > 0) throw new Error(`only kubelets were silent, and yet: ${[...seen].join(", ")}`);
}

/** What a kubelet does that is heard again, and kwok does not: says of its pods that they are ready. One after the other. */
async function tellOfPods(day: Day): Promise<void> {
  const status = JSON.stringify({ status: { conditions: [{ type: "Ready", status: "True" }] } });
  const words = ["--subresource=status", "--type=strategic", "-p", status];
  for (const [, pods] of Map.groupBy(await podsOf(day), ({ spec }) => spec.nodeName)) {
    await sleep(APART);
    await Promise.all(
      pods.map(({ metadata }) => day.kubectl("-n", metadata.namespace ?? "", "patch", "pod", metadata.name, ...words)),
    );
  }
}

async function nodesOf({ kubectl }: Day): Promise<readonly Item[]> {
  return (JSON.parse(await kubectl("get", "nodes", "-o", "json")) as { readonly items: readonly Item[] }).items;
}

/** Those that run on nodes, and stay. */
async function podsOf({ kubectl }: Day): Promise<readonly Item[]> {
  const { items } = JSON.parse(await kubectl("get", "pods", "-A", "-o", "json")) as { readonly items: readonly Item[] };
  return items.filter(
    ({ metadata, spec, status }) =>
      spec.nodeName !== undefined && metadata.deletionTimestamp === undefined && status.phase === "Running",
  );
}

function namesOf(items: readonly Item[], which: (isReady: boolean) => boolean): readonly string[] {
  return items
    .map(({ metadata, status }) => ({
      name: metadata.name,
      ready: status.conditions?.find(({ type }) => type === "Ready")?.status ?? "unknown",
    }))
    .filter(({ ready }) => which(ready === "True"))
    .map(({ name, ready }) => `${name}: Ready is ${ready}`);
}

/** The schedule has listed pods twice since then. */
function notLooked({ name, endpoint }: Side, since: number): readonly string[] {
  const looks = endpoint.lists.filter(({ caller, at }) => caller === "scheduled-reconcile" && at > since).length;
  return looks < 2 ? [`${name}: the schedule has listed pods ${looks} times`] : [];
}

function goneOf({ name: side, judge }: Side, before: Held | undefined): readonly string[] {
  const now = judge.held();
  return [...(before ?? [])].flatMap(([service, ips]) =>
    [...ips].filter((ip) => now.get(service)?.has(ip) !== true).map((ip) => `${side}: ${service} lacks ${ip}`),
  );
}

function takenOut({ name, deployment }: Side, since: number): readonly string[] {
  return deployment.cloudMap.calls
    .filter(({ operation, at, error }) => operation === "DeregisterInstance" && error === undefined && at > since)
    .map(({ input }) => `${name}: ${String(input["InstanceId"])} was taken out`);
}

function emptyOf(before: Held | undefined, now: Held): readonly string[] {
  return [...(before ?? [])]
    .filter(([service, ips]) => ips.size > 0 && now.get(service)?.size === 0)
    .map(([service]) => service);
}
