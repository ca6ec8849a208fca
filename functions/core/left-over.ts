import type { Applied } from "./apply.ts";
import type { Case } from "./case.ts";
import type { Change } from "./change.ts";
import { isOfLiving, isOfUnchosen } from "./change.ts";
import type { Decided } from "./hold.ts";

/** About how many writes the creation of a service is worth, by Cloud Map's rates: 5 a second beside 50. */
const CREATION = 10;
/** A service that so many looks in a row have not brought on is left to the next pass. */
const MAX_FRUITLESS = 3;

/** The case once more after a look that has not brought it on; none where it is left to the next pass. */
export function onceMore(one: Case): readonly Case[] {
  const fruitless = one.fruitless + 1;
  return fruitless >= MAX_FRUITLESS ? [] : [{ ...one, fruitless }];
}

/** What of a decision is made now; `later`: removals of living pods, which need a second look that agrees. */
export type Share = { readonly now: readonly Change[]; readonly later: readonly Change[]; readonly cost: number };

/** Claims and nodes may be older than what the registry showed; for such a removal they are read again first. */
export function shareOf({ subject, doubted }: Case, { changes }: Decided): Share {
  const isLater = (change: Change) => isOfLiving(change) && !doubted.has(change.id);
  const now = changes.filter((change) => !isLater(change));
  const cost = now.length + (subject.service === undefined && now.length > 0 ? CREATION : 0);
  return { now, later: changes.filter(isLater), cost };
}

/** The case once more at the very end, where removals wait for a registration of another service; once. */
export function waitingForOthers(one: Case, { held }: Decided): Case | undefined {
  const waitsForOthers = held.some(
    ({ reason, change }) => reason === "waiting" && change !== undefined && isOfUnchosen(change),
  );
  if (one.isLast || !waitsForOthers) return undefined;
  return { ...one, doubted: new Set(), needsClaims: true, isLast: true, cost: 0, fruitless: 0 };
}

/**
 * The case once more, where another look in this pass can bring it on; undefined where it is done, or has to wait.
 *
 * | left                                         | because                                                           |
 * |----------------------------------------------|-------------------------------------------------------------------|
 * | something was not begun                      | its list grew old, or an operation of somebody else was in the way |
 * | removals of living pods                      | they need a second look                                           |
 * | removals that the guard holds, or that wait  | what was registered now counts once it is seen                    |
 * | everything, as the service was just created  | it has to be read first                                           |
 */
export function leftOver(
  one: Case,
  { changes, held }: Decided,
  { now, later }: Share,
  { outcomes }: Applied,
): Case | undefined {
  const isDone = outcomes.some(({ result }) => result === "done");
  const isRegistered = outcomes.some(({ change, result }) => change.kind === "register" && result === "done");
  const mayGo = isRegistered && held.some(({ reason }) => reason === "guard" || reason === "waiting");
  const isUnbegun = outcomes.some(({ result }) => result === "not-begun") || (now.length > 0 && outcomes.length === 0);
  const fruitless = isDone ? 0 : one.fruitless + 1;
  if (!(isUnbegun || later.length > 0 || mayGo) || fruitless >= MAX_FRUITLESS) return undefined;
  return {
    subject: one.subject,
    doubted: new Set(changes.filter(isOfLiving).map(({ id }) => id)),
    needsClaims: true,
    isLast: one.isLast,
    wanted: one.wanted,
    cost: outcomes.filter(({ result }) => result === "not-begun").length,
    fruitless,
  };
}
