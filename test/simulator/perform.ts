import type { Scope } from "../../functions/core/model.ts";
import { balancerNames } from "./generate-addresses.ts";
import * as cloudEvents from "./cloud-events.ts";
import * as clusterEvents from "./cluster-events.ts";
import { loseCluster, loseRegion } from "./losses.ts";
import type { Processes } from "./processes.ts";
import { later, pickAt } from "./stage.ts";
import type { Stage } from "./stage.ts";
import type { Event } from "./story.ts";

/** Has an event happen. */
export function perform(stage: Stage, processes: Processes, event: Event): void {
  const { cluster, documents, faults, judge, time } = stage;
  switch (event.kind) {
    case "scale-up":
      return clusterEvents.scaleUp(stage, event);
    case "delete":
      return clusterEvents.deletePod(stage, event);
    case "force-delete":
      return clusterEvents.forceDelete(stage, event);
    case "finish":
      return clusterEvents.finish(stage, event);
    case "flap":
      return clusterEvents.flap(stage, event);
    case "unready-all":
      return clusterEvents.unreadyAll(stage, event);
    case "restart":
      return clusterEvents.restart(stage, event);
    case "rollout":
      return clusterEvents.rollOut(stage, event);
    case "relabel":
      return clusterEvents.relabel(stage, event);
    case "drain":
      return clusterEvents.drain(stage, event);
    case "node-dies":
      return clusterEvents.loseNode(stage, event);
    case "silence":
      return clusterEvents.silenceNodes(stage, event);
    case "claim":
      return changeClaim(stage, event);
    case "balancer":
      return changeBalancer(stage, event);
    case "crd":
      cluster.serveVirtualNodes(false);
      return later(stage, event.lasts, () => cluster.serveVirtualNodes(true));
    case "document": {
      const at = event.document % documents.length;
      const before = documents[at];
      if (before !== undefined) documents[at] = { ...before, ...event.change };
      return judge.refresh();
    }
    case "foreign":
      return cloudEvents.registerForeign(stage, event);
    case "mesh":
      return cloudEvents.leaveMeshInstance(stage, event);
    case "restamp":
      return cloudEvents.restamp(stage, event);
    case "tamper":
      return cloudEvents.tamper(stage, event);
    case "person-removes":
      return cloudEvents.personRemoves(stage, event);
    case "service-goes":
      return cloudEvents.removeService(stage, event);
    case "pass": {
      // No function runs in a Region that is dark.
      if (faults.isDark()) return undefined;
      const { cause, sweep, force, dryRun, isCold, left, skew } = event;
      const scopes = [cause === "schedule" ? ({ kind: "all" } as const) : scopeOf(stage, event.scope)];
      void processes.pass({
        cause,
        index: event.document % documents.length,
        scopes,
        sweep,
        force,
        dryRun,
        isCold,
        left,
        skew,
      });
      return undefined;
    }
    case "destroy":
      void processes.destroy(event.document % documents.length, event.left);
      return undefined;
    case "watch":
      if (faults.isDark()) return undefined;
      return processes.watch(event.document % documents.length, event.lasts, event.skew);
    case "kill":
      return processes.kill(event.afterCalls);
    case "cluster-lost":
      return loseCluster(stage, event);
    case "region-lost":
      return loseRegion(stage, processes, event);
    case "fault":
      return faults.begin(event.seam, event.fault, event.chance, time.now() + event.lasts);
    default:
      return event satisfies never;
  }
}

function changeClaim(stage: Stage, { claim, does, app, lasts }: Extract<Event, { readonly kind: "claim" }>): void {
  const { cluster } = stage;
  if (cluster.claims.length === 0) return;
  const at = claim % cluster.claims.length;
  const before = cluster.claims[at];
  // An export has nothing of its own that could be wrong.
  if (before === undefined || (before.kind === "ServiceExport" && does === "breaks")) return;
  const to =
    pickAt(
      cluster.apps.filter(({ namespace }) => namespace === before.namespace),
      app,
    )?.name ?? before.app;
  const changes = {
    goes: { isThere: false },
    comes: { isThere: true },
    breaks: { isBroken: true },
    selects: { app: to },
    publishes: { publishesUnready: !before.publishesUnready },
  } as const;
  cluster.updateClaim(at, changes[does]);
  if (lasts > 0) later(stage, lasts, () => cluster.updateClaim(at, before));
}

function changeBalancer(
  stage: Stage,
  { balancer, does, count, lasts }: Extract<Event, { readonly kind: "balancer" }>,
): void {
  const { cluster } = stage;
  const indices = [...cluster.claims.keys()].filter((index) => cluster.claims[index]?.address === "load-balancer");
  const at = pickAt(indices, balancer);
  const before = at === undefined ? undefined : cluster.claims[at];
  if (at === undefined || before === undefined) return;
  if (does === "names") return cluster.updateClaim(at, { ingress: balancerNames(before, count, balancer) });
  cluster.updateClaim(at, { isSilent: true });
  later(stage, lasts, () => cluster.updateClaim(at, { isSilent: false }));
}

function scopeOf({ cluster, judge }: Stage, number: number): Scope {
  const services = judge.services();
  const scopes: readonly Scope[] = [
    { kind: "all" },
    ...services.map(({ namespace, name }): Scope => ({ kind: "service", service: name, namespace })),
    ...[...new Set(cluster.apps.map(({ namespace }) => namespace))].map((namespace): Scope => ({
      kind: "namespace",
      namespace,
    })),
    ...cluster.nodes.slice(0, 1).map(({ name }): Scope => ({ kind: "node", node: name })),
  ];
  return pickAt(scopes, number) ?? { kind: "all" };
}
