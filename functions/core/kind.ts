import { isV4, isV6 } from "./addresses.ts";
import { byAge, claimsByPod, firstSource } from "./claims.ts";
import type { PodClaims, Selection } from "./claims.ts";
import type { Mapping, NamespaceType, RecordType, ServiceKind } from "./model.ts";
import type { NodesView } from "./nodes.ts";
import { placeOf } from "./places.ts";
import type { Configuration } from "./settings.ts";

/**
 * The kind of a service that has to be created. It must suit the oldest living pod, where that is found. Undefined: there is none yet.
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
  const [oldest] = claimsByPod(selections, nodes)
    .toSorted((a, b) => byAge(a.pod, b.pod))
    .flatMap(({ pod, mappings }) => firstPlace({ pod, mappings: firstSource(mappings) }, nodes, settings) ?? []);
  if (oldest === undefined) return undefined;
  const creation = selections.map(({ mapping }) => mapping.creation);
  const { customHealth, ttl } = settings.services;
  const rest = {
    health: (firstOf(creation, "customHealth") ?? customHealth) ? "custom" : "none",
    ttl: firstOf(creation, "ttl") ?? ttl,
  } as const;
  if (namespace === "HTTP") return { records: [], ...rest };
  if (oldest.mappings.some(({ id = settings.id }) => id === "ip-port")) return { records: ["SRV"], ...rest };
  const records: RecordType[] = [];
  if (oldest.ips.some(isV4)) records.push("A");
  if (oldest.ips.some(isV6)) records.push("AAAA");
  return { records, ...rest };
}

type Placed = { readonly mappings: readonly Mapping[]; readonly ips: readonly string[] };

/** Where the first of its mappings has a pod found; undefined where that is not known now. */
function firstPlace(
  { pod, mappings }: PodClaims,
  nodes: NodesView,
  { address }: Pick<Configuration, "address">,
): Placed | undefined {
  const [place] = mappings.map((mapping) => placeOf(mapping.address ?? address, pod, nodes));
  return place === undefined || "problem" in place ? undefined : { mappings, ips: place.ips };
}

/** Of mappings in their order, what the first says that says anything. */
function firstOf<K extends keyof Mapping["creation"]>(
  creation: readonly Mapping["creation"][],
  setting: K,
): Mapping["creation"][K] {
  return creation.find((one) => one[setting] !== undefined)?.[setting];
}
