import type { Rule } from "./judge.ts";

/**
 * What today's product is known to get wrong, by kinds of events: each of them breaks a rule in some worlds. They stay out of the
 * tests until that is put right, and are played with `--all`.
 */
const KNOWN: ReadonlySet<string> = new Set([
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

export function isSound(kind: string): boolean {
  return !KNOWN.has(kind);
}

export function isNew(rule: Rule): boolean {
  return !KNOWN_RULES.has(rule);
}
