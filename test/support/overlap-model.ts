import { podOf } from "../../functions/core/instances.ts";
import { podName } from "../../functions/core/model.ts";
import type { Change } from "../../functions/core/change.ts";
import type { Instance, Pod, Scope } from "../../functions/core/model.ts";
import { reconcile } from "../../functions/core/reconcile.ts";
import type { Request } from "../../functions/core/request.ts";
import { claim, claims, instance, OWNER, request, settings } from "./builders.ts";
import type { Actor, Scenario } from "./interleavings.ts";
import { createMemoryWorld, memoryCluster, memoryRegistry, showRegistry } from "./memory-world.ts";
import type { MemoryCluster, PortCall } from "./memory-world.ts";

/** What may go wrong when passes overlap, each healed by one quiet pass; anything else is a defect. */
export type Residual = "ip-reused" | "turned-ready" | "died-registered";

export type PodEvent =
  | { readonly kind: "dies"; readonly name: string }
  | { readonly kind: "comes"; readonly pod: Pod }
  | { readonly kind: "turns-ready"; readonly name: string };

export type Run = { readonly owner: string; readonly scopes: readonly Scope[]; readonly sweep: boolean };

export type Story = {
  /** Owner → its cluster's pods. */
  readonly pods: Readonly<Record<string, readonly Pod[]>>;
  readonly instances: Readonly<Record<string, readonly Instance[]>>;
  /** In this order; all in the first owner's cluster. */
  readonly events: readonly PodEvent[];
  readonly runs: readonly Run[];
};

/** How a run comes to its pods: as designed, before the registry, or from a cache that lags one event behind. */
export type Reading = "after the registry" | "before the registry" | "from a stale cache";

/** What a model of overlapping passes has found. */
export type Findings = { readonly residuals: Set<Residual>; readonly defects: Set<string> };

export const RESIDUALS: readonly Residual[] = ["died-registered", "ip-reused", "turned-ready"];

/** One story: its passes run while its events happen, and what they write is judged by what lives at that moment. */
export function createScenario(story: Story, reading: Reading, findings: Findings): Scenario {
  const clusters = new Map(
    Object.entries(story.pods).map(([owner, pods]): [string, MemoryCluster] => [owner, memoryCluster(...pods)]),
  );
  const instances = memoryRegistry(story.instances);
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
        if (call.kind === "list-mappings" && reading === "before the registry") {
          await step();
          early = snapshot(pods);
          listedAt = happened.length;
          log.push(`pods listed: ${showPods(pods)}`);
        }
        if (!STEPS.has(call.kind)) return;
        await step();
        log.push(`${call.kind}: ${showRegistry(instances)}; ${showPods(pods)}`);
        if (call.kind === "list-pods") listedAt ??= happened.length;
        if (call.kind === "write") judge(call.service, call.change, run.owner, happened.slice(listedAt));
      };
      const { ok, errors, services } = await reconcile(requestOf(run), world(before));
      if (!ok) findings.defects.add(`failed: ${[...errors, ...services.map(({ error }) => error)].join()}`);
    };
  };

  const judge = (service: string, change: Change, owner: string, since: readonly PodEvent[]) => {
    const held = instances.get(service)?.get(change.id);
    const heldBy = held?.attributes["eks-cloudmap-sync/owner"];
    if (held !== undefined && heldBy !== owner)
      findings.defects.add(`${change.kind} of ${change.id}, which is ${heldBy}'s`);
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
    else findings.defects.add(`removed the live ${living.key.name} at ${change.id}`);
  };

  const note = (finding: string) => {
    if (isResidual(finding)) findings.residuals.add(finding);
    else findings.defects.add(finding);
  };

  return {
    actors: [...story.runs.map(runActor), events],
    state: () => JSON.stringify([showRegistry(instances), happened.length, logs]),
    finish: async () => {
      for (const untouched of (story.pods[OWNER] ?? []).filter(isShops)) {
        const isTouched = story.events.some((event) => nameOf(event) === untouched.key.name);
        const [ip = ""] = untouched.ips;
        if (!isTouched && !instances.get("web")?.has(ip)) findings.defects.add(`lost ${untouched.key.name}`);
      }
      for (const owner of clusters.keys()) {
        await reconcile(request(), createMemoryWorld(clusterOf(owner), instances, SOURCES, settings({ owner })));
      }
      const wanted = expectedRegistry(story, clusters);
      const healed = showRegistry(instances);
      if (healed !== wanted) findings.defects.add(`not healed: ${healed} instead of ${wanted}`);
    },
  };
}

/** The calls that what happens meanwhile can come before or after, to some effect. */
const STEPS: ReadonlySet<PortCall["kind"]> = new Set(["list-instances", "list-pods", "create-service", "write"]);

const SOURCES = [claims(claim())];

function requestOf({ scopes, sweep }: Run): Request {
  return request({ scopes, sweep });
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
