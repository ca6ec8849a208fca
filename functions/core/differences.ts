import type { Attributes } from "./model.ts";

/** By attribute: what it is, and what it becomes; `null` where it is not there. */
export type Differences = Readonly<Record<string, { readonly from: string | null; readonly to: string | null }>>;

/** How an instance changes in these keys; one that is not there yet, in all of its attributes. */
export function differencesOf(
  observed: Attributes | undefined,
  desired: Attributes,
  keys: readonly string[],
): Differences {
  const told = observed === undefined ? Object.keys(desired) : keys;
  return Object.fromEntries(told.map((key) => [key, { from: observed?.[key] ?? null, to: desired[key] ?? null }]));
}
