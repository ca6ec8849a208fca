import { isReserved } from "./attributes.ts";
import { byText, serviceName } from "./model.ts";
import type { Mapping } from "./model.ts";
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

function shows({ origin, creation }: Mapping, setting: keyof Mapping["creation"]): string {
  return `${origin.name} says ${setting}: ${creation[setting]}`;
}
