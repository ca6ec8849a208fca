import { createClients } from "./clients.ts";
import { generate } from "./generate.ts";
import { simulate } from "./simulate.ts";

/** `without`: kinds of events that are left out, by their names. */
export type Many = { readonly seeds: readonly number[]; readonly without: readonly string[] };

/** A world that broke a rule: `what` is the first violation, `lines` its story. */
export type Broken = { readonly seed: number; readonly what: string; readonly lines: readonly string[] };

export type Total = { worlds: number; passes: number; faults: number; writes: number };

/** Plays worlds one after the other, and tells of each that breaks a rule as soon as it does. */
export async function playMany({ seeds, without }: Many, onBroken: (broken: Broken) => void): Promise<Total> {
  const clients = await createClients();
  const total = { worlds: 0, passes: 0, faults: 0, writes: 0 };
  for (const seed of seeds) {
    const { violations, lines, passes, faults, writes } = await simulate(generate(seed, without), clients);
    total.worlds += 1;
    total.passes += passes;
    total.faults += faults;
    total.writes += writes;
    const [violation] = violations;
    if (violation !== undefined) onBroken({ seed, what: `${violation.rule}: ${violation.what}`, lines });
  }
  return total;
}
