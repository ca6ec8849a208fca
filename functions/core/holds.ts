import { VIRTUAL_NODE_KEY } from "./attributes.ts";
import { podOf } from "./instances.ts";
import { byText, podName } from "./model.ts";
import type { Change, Held, HeldReason, Instance, Pod, Policy, SourceName } from "./model.ts";
import type { Desired } from "./desired.ts";
import type { SourceRead } from "./ports.ts";
import { byPrecedence } from "./resolve.ts";

/** DiscoverInstances answers with 1,000 instances at most, and Cloud Map's quota "instances per service" is the same. */
export const MAX_INSTANCES = 1000;

const STRICTNESS: Readonly<Record<Policy, number>> = { sync: 0, "upsert-only": 1, "dry-run": 2 };

export function holdChange(change: Change, reason: HeldReason, remedy: string): Held {
  return { kind: change.kind, id: change.id, pod: change.pod, reason, remedy, change };
}

export function strictestPolicy(policies: readonly Policy[]): Policy {
  return policies.toSorted((a, b) => STRICTNESS[b] - STRICTNESS[a])[0] ?? "sync";
}

/** `upsert-only` removes nothing, `dry-run` changes nothing. */
export function holdByPolicy(change: Change, policy: Policy): Held | undefined {
  if (policy === "sync" || (policy === "upsert-only" && change.kind !== "deregister")) return undefined;
  return holdChange(change, "policy", `the policy is ${policy}; set it to sync to let this happen`);
}

/**
 * While a source cannot be read, or a manifest of it cannot be understood, no instance of a living pod that may be its
 * claim is removed. VirtualNodes mark their instances; for the others it is any that no mapping claims. Nor does a source
 * of lower precedence (`claimedBy`) put its own in the place of what the failed one may have claimed.
 */
export function holdBySource(
  change: Change,
  instance: Instance | undefined,
  sources: readonly SourceRead[],
  claimedBy?: SourceName,
): Held | undefined {
  const isUnclaimed = change.reason === "unselected" || change.reason === "unmapped";
  if (!isUnclaimed && !isOtherwise(change, instance)) return undefined;
  for (const read of sources) {
    if (read.source === "virtualNodes" && instance?.attributes[VIRTUAL_NODE_KEY] === undefined) continue;
    if (!isUnclaimed) {
      if (read.state !== "failed" || claimedBy === undefined || !precedes(read.source, claimedBy)) continue;
      return holdChange(
        change,
        "source-failed",
        `${read.source} may claim its pod too, and could not be read; mend that first`,
      );
    }
    if (read.state === "absent")
      return holdChange(
        change,
        "source-absent",
        `its pod lives on, and the cluster serves no ${read.source}; set \`sources.${read.source}: false\` if they are gone for good`,
      );
    if (read.state === "failed")
      return holdChange(
        change,
        "source-failed",
        `its pod lives on, and ${read.source} could not be read; mend that first`,
      );
    const broken = read.broken.find(({ from }) => from === change.pod?.namespace);
    if (broken !== undefined)
      return holdChange(
        change,
        "source-failed",
        `its pod lives on, and ${broken.origin.name} could not be understood; mend that first`,
      );
  }
  return undefined;
}

/** Whether it makes of a registered pod's instance another one: with other attributes, or under another id. */
function isOtherwise(change: Change, instance: Instance | undefined): boolean {
  if (instance === undefined || change.kind === "set-health") return false;
  if (change.kind === "deregister") return change.reason === "replaced";
  const pod = podOf(instance);
  return pod !== undefined && change.pod !== undefined && podName(pod) === podName(change.pod);
}

function precedes(a: SourceName, b: SourceName): boolean {
  return byPrecedence({ source: a, name: "" }, { source: b, name: "" }) < 0;
}

/**
 * What does not fit under the quota is held, always the same ones: those last by id. Pods that are gone leave before
 * others come, so they make room.
 */
export function holdByQuota(changes: readonly Change[], instances: readonly Instance[]): readonly (Change | Held)[] {
  const registered = new Set(instances.map(({ id }) => id));
  const leaving = changes.filter((change) => change.kind === "deregister" && change.reason === "pod-gone").length;
  let room = MAX_INSTANCES - instances.length + leaving;
  return changes
    .toSorted((a, b) => byText(a.id, b.id))
    .map((change) => {
      if (change.kind !== "register" || registered.has(change.id)) return change;
      room -= 1;
      if (room >= 0) return change;
      return holdChange(
        change,
        "quota",
        `Cloud Map holds ${MAX_INSTANCES} instances a service; spread the pods over several services`,
      );
    });
}

/** `id`: that of the endpoint, or where none could be derived the pod's address. */
export function holdInvalid(id: string, pod: Pod, problem: string): Held {
  return { kind: "register", id, pod: pod.key, reason: "invalid", remedy: problem, change: undefined };
}

/** One line for each set of mappings that disagree, naming them all. */
export function holdAmbiguous(ambiguous: Desired["ambiguous"]): readonly Held[] {
  const bySet = Map.groupBy(ambiguous, ({ mappings }) => mappings.map(({ origin }) => origin.name).join(", "));
  return [...bySet].map(([names, pods]) => ({
    kind: "claim",
    id: names,
    pod: pods[0]?.pod.key,
    reason: "ambiguous",
    remedy: `they claim the same pods (${pods.length}) in different ways; let only one of them select each pod`,
    change: undefined,
  }));
}
