import type { createClients } from "./clients.ts";
import { generate } from "./generate.ts";
import type { Allowed } from "./generate.ts";
import type { Rule, Violation } from "./judge.ts";
import { simulate } from "./simulate.ts";
import type { Played } from "./simulate.ts";
import type { Story } from "./story.ts";

export type Many = {
  readonly first: number;
  readonly count: number;
  readonly allowed: Allowed;
  /** Whether a rule counts. */
  readonly counts: (rule: Rule) => boolean;
};

export type Broken = { readonly story: Story; readonly played: Played; readonly violation: Violation };

/** Plays worlds one after the other, and tells of each that breaks a rule. */
export async function playMany(
  { first, count, allowed, counts }: Many,
  clients: Awaited<ReturnType<typeof createClients>>,
  onBroken: (broken: Broken) => void,
) {
  const total = { worlds: count, passes: 0, faults: 0, writes: 0, broken: 0 };
  for (let seed = first; seed < first + count; seed++) {
    const story = generate(seed, allowed);
    const played = await simulate(story, clients);
    total.passes += played.passes;
    total.faults += played.faults;
    total.writes += played.writes;
    const violation = played.violations.find(({ rule }) => counts(rule));
    if (violation === undefined) continue;
    total.broken += 1;
    onBroken({ story, played, violation });
  }
  return total;
}
