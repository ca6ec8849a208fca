import type { HeldReason } from "./change.ts";
import type { History } from "./history.ts";
import type { ClaimProblem } from "./claim-problem.ts";
import type { Seen } from "./observe.ts";
import type { Proposal } from "./plan.ts";
import type { Request } from "./request.ts";

/** Which alarm a held change rings, if it stays. */
export type Alarm = "Guard" | "Held" | "Claims";

/** What a rule may ask about the service and the pass. */
export type Facts = Pick<Request, "force" | "dryRun"> & {
  readonly seen: Seen;
  /** Why nothing at all may be written: this looks like another cluster than the one that was meant. */
  readonly wrongCluster: string | undefined;
  /** Whether the cluster as a whole lists no pod. */
  readonly isClusterEmpty: boolean;
  /** Which service is to take over the pod of an instance that is to go, by the instance's id, while it has not. */
  readonly takeOvers: ReadonlyMap<string, string>;
  /** What is wrong with claims that name no service. */
  readonly strays: readonly ClaimProblem[];
  readonly history: History;
  /** Milliseconds since the epoch. */
  readonly now: number;
};

/** One reason why a change is not made. */
export type Rule = {
  readonly reason: HeldReason;
  /** In words, for docs/configuration.md. */
  readonly when: string;
  readonly alarm: Alarm | undefined;
  /** Whether it is a failure, which makes `apply` end with 1; `operators`: only where the operator's own document is wrong. */
  readonly isFailure: boolean | "operators";
  /** Of changes that no rule above holds: which ones it does, each with what releases it. Those without are held elsewhere, as `when` says. */
  readonly holds?: (proposals: readonly Proposal[], facts: Facts) => ReadonlyMap<Proposal, string>;
};

/** A rule that looks at one change at a time. `why`: what releases it, where it is held. */
export function each(why: (proposal: Proposal, facts: Facts) => string | undefined): NonNullable<Rule["holds"]> {
  return (proposals, facts) =>
    new Map(
      proposals.flatMap((proposal) => {
        const remedy = why(proposal, facts);
        return remedy === undefined ? [] : [[proposal, remedy] as const];
      }),
    );
}

/** How a person says that a removal is meant. */
export const FORCE = "if that is meant, force it: `apply --force`, or `resync --force`";
