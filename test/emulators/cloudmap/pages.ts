import { createHash } from "node:crypto";
import { invalid } from "./input.ts";
import type { PageInput } from "./input.ts";
import type { CloudMapWorld } from "./world.ts";

/**
 * A page of `things`, by their order. As AWS has it, filters apply after paging: a page may be empty and not the
 * last. `list` names what is listed; a token is good for that list alone.
 */
export function pageOf<T extends { readonly order: number }>(
  world: CloudMapWorld,
  things: Iterable<T>,
  { MaxResults = 100, NextToken }: PageInput,
  list: unknown,
  matches: (thing: T) => boolean = () => true,
): { readonly items: readonly T[]; readonly NextToken: string | undefined } {
  const size = Math.min(MaxResults, world.options.maxPageSize);
  const name = createHash("sha256").update(JSON.stringify(list)).digest("base64url").slice(0, 12);
  const after = NextToken === undefined ? 0 : parseToken(NextToken, name);
  const taken: T[] = [];
  let isLast = true;
  // Operations that end out of order have put them into another one.
  for (const thing of [...things].toSorted((a, b) => a.order - b.order)) {
    if (thing.order <= after) continue;
    if (taken.length === size) {
      isLast = false;
      break;
    }
    taken.push(thing);
  }
  const last = taken.at(-1);
  const token = isLast || last === undefined ? undefined : Buffer.from(`${name}.${last.order}`).toString("base64");
  return { items: taken.filter(matches), NextToken: token };
}

function parseToken(token: string, list: string): number {
  const [name, order = ""] = Buffer.from(token, "base64").toString().split(".");
  if (name !== list || !/^\d+$/.test(order)) throw invalid("NextToken: is not one of this list");
  return Number(order);
}
