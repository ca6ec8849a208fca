import { isReserved } from "./attributes.ts";
import { byText, serviceName } from "./model.ts";
import type { Subject } from "./resolve.ts";

/** What mappings ask for and do not get. */
export function warnOfReserved({ key, mappings }: Pick<Subject, "key" | "mappings">): readonly string[] {
  return mappings.flatMap(({ origin, attributes }) => {
    const keys = Object.keys(attributes).filter(isReserved).toSorted(byText);
    if (keys.length === 0) return [];
    return `${serviceName(key)} (${origin.name}): attributes left out, because AWS and this tool give them their meaning: ${keys.join(", ")}; take them away there`;
  });
}
