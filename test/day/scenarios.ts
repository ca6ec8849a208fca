import { begin } from "./cluster.ts";
import { EDITS } from "./edits.ts";
import { OUTAGES } from "./outages.ts";
import { CROWDS, ROLLOUTS } from "./rollouts.ts";
import type { Scenario } from "./scenario.ts";

/** A day, in its order: the first is what the others need. */
export const SCENARIOS: readonly Scenario[] = [
  { name: "everything is new", isShort: true, run: begin },
  ...ROLLOUTS,
  ...EDITS,
  ...OUTAGES,
  ...CROWDS,
];
