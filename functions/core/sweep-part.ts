import type { History } from "./history.ts";
import type { FoundNamespace } from "./ports.ts";
import type { Request } from "./request.ts";
import { rotate } from "./turns.ts";

/** In so many Cloud Map namespaces a sweep looks for orphans, where it may leave some: their lists take half of the schedule's minute. */
const PART = 40;

/**
 * The ids of the namespaces where a sweep looks for orphans: all, or where it may leave some to those that follow, the ones that
 * have waited longest. A process that knows of none before begins somewhere.
 */
export function sweepPart(
  found: readonly FoundNamespace[],
  { sweep, spreads, start }: Pick<Request, "sweep" | "spreads" | "start">,
  history: History,
  now: number,
): ReadonlySet<string> {
  if (!sweep) return new Set();
  const ids = [...new Set(found.flatMap(({ read }) => ("value" in read ? [read.value.id] : [])))];
  if (spreads !== true) return new Set(ids);
  const part = rotate(ids, start)
    .toSorted((a, b) => (history.sweptAt(a) ?? 0) - (history.sweptAt(b) ?? 0))
    .slice(0, PART);
  for (const id of part) history.noteSwept(id, now);
  return new Set(part);
}
