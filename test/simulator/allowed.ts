import type { Rule } from "./judge.ts";

/**
 * What today's product is known to get wrong, by kinds of events: each of them breaks a rule in some worlds. They stay out of the
 * tests until that is put right, and are played with `--all`.
 */
const KNOWN: ReadonlySet<string> = new Set([
  "ambiguous",
  "claim",
  "crd",
  "document",
  "ec2",
  "ec2-error",
  "list-slow",
  "node-dies",
  "nodes-slow",
  "objects-slow",
  "operation-hangs",
  "operation-slow",
  "parts",
  "relabel",
  "restamp",
  "short",
  "silence",
  "tamper",
  "unready-all",
  "watch",
  "write-slow",
  "write-silent",
  "write-throttled",
]);

/** Rules that it breaks whatever happens. */
const KNOWN_RULES: ReadonlySet<Rule> = new Set<Rule>(["a write was begun on an old list"]);

/** What test:deep is asked for. `all`: what is known to go wrong too; `without`: kinds of events that are left out. */
export type Flags = { readonly all: boolean; readonly without: readonly string[] };

/** Which kinds of events happen, and which rules count. */
export function createChoice({ all, without }: Flags) {
  return {
    allows: (kind: string) => (all || !KNOWN.has(kind)) && !without.includes(kind),
    counts: (rule: Rule) => all || !KNOWN_RULES.has(rule),
  };
}
