import { byAge, claimsByPod, firstSource } from "./claims.ts";
import type { PodClaims, Selection } from "./claims.ts";
import type { Endpoint } from "./endpoints.ts";
import { byText, podName } from "./model.ts";
import type { Pod, ServiceKind } from "./model.ts";
import { isOnLeavingNode } from "./nodes.ts";
import type { NodesRead } from "./ports.ts";
import { deriveTogether } from "./rivals.ts";
import type { Configuration } from "./settings.ts";

/** What a service should hold. */
export type Desired = {
  /** One an id, sorted by id. */
  readonly endpoints: readonly Endpoint[];
  /** Every living pod that some mapping chooses, ready or not, by name. */
  readonly chosen: ReadonlyMap<string, Pod>;
  /** Pods that cannot be instances of this service as it is, sorted. */
  readonly invalid: readonly { readonly pod: Pod; readonly problem: string }[];
  /** Pods of which two mappings of one source make different instances under one id, sorted. */
  readonly ambiguous: readonly PodClaims[];
};

/**
 * The endpoints of one service. A pod is an endpoint if a mapping chooses it and it is alive; whether it is ready is the
 * pod's own state, then what its node says, unless the service would lose its last ready endpoint.
 */
export function deriveDesired(
  kind: ServiceKind,
  selections: readonly Selection[],
  nodes: NodesRead,
  settings: Configuration,
): Desired {
  const claims = claimsByPod(selections, nodes);
  const ambiguous: PodClaims[] = [];
  const invalid: Desired["invalid"][number][] = [];
  const endpoints: Endpoint[] = [];
  for (const { pod, mappings } of claims) {
    const rivals = firstSource(mappings);
    const made = deriveTogether(kind, { pod, mappings: rivals }, nodes, settings);
    switch (made.kind) {
      case "endpoints":
        endpoints.push(...made.endpoints);
        break;
      case "invalid":
        invalid.push({ pod, problem: made.problem });
        break;
      case "ambiguous":
        ambiguous.push({ pod, mappings: rivals });
        break;
      default:
        made satisfies never;
    }
  }
  return {
    endpoints: onePerId(applyNodes(endpoints, nodes)),
    chosen: new Map(claims.map(({ pod }) => [podName(pod.key), pod])),
    invalid,
    ambiguous,
  };
}

function applyNodes(endpoints: readonly Endpoint[], nodes: NodesRead): readonly Endpoint[] {
  const isLeaving = ({ pod, mapping }: Endpoint) => mapping.unready === "hide" && isOnLeavingNode(pod, nodes);
  const staysServed = endpoints.some((endpoint) => endpoint.ready && !isLeaving(endpoint));
  if (!staysServed) return endpoints;
  return endpoints.map((endpoint) => (isLeaving(endpoint) ? { ...endpoint, ready: false } : endpoint));
}

/** Pods of the host network share an address: the oldest ready one names the instance. */
function onePerId(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  return [...Map.groupBy(endpoints, ({ id }) => id).values()]
    .flatMap((same) => same.toSorted((a, b) => Number(b.ready) - Number(a.ready) || byAge(a.pod, b.pod)).slice(0, 1))
    .toSorted((a, b) => byText(a.id, b.id));
}
