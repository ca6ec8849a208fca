import { CORE_KEYS, isReserved, OWN_PREFIX } from "../core/attributes.ts";
import { byText } from "../core/model.ts";
import type { Attributes, Claim, Pod } from "../core/model.ts";
import type { Settings } from "../core/settings.ts";

/** An attribute of an instance, where its value comes from, and what it took the place of. */
export type Origin = {
  readonly key: string;
  readonly value: string;
  readonly from: "this tool" | "mapping" | "label" | "somebody else" | "unknown";
  /** The label's value that the mapping's overwrote. */
  readonly over?: string;
};

/** Sorted by key. `pod` and `mapping`: undefined where the pod is gone, or no mapping chooses it. */
export function originsOf(
  attributes: Attributes,
  pod: Pick<Pod, "labels"> | undefined,
  mapping: Pick<Claim, "attributes"> | undefined,
  { ignoreAttributes }: Pick<Settings, "ignoreAttributes">,
): readonly Origin[] {
  return Object.entries(attributes)
    .toSorted(([a], [b]) => byText(a, b))
    .map(([key, value]) => {
      const label = pod?.labels[key];
      const isMappings = !isReserved(key) && mapping?.attributes[key] === value;
      const over = isMappings && label !== undefined && label !== value ? { over: label } : {};
      return { key, value, from: fromOf(), ...over };

      function fromOf(): Origin["from"] {
        if (ignoreAttributes.includes(key)) return "somebody else";
        if (CORE_KEYS.includes(key) || key.startsWith("AWS_") || key.startsWith(OWN_PREFIX)) return "this tool";
        if (isMappings) return "mapping";
        return label === value ? "label" : "unknown";
      }
    });
}
