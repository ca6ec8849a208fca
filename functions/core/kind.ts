import { isV4, isV6 } from "./addresses.ts";
import { recordsFor } from "./balancer-endpoints.ts";
import { byAge, claimsByPod, firstSource } from "./claims.ts";
import type { PodClaims, Selection } from "./claims.ts";
import type { Mapping, NamespaceType, RecordType, ServiceKind } from "./model.ts";
import type { NodesView } from "./nodes.ts";
import { placeOf } from "./places.ts";
import type { Configuration } from "./settings.ts";

/**
 * The kind of a service that has to be created. It must suit the oldest living pod, or load balancer, where that is found. Undefined:
 * there is none yet. Selections come in the order of their mappings' precedence, then of their names.
 *
 * | namespace | the pod's ids              | records                        |
 * |-----------|----------------------------|--------------------------------|
 * | HTTP      | any                        | none                           |
 * | DNS       | with ports, as of exports  | SRV                            |
 * | DNS       | else                       | A, AAAA or both: its addresses |
 *
 * What load balancers need stands in balancer-endpoints.ts.
 */
export function deriveKind(
  namespace: NamespaceType,
  selections: readonly Selection[],
  nodes: NodesView,
  settings: Configuration,
): ServiceKind | undefined {
  const [needed] = claimsByPod(selections, nodes)
    .toSorted((a, b) => byAge(a.pod, b.pod))
    .flatMap(({ pod, mappings }) => recordsOf({ pod, mappings: firstSource(mappings) }, nodes, settings) ?? []);
  if (needed === undefined) return undefined;
  const creation = selections.map(({ mapping }) => mapping.creation);
  const { customHealth, ttl } = settings.services;
  return {
    ...(namespace === "HTTP" ? { records: [] } : needed),
    health: (firstOf(creation, "customHealth") ?? customHealth) ? "custom" : "none",
    ttl: firstOf(creation, "ttl") ?? ttl,
  };
}

/** The records that a pod needs by the first of its mappings; undefined where it is not known now where that is found. */
function recordsOf(
  { pod, mappings }: PodClaims,
  nodes: NodesView,
  settings: Pick<Configuration, "address" | "id">,
): Pick<ServiceKind, "records" | "isWeighted"> | undefined {
  const address = mappings[0]?.address ?? settings.address;
  if (address === "load-balancer") return recordsFor(pod);
  const place = placeOf(address, pod, nodes);
  if ("problem" in place) return undefined;
  if (mappings.some(({ id = settings.id }) => id === "ip-port")) return { records: ["SRV"] };
  const records: RecordType[] = [];
  if (place.ips.some(isV4)) records.push("A");
  if (place.ips.some(isV6)) records.push("AAAA");
  return { records };
}

/** Of mappings in their order, what the first says that says anything. */
function firstOf<K extends keyof Mapping["creation"]>(
  creation: readonly Mapping["creation"][],
  setting: K,
): Mapping["creation"][K] {
  return creation.find((one) => one[setting] !== undefined)?.[setting];
}
