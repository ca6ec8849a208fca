import type { Case } from "./case.ts";
import type { Change } from "./change.ts";

/** Of what a service needs, what has been wanted for long enough. Times are milliseconds since the epoch. */
export type Ripened = {
  readonly ripe: readonly Change[];
  /** Since when each is wanted, by what it is; undefined where that does not matter. */
  readonly wanted: ReadonlyMap<string, number> | undefined;
  /** When the rest will be ripe; undefined: there is none. */
  readonly ripeAt: number | undefined;
};

/**
 * Whoever follows the pods makes most differences good within a second: beside it only those are made that have lasted for
 * `ripeAfter` milliseconds, from the look that showed them to this one, which began at `now`.
 */
export function ripen(
  { wanted }: Pick<Case, "wanted">,
  changes: readonly Change[],
  now: number,
  ripeAfter: number,
): Ripened {
  if (ripeAfter === 0) return { ripe: changes, wanted: undefined, ripeAt: undefined };
  const since = new Map(changes.map((change) => [whatOf(change), wanted?.get(whatOf(change)) ?? now]));
  const ripeAtOf = (change: Change) => (since.get(whatOf(change)) ?? now) + ripeAfter;
  const young = changes.map(ripeAtOf).filter((at) => at > now);
  return {
    ripe: changes.filter((change) => ripeAtOf(change) <= now),
    wanted: since,
    ripeAt: young.length === 0 ? undefined : Math.max(...young),
  };
}

function whatOf(change: Change): string {
  return JSON.stringify([change.kind, change.id, change.kind === "register" ? change.attributes : ""]);
}
