import { byText, OPERATORS, podName } from "./model.ts";
import type { Attributes, Mapping, Origin, Pod } from "./model.ts";
import type { NodesView } from "./nodes.ts";
import type { Configuration } from "./settings.ts";

/** A mapping with the pods that the API server selected for it. */
export type Selection = { readonly mapping: Mapping; readonly pods: readonly Pod[] };

/** A living pod with the mappings of one service that choose it. */
export type PodClaims = { readonly pod: Pod; readonly mappings: readonly Mapping[] };

/** Sorted by the pods' names. */
export function claimsByPod(selections: readonly Selection[], nodes: NodesView): readonly PodClaims[] {
  const claims = new Map<string, { readonly pod: Pod; readonly mappings: Mapping[] }>();
  for (const { mapping, pods } of selections) {
    for (const pod of pods) {
      if (!nodes.isLiving(pod) || !mapping.chooses(pod)) continue;
      const name = podName(pod.key);
      const known = claims.get(name);
      if (known === undefined) claims.set(name, { pod, mappings: [mapping] });
      else known.mappings.push(mapping);
    }
  }
  return [...claims.keys()].toSorted().flatMap((name) => claims.get(name) ?? []);
}

/** The claims of the source that takes precedence, by their names. */
export function firstSource(mappings: readonly Mapping[]): readonly Mapping[] {
  if (mappings.length === 1) return mappings;
  const sorted = mappings.toSorted((a, b) => byPrecedence(a.origin, b.origin));
  return sorted.filter(({ origin }) => origin.source === sorted[0]?.origin.source);
}

/** Two claims of one source that differ are held as ambiguous (desired.ts). */
export function byPrecedence(a: Origin, b: Origin): number {
  return a.rank - b.rank || byText(a.name, b.name);
}

/** Whether the operator's own document says so, and not an object in the cluster. */
export function isOperators({ origin }: Pick<Mapping, "origin">): boolean {
  return origin.source === OPERATORS.source;
}

/** Whether two mappings make the same instances of a pod. */
export function saysTheSame(a: Mapping, b: Mapping, settings: Defaults): boolean {
  return a === b || meaningOf(a, settings) === meaningOf(b, settings);
}

/** What a mapping makes of its pods, as a text that is the same for all that make the same; each is read once. */
export function createMeanings(settings: Defaults): (mapping: Mapping) => string {
  const known = new Map<Mapping, string>();
  return (mapping) => {
    const meaning = known.get(mapping) ?? meaningOf(mapping, settings);
    known.set(mapping, meaning);
    return meaning;
  };
}

/** Oldest first; of the same age by name. */
export function byAge(a: Pod, b: Pod): number {
  return byText(a.createdAt, b.createdAt) || byText(podName(a.key), podName(b.key));
}

/** What counts where a mapping does not say. */
type Defaults = Pick<Configuration, "policy" | "address" | "id" | "labels">;

function meaningOf(mapping: Mapping, settings: Defaults): string {
  const { ports, attributes, coreAttributes, unready } = mapping;
  const { address = settings.address, id = settings.id, labels = settings.labels, policy = settings.policy } = mapping;
  return JSON.stringify([ports, address, id, labels, entries(attributes), entries(coreAttributes), unready, policy]);
}

function entries(attributes: Attributes): readonly [string, string][] {
  return Object.entries(attributes).toSorted(([a], [b]) => byText(a, b));
}
