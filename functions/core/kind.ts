import { isV4, isV6 } from "./addresses.ts";
import { byAge, claimsByPod, firstSource } from "./claims.ts";
import type { Selection } from "./claims.ts";
import type { NamespaceType, RecordType, ServiceKind } from "./model.ts";
import type { NodesRead } from "./ports.ts";
import type { Configuration } from "./settings.ts";

/**
 * The kind of a service that has to be created. It must suit the oldest living pod. Undefined: there is no pod yet.
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
  nodes: NodesRead,
  settings: Configuration,
): ServiceKind | undefined {
  const [oldest] = claimsByPod(selections, nodes).toSorted((a, b) => byAge(a.pod, b.pod));
  if (oldest === undefined) return undefined;
  const health = settings.services.customHealth ? "custom" : "none";
  if (namespace === "HTTP") return { records: [], health };
  if (firstSource(oldest.mappings).some(({ id = settings.id }) => id === "ip-port"))
    return { records: ["SRV"], health };
  const records: RecordType[] = [];
  if (oldest.pod.ips.some(isV4)) records.push("A");
  if (oldest.pod.ips.some(isV6)) records.push("AAAA");
  return { records, health };
}
