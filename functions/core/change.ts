import type { Attributes, Health, PodKey } from "./model.ts";

export type RegisterReason = "missing" | "drifted" | "adopted";
/** `replaced`: the pod is registered under another id (another address, or ids with ports). */
export type DeregisterReason =
  | "pod-gone"
  | "load-balancer-gone"
  | "pod-not-ready"
  | "unselected"
  | "unmapped"
  | "service-gone"
  | "replaced";

/** What is to be done to one instance. `keys` are the attributes that differ; `since` is when the pod's readiness changed. */
export type Change = { readonly id: string; readonly pod: PodKey | undefined } & (
  | {
      readonly kind: "register";
      readonly attributes: Attributes;
      readonly health: Health | undefined;
      readonly reason: RegisterReason;
      readonly keys: readonly string[];
      readonly since: string;
    }
  | { readonly kind: "deregister"; readonly reason: DeregisterReason }
  | { readonly kind: "set-health"; readonly health: Health; readonly reason: "ready" | "pod-not-ready" }
);

/** Why a change is not made; rules.ts says of each when it holds, what it rings, and whether it is a failure. */
export type HeldReason =
  | "policy"
  | "foreign"
  | "other-cluster"
  | "source-absent"
  | "source-failed"
  | "not-allowed"
  | "ambiguous"
  | "invalid"
  | "too-many"
  | "no-service"
  | "guard"
  | "waiting"
  | "contested"
  | "quota"
  | "pending"
  | "unfinished";

/** A change that is not made, with the reason why, and what a person can do. A `claim` is one that led to no change at all. */
export type Held = {
  readonly kind: Change["kind"] | "claim";
  readonly id: string;
  readonly pod: PodKey | undefined;
  readonly reason: HeldReason;
  readonly remedy: string;
  /** The change that is held, for counting drift; none for claims and for endpoints that cannot be. */
  readonly change: Change | undefined;
  /** Whether what is wrong stands in the operator's own document, which is a failure where a tenant's mistake is none. */
  readonly isOperators?: boolean;
};

/** One kind of change of one instance. */
export function keyOf({ kind, id }: Pick<Change, "kind" | "id">): string {
  return `${kind} ${id}`;
}

export function holdChange(change: Change, reason: HeldReason, remedy: string): Held {
  return { kind: change.kind, id: change.id, pod: change.pod, reason, remedy, change };
}

const UNCHOSEN: ReadonlySet<string> = new Set<DeregisterReason>(["unselected", "unmapped", "service-gone"]);

/** Whether it removes the instance of a pod that lives, and that no mapping chooses any more: what a mistaken selector looks like. */
export function isOfUnchosen(change: Change): boolean {
  return change.kind === "deregister" && UNCHOSEN.has(change.reason);
}

/** Whether it removes the instance of a pod that lives, or what claims alone show to be gone: they may be older than the registry. */
export function isOfLiving(change: Change): boolean {
  return change.kind === "deregister" && change.reason !== "pod-gone";
}
