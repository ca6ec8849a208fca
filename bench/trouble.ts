import type { Fault } from "../test/emulators/kubernetes/faults.ts";
import { podObject } from "../test/emulators/kubernetes/workloads.ts";
import { RATES } from "./first-sync.ts";
import { renderTable } from "./table.ts";
import { playVirtually } from "./virtual.ts";
import type { VirtualStack } from "./virtual.ts";

const MINUTE = 60_000;
const LIMIT = 1_800_000;

type World = {
  readonly services: number;
  /** Of Kubernetes, and of Cloud Map; services are dealt out to both. */
  readonly namespaces: number;
  readonly registries: number;
  /** What the API server does when the pods of a Kubernetes namespace are listed. */
  readonly trouble?: (namespace: string) => Fault | undefined;
};

const isAfflicted = (namespace: string) => namespace !== "team-0";
const WORLDS: readonly (readonly [string, World])[] = [
  ["700 services to create", { services: 700, namespaces: 20, registries: 1 }],
  ["30 Cloud Map namespaces", { services: 30, namespaces: 1, registries: 30 }],
  ["100 Cloud Map namespaces", { services: 100, namespaces: 1, registries: 100 }],
  ["200 Cloud Map namespaces", { services: 200, namespaces: 1, registries: 200 }],
  [
    "39 of 40 Kubernetes namespaces answer 503",
    {
      services: 40,
      namespaces: 40,
      registries: 1,
      trouble: (name) => (isAfflicted(name) ? { kind: "status", status: 503 } : undefined),
    },
  ],
  [
    "each of 40 Kubernetes namespaces after 9 s",
    { services: 40, namespaces: 40, registries: 1, trouble: () => ({ kind: "delay", ms: 9_000 }) },
  ],
];

/** Two pods of each service come into an empty world in trouble: when the first is there, when all that can be read, how long that pass takes, and one two minutes later. */
export async function measureTrouble(): Promise<string> {
  const rows = [];
  for (const [what, world] of WORLDS) rows.push({ "first sync": what, ...(await play(world)) });
  return [
    "Two pods of each service, Cloud Map with 5 ms a call and operations of 1 s, a start each minute, under a virtual clock; seconds",
    renderTable(
      ["first sync", "first pod", "all that can be read", "its pass", "two minutes later", "calls"],
      ["first sync"],
      rows,
    ),
  ].join("\n");
}

function play(world: World) {
  const { services, namespaces, registries, trouble } = world;
  const document = {
    namespaces: Array.from({ length: registries }, (_, index) => `shop-${index}.local`),
    mappings: Array.from({ length: services }, (_, index) => ({
      namespace: `shop-${index % registries}.local`,
      service: `app-${index}`,
      pods: { namespace: `team-${index % namespaces}`, selector: `app=app-${index}` },
    })),
  };
  const cloudMap = { latencyMs: 5, operationDelayMs: 1_000, rates: RATES };
  return playVirtually({ document, cloudMap, isWatched: false }, LIMIT, async (stack) => {
    const { time, kubernetes, cloudMap: registry } = stack;
    kubernetes.options.fault = ({ path }) => {
      const [, namespace] = /\/namespaces\/([^/]+)\/pods$/.exec(path) ?? [];
      return namespace === undefined ? undefined : trouble?.(namespace);
    };
    for (let index = 0; index < 2 * services; index++) kubernetes.put(podOf(index, world));
    const troubles = Array.from({ length: services }, (_, index) => trouble?.(`team-${index % namespaces}`));
    const readable = troubles.filter((one) => one?.kind !== "status").length * 2;
    const begun = time.now();
    const passes = schedule(stack);
    const until = async (count: number) => {
      while (stack.registered() < count) await time.pause(100);
      return ((time.now() - begun) / 1000).toFixed(1);
    };
    const first = await until(1);
    const all = await until(readable);
    const calls = registry.calls.length;
    // The pass that is under way ends too.
    while (passes.underWay > 0) await time.pause(1_000);
    const longest = passes.longest;
    await time.pause(2 * MINUTE);
    while (passes.underWay > 0) await time.pause(1_000);
    return {
      "first pod": first,
      "all that can be read": all,
      "its pass": (longest / 1000).toFixed(1),
      "two minutes later": (passes.last / 1000).toFixed(1),
      calls,
    };
  });
}

/** Starts a pass each minute, and keeps count. */
function schedule(stack: VirtualStack) {
  const { time } = stack;
  const passes = { longest: 0, last: 0, underWay: 0 };
  const start = async () => {
    time.at(time.now() + MINUTE, () => void start());
    const begun = time.now();
    passes.underWay += 1;
    const isMade = await stack.schedule();
    passes.underWay -= 1;
    if (!isMade) return;
    passes.last = time.now() - begun;
    passes.longest = Math.max(passes.longest, passes.last);
  };
  void start();
  return passes;
}

function podOf(index: number, { services, namespaces }: World) {
  const service = index % services;
  return podObject({
    namespace: `team-${service % namespaces}`,
    name: `pod-${index}`,
    ip: `10.0.${Math.floor(index / 250)}.${index % 250}`,
    labels: { app: `app-${service}` },
  });
}
