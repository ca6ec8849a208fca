import { isReserved } from "./attributes.ts";
import { byText, serviceName } from "./model.ts";
import type { Mapping, Scope } from "./model.ts";
import type { Doubt, SourceRead } from "./ports.ts";
import type { Subject } from "./subject.ts";

/** What mappings ask for and do not get. */
export function warnOfReserved({ key, mappings }: Pick<Subject, "key" | "mappings">): readonly string[] {
  return mappings.flatMap(({ origin, attributes }) => {
    const keys = Object.keys(attributes).filter(isReserved).toSorted(byText);
    if (keys.length === 0) return [];
    return `${serviceName(key)} (${origin.name}): attributes left out, because AWS and this tool give them their meaning: ${keys.join(", ")}; take them away there`;
  });
}

/** Where mappings would have their service created in different ways: the first of them that says something has its will. */
export function warnOfCreation({ key, mappings }: Pick<Subject, "key" | "mappings">): readonly string[] {
  const asked = (["ttl", "customHealth"] as const).flatMap((setting) => {
    const [first, ...others] = mappings.filter(({ creation }) => creation[setting] !== undefined);
    const other = others.find(({ creation }) => creation[setting] !== first?.creation[setting]);
    return first === undefined || other === undefined ? [] : `${shows(first, setting)}, ${shows(other, setting)}`;
  });
  if (asked.length === 0) return [];
  return [
    `${serviceName(key)}: its mappings differ in how it is to be created (${asked.join("; ")}), and the first counts; write the same in each`,
  ];
}

/** So many objects are named; tenants may write any number of them. */
const DOUBTS = 20;

/** What objects in the scope's Kubernetes namespaces ask for and nothing comes of. */
export function warnOfDoubts(sources: readonly SourceRead[], scopes: readonly Scope[]): readonly string[] {
  const doubts = doubtsOf(sources).filter(({ from }) =>
    scopes.some((scope) => scope.kind === "all" || (scope.kind === "namespace" && scope.namespace === from)),
  );
  const shown = doubts.slice(0, DOUBTS).map(({ object, problem }) => `${object}: ${problem}`);
  const others = doubts.length - shown.length;
  return others === 0
    ? shown
    : [
        ...shown,
        `${others} more objects of the cluster ask for what nothing comes of; \`validate\` names those in manifests`,
      ];
}

export function doubtsOf(sources: readonly SourceRead[]): readonly Doubt[] {
  return sources.flatMap((source) => (source.state === "read" ? (source.doubts ?? []) : []));
}

function shows({ origin, creation }: Mapping, setting: keyof Mapping["creation"]): string {
  return `${origin.name} says ${setting}: ${creation[setting]}`;
}
