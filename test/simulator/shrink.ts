import type { createClients } from "./clients.ts";
import { simulate } from "./simulate.ts";
import type { Played } from "./simulate.ts";
import type { Story } from "./story.ts";

/** Stories that are tried before one is small enough. */
const PATIENCE = 400;

/** A story with as few events as still break the same rule, and how it goes. */
export async function shrink(
  story: Story,
  clients: Awaited<ReturnType<typeof createClients>>,
  played: Played,
): Promise<{ readonly story: Story; readonly played: Played }> {
  const rules = new Set(played.violations.slice(0, 1).map(({ rule }) => rule));
  let best = { story, played };
  let tries = 0;
  for (let size = Math.ceil(story.events.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = best.story.events.length - size; from > -size && tries < PATIENCE; from -= size) {
      const begin = Math.max(0, from);
      const events = best.story.events.filter((_, index) => index < begin || index >= from + size);
      tries += 1;
      const attempt = { ...best.story, events };
      const next = await simulate(attempt, clients);
      if (next.violations.some(({ rule }) => rules.has(rule))) best = { story: attempt, played: next };
    }
  }
  return best;
}
