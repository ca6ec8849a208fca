import { isV4, isV6 } from "./addresses.ts";
import { byAge, claimsByPod, firstSource } from "./claims.ts";
import type { Selection } from "./claims.ts";
import type { Mapping, NamespaceType, RecordType, ServiceKind } from "./model.ts";
import type { NodesView } from "./nodes.ts";
import type { Configuration } from "./settings.ts";

/**
 * The kind of a service that has to be created. It must suit the oldest living pod. Undefined: there is no pod yet.
 * Selections come in the order of their mappings' precedence, then of their names.
 *
 * | namespace | the pod's ids              | records                        |
 * |-----------|----------------------------|--------------------------------|
 * | HTTP      | any                        | none                           |
 * | DNS       | with ports, as of exports  | SRV                            |
 * | DNS       | else                       | A, AAAA or both: its addresses |
 */
export function deriveKind(
  namespace: NamespaceType,
  selections: readonly Selection[],
  nodes: NodesView,
  settings: Configuration,
): ServiceKind | undefined {
  const [oldest] = claimsByPod(selections, nodes).toSorted((a, b) => byAge(a.pod, b.pod));
  if (oldest === undefined) return undefined;
  const creation = selections.map(({ mapping }) => mapping.creation);
  const { customHealth, ttl } = settings.services;
  const rest = {
    health: (firstOf(creation, "customHealth") ?? customHealth) ? "custom" : "none",
    ttl: firstOf(creation, "ttl") ?? ttl,
  } as const;
  if (namespace === "HTTP") return { records: [], ...rest };
  if (firstSource(oldest.mappings).some(({ id = settings.id }) => id === "ip-port"))
    return { records: ["SRV"], ...rest };
  const records: RecordType[] = [];
  if (oldest.pod.ips.some(isV4)) records.push("A");
  if (oldest.pod.ips.some(isV6)) records.push("AAAA");
  return { records, ...rest };
}

/** Of mappings in their order, what the first says that says anything. */
function firstOf<K extends keyof Mapping["creation"]>(
  creation: readonly Mapping["creation"][],
  setting: K,
): Mapping["creation"][K] {
  return creation.find((one) => one[setting] !== undefined)?.[setting];
}
