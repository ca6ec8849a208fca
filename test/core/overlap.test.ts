import { expect, test } from "vitest";
import { podOf } from "../../functions/core/instances.ts";
import { podName } from "../../functions/core/model.ts";
import type { Change, Instance, Pod, Scope } from "../../functions/core/model.ts";
import { reconcile } from "../../functions/core/reconcile.ts";
import type { Request } from "../../functions/core/reconcile.ts";
import { claim, claims, instance, OWNER, pod, settings } from "../support/builders.ts";
import { exploreInterleavings } from "../support/interleavings.ts";
import type { Actor, Scenario } from "../support/interleavings.ts";
import { createMemoryWorld, showRegistry } from "../support/memory-world.ts";
import type { MemoryCluster, MemoryRegistry, PortCall } from "../support/memory-world.ts";

/**
 * A model of overlapping passes: the real core over ports in memory, every order of their calls and of what happens to the
 * pods meanwhile. It shows that reading the registry before the pods makes overlap safe without a lock, and what remains.
 */

/** What may go wrong when passes overlap, each healed by one quiet pass; anything else is a defect. */
type Residual = "ip-reused" | "turned-ready" | "died-registered";

type PodEvent =
  | { readonly kind: "dies"; readonly name: string }
  | { readonly kind: "comes"; readonly pod: Pod }
  | { readonly kind: "turns-ready"; readonly name: string };

type Run = { readonly owner: string; readonly scopes: readonly Scope[]; readonly sweep: boolean };

type Story = {
  /** Owner → its cluster's pods. */
  readonly pods: Readonly<Record<string, readonly Pod[]>>;
  readonly instances: Readonly<Record<string, readonly Instance[]>>;
  /** In this order; all in the first owner's cluster. */
  readonly events: readonly PodEvent[];
  readonly runs: readonly Run[];
};

/** How a run comes to its pods: as designed, before the registry, or from a cache that lags one event behind. */
type Reading = "after the registry" | "before the registry" | "from a stale cache";

const OTHER = "arn:aws:eks:eu-west-1:111122223333:cluster/other";
const WEB: readonly Scope[] = [{ kind: "service", service: "web", namespace: undefined }];
const full: Run = { owner: OWNER, scopes: [{ kind: "all" }], sweep: true };
const scoped: Run = { owner: OWNER, scopes: WEB, sweep: false };
const others: Run = { ...full, owner: OTHER };

const web1 = pod({ name: "web-1", ip: "10.0.0.1" });
const web2 = pod({ name: "web-2", ip: "10.0.0.2" });
const both = [instance({ id: "10.0.0.1", pod: "web-1" }), instance({ id: "10.0.0.2", pod: "web-2" })];
/** Of another namespace: without it the cluster would be empty, and the guard would hold everything. */
const system = pod({ name: "coredns", namespace: "kube-system", ip: "10.0.0.250" });
const theirs = pod({ name: "web-7", ip: "10.9.0.7" });

const STORIES: Readonly<Record<string, Omit<Story, "runs">>> = {
  "a pod dies and another gets its IP": {
    pods: { [OWNER]: [web1, web2], [OTHER]: [theirs] },
    instances: { web: both },
    events: [
      { kind: "dies", name: "web-1" },
      { kind: "comes", pod: pod({ name: "web-3", ip: "10.0.0.1" }) },
    ],
  },
  "a pod dies, its IP goes to another, which dies as well": {
    pods: { [OWNER]: [web1, system], [OTHER]: [] },
    instances: { web: both.slice(0, 1) },
    events: [
      { kind: "dies", name: "web-1" },
      { kind: "comes", pod: pod({ name: "web-3", ip: "10.0.0.1" }) },
      { kind: "dies", name: "web-3" },
    ],
  },
  "an unready pod turns ready": {
    pods: { [OWNER]: [web1, { ...web2, state: "not-ready" }], [OTHER]: [theirs] },
    instances: { web: both },
    events: [{ kind: "turns-ready", name: "web-2" }],
  },
  "a pod comes at a new IP and dies": {
    pods: { [OWNER]: [web1], [OTHER]: [] },
    instances: { web: both.slice(0, 1) },
    events: [
      { kind: "comes", pod: web2 },
      { kind: "dies", name: "web-2" },
    ],
  },
  "a StatefulSet's pod returns at another IP": {
    pods: { [OWNER]: [web1, web2], [OTHER]: [] },
    instances: { web: both },
    events: [
      { kind: "dies", name: "web-1" },
      { kind: "comes", pod: pod({ name: "web-1", ip: "10.0.0.3" }) },
    ],
  },
  "a service that nobody claims holds instances of both owners": {
    pods: { [OWNER]: [web1], [OTHER]: [theirs] },
    instances: {
      web: both.slice(0, 1),
      old: [instance({ id: "10.0.0.9", pod: "web-9" }), instance({ id: "10.9.0.9", pod: "web-9", owner: OTHER })],
    },
    events: [{ kind: "comes", pod: pod({ name: "web-3", ip: "10.0.0.9" }) }],
  },
};

const RUNS: Readonly<Record<string, readonly Run[]>> = {
  "two full passes": [full, full],
  "a full and a scoped pass": [full, scoped],
  "passes of two owners": [full, others],
};

const RESIDUALS: readonly Residual[] = ["died-registered", "ip-reused", "turned-ready"];

test("overlapping passes leave nothing but the known residuals, and one quiet pass heals each", async () => {
  const found = await exploreAll("after the registry");
  expect(found.defects).toEqual([]);
  expect([...found.residuals].sort()).toEqual(RESIDUALS);
  expect(found.states).toBeGreaterThan(5_000);
}, 120_000);

test("pods read before the registry would lose live registrations", async () => {
  const found = await exploreAll("before the registry");
  expect(found.defects).toContain("removed the live web-2 at 10.0.0.2");
}, 120_000);

test("pods read from a stale cache would lose live registrations", async () => {
  const found = await exploreAll("from a stale cache");
  expect(found.defects).toContain("removed the live web-2 at 10.0.0.2");
}, 120_000);

type Findings = { readonly residuals: Set<Residual>; readonly defects: string[]; states: number };

async function exploreAll(reading: Reading): Promise<Findings> {
  const findings: Findings = { residuals: new Set(), defects: [], states: 0 };
  for (const story of Object.values(STORIES)) {
    for (const runs of Object.values(RUNS)) {
      findings.states += await exploreInterleavings(() => createScenario({ ...story, runs }, reading, findings));
    }
  }
  return { ...findings, defects: [...new Set(findings.defects)].sort() };
}

function createScenario(story: Story, reading: Reading, findings: Findings): Scenario {
  const clusters = new Map(
    Object.entries(story.pods).map(([owner, pods]): [string, MemoryCluster] => [
      owner,
      new Map(pods.map((one) => [podName(one.key), one])),
    ]),
  );
  const instances: MemoryRegistry = new Map(
    Object.entries(story.instances).map(([name, held]) => [name, new Map(held.map((one) => [one.id, one]))]),
  );
  const clusterOf = (owner: string): MemoryCluster => clusters.get(owner) ?? new Map();
  const happened: PodEvent[] = [];
  let lagging = snapshot(clusterOf(OWNER));
  const logs: string[][] = story.runs.map(() => []);

  const events: Actor = async (step) => {
    for (const event of story.events) {
      await step();
      lagging = snapshot(clusterOf(OWNER));
      happen(event, clusterOf(OWNER));
      happened.push(event);
    }
  };

  const runActor = (run: Run, index: number): Actor => {
    const pods = clusterOf(run.owner);
    const log = logs[index] ?? [];
    let listedAt: number | undefined;
    let early: readonly Pod[] = [];
    const world = (before: (call: PortCall) => Promise<void>) =>
      createMemoryWorld(pods, instances, SOURCES, settings({ owner: run.owner }), {
        before,
        podsShown: (all) => {
          if (reading === "before the registry") return early;
          return reading === "from a stale cache" && run.owner === OWNER ? lagging : [...all.values()];
        },
      });
    return async (step) => {
      const before = async (call: PortCall) => {
        if (call.kind === "list-mappings") {
          if (reading !== "before the registry") return;
          await step();
          early = snapshot(pods);
          listedAt = happened.length;
        } else {
          await step();
        }
        log.push(`${call.kind}: ${showRegistry(instances)}; ${showPods(pods)}`);
        if (call.kind === "list-pods") listedAt ??= happened.length;
        if (call.kind === "write") judge(call.service, call.change, run.owner, happened.slice(listedAt));
      };
      await reconcile(requestOf(run), world(before));
    };
  };

  const judge = (service: string, change: Change, owner: string, since: readonly PodEvent[]) => {
    const held = instances.get(service)?.get(change.id);
    const heldBy = held?.attributes["eks-cloudmap-sync/owner"];
    if (held !== undefined && heldBy !== owner)
      findings.defects.push(`${change.kind} of ${change.id}, which is ${heldBy}'s`);
    if (change.kind === "deregister") judgeRemoval(service, change, held, owner, since);
    if (change.kind === "register" && change.pod !== undefined) {
      const name = podName(change.pod);
      const lives = clusterOf(owner).get(name)?.ips.includes(change.id) === true;
      const died = since.some((event) => event.kind === "dies" && `shop/${event.name}` === name);
      if (!lives) note(died ? "died-registered" : `registered the dead ${name} at ${change.id}`);
    }
  };

  const judgeRemoval = (
    service: string,
    change: Change,
    held: Instance | undefined,
    owner: string,
    since: readonly PodEvent[],
  ) => {
    const key = held === undefined ? undefined : podOf(held);
    const living = key === undefined ? undefined : clusterOf(owner).get(podName(key));
    const isLive =
      service === "web" && living !== undefined && living.state === "ready" && living.ips.includes(change.id);
    if (!isLive) return;
    const isReused = story.instances[service]?.some(({ id }) => id === change.id) === true;
    if (isReused && since.some((event) => event.kind === "comes" && event.pod.key.name === living.key.name))
      note("ip-reused");
    else if (since.some((event) => event.kind === "turns-ready" && event.name === living.key.name))
      note("turned-ready");
    else findings.defects.push(`removed the live ${living.key.name} at ${change.id}`);
  };

  const note = (finding: string) => {
    if (isResidual(finding)) findings.residuals.add(finding);
    else findings.defects.push(finding);
  };

  return {
    actors: [...story.runs.map(runActor), events],
    state: () => JSON.stringify([showRegistry(instances), happened.length, logs]),
    finish: async () => {
      for (const untouched of (story.pods[OWNER] ?? []).filter(isShops)) {
        const isTouched = story.events.some((event) => nameOf(event) === untouched.key.name);
        const [ip = ""] = untouched.ips;
        if (!isTouched && !instances.get("web")?.has(ip)) findings.defects.push(`lost ${untouched.key.name}`);
      }
      for (const owner of clusters.keys()) {
        await reconcile(
          requestOf({ ...full, owner }),
          createMemoryWorld(clusterOf(owner), instances, SOURCES, settings({ owner })),
        );
      }
      const wanted = expectedRegistry(story, clusters);
      const healed = showRegistry(instances);
      if (healed !== wanted) findings.defects.push(`not healed: ${healed} instead of ${wanted}`);
    },
  };
}

const SOURCES = [claims(claim())];

function requestOf({ scopes, sweep }: Run): Request {
  return { scopes, sweep, force: false, dryRun: false, deadline: Number.MAX_SAFE_INTEGER };
}

function happen(event: PodEvent, pods: MemoryCluster): void {
  switch (event.kind) {
    case "comes":
      pods.set(podName(event.pod.key), event.pod);
      return;
    case "dies":
      pods.delete(`shop/${event.name}`);
      return;
    case "turns-ready": {
      const known = pods.get(`shop/${event.name}`);
      if (known !== undefined) pods.set(`shop/${event.name}`, { ...known, state: "ready" });
      return;
    }
    default:
      event satisfies never;
  }
}

function nameOf(event: PodEvent): string {
  return event.kind === "comes" ? event.pod.key.name : event.name;
}

function snapshot(pods: MemoryCluster): readonly Pod[] {
  return [...pods.values()];
}

function showPods(pods: MemoryCluster): string {
  return [...pods.values()].map(({ key, ips, state }) => `${key.name}@${ips.join()} ${state}`).join(" ");
}

/** Every ready pod of both clusters in `web`, and nothing in the service that nobody claims. */
function expectedRegistry(story: Story, clusters: ReadonlyMap<string, MemoryCluster>): string {
  const live = [...clusters].flatMap(([owner, pods]) =>
    [...pods.values()]
      .filter((one) => isShops(one) && one.state === "ready")
      .map(({ key, ips: [id = ""] }): [string, Instance] => [id, instance({ id, pod: key.name, owner })]),
  );
  return showRegistry(
    new Map([["web", new Map(live)], ...("old" in story.instances ? [["old", new Map()] as const] : [])]),
  );
}

function isShops({ key }: Pod): boolean {
  return key.namespace === "shop";
}

function isResidual(finding: string): finding is Residual {
  return RESIDUALS.some((residual) => residual === finding);
}
