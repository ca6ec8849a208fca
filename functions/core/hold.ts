import { holdChange } from "./change.ts";
import type { Change, Held } from "./change.ts";
import { guarded } from "./guard.ts";
import { byText } from "./model.ts";
import type { Seen } from "./observe.ts";
import type { Plan, Proposal } from "./plan.ts";
import { isMine, successorsOf } from "./removals.ts";
import type { Facts } from "./rule.ts";
import { RULES } from "./rules.ts";

export type Decided = {
  readonly changes: readonly Change[];
  readonly held: readonly Held[];
  /** What was forced: why it would have been held. */
  readonly forced: readonly string[];
};

/** Asks every rule, in order. */
export function hold({ proposals, held }: Plan, facts: Facts): Decided {
  let left = proposals;
  const all = [...held];
  for (const { reason, holds } of RULES) {
    const holding = holds?.(left, facts);
    if (holding === undefined) continue;
    left = left.filter((proposal) => !holding.has(proposal));
    for (const [{ change }, remedy] of holding) all.push(holdChange(change, reason, remedy));
  }
  const early = earlyReplacements(left, facts.seen);
  for (const [{ change }, missing] of early)
    all.push(holdChange(change, "waiting", `${missing}, which is to replace it, is not there, and is held itself`));
  return {
    changes: left.flatMap((proposal) => (early.has(proposal) ? [] : [proposal.change])),
    held: all.toSorted((a, b) => byText(a.id, b.id) || byText(a.kind, b.kind)),
    forced: facts.force ? forcedTexts(left, facts) : [],
  };
}

/** Without what to do: it was forced. */
function forcedTexts(proposals: readonly Proposal[], facts: Facts): readonly string[] {
  const whats = new Set([...guarded(proposals, facts).values()].map(({ what }) => what));
  return [...whats].map((what) => `forced: ${what}; without that it would have been held`);
}

/**
 * What stands for pods leaves only once what replaces it is there, or comes with this plan. Returns the removals for which that is
 * not so, with the first id that is missing.
 */
function earlyReplacements(proposals: readonly Proposal[], seen: Seen): ReadonlyMap<Proposal, string> {
  if (!proposals.some(({ change }) => change.kind === "deregister")) return new Map();
  const standing = new Set([
    ...seen.instances.filter((instance) => isMine(instance, seen)).map(({ id }) => id),
    ...proposals.flatMap(({ change }) => (change.kind === "register" ? [change.id] : [])),
  ]);
  return new Map(
    proposals.flatMap((proposal): readonly [Proposal, string][] => {
      const { change, instance } = proposal;
      if (change.kind !== "deregister" || instance === undefined) return [];
      const missing = successorsOf(instance, seen.desired).find((id) => !standing.has(id));
      return missing === undefined ? [] : [[proposal, missing]];
    }),
  );
}
