import { byAge, claimsByPod, createMeanings, firstSource } from "./claims.ts";
import type { PodClaims, Selection } from "./claims.ts";
import type { Endpoint } from "./endpoint.ts";
import { addressesOf, isExternalDns, isPlaceOf, nodeOf, podOf } from "./instances.ts";
import { lazily } from "./lazily.ts";
import { byText, podName } from "./model.ts";
import type { Instance, Pod, ServiceKind } from "./model.ts";
import type { NodesView } from "./nodes.ts";
import { deriveTogether } from "./rivals.ts";
import type { Configuration } from "./settings.ts";

/** What a service should hold. */
export type Desired = {
  /** One an id, sorted by id. */
  readonly endpoints: readonly Endpoint[];
  /** Every living pod that some mapping chooses, ready or not, by name. */
  readonly chosen: ReadonlyMap<string, Pod>;
  /** Pods that cannot be instances of this service as it is, sorted. */
  readonly invalid: readonly InvalidPod[];
  /** Pods of which two mappings of one source make different instances under one id, sorted. */
  readonly ambiguous: readonly PodClaims[];
  /**
   * The chosen pod that the instance stands for; undefined where there is none at its address. External-dns's stand for any at it,
   * those of a node for any on it, of their Kubernetes namespace, that is in doubt.
   */
  readonly chosenOf: (instance: Instance) => Pod | undefined;
  /** The chosen pods where the instance is: more than one on the host network, or where its address is a node's. */
  readonly chosenAt: (instance: Instance) => readonly Pod[];
  /** The endpoints that stand for a chosen pod, or have one of its addresses. */
  readonly endpointsOf: (pod: Pod) => readonly Endpoint[];
  /** Whether any endpoint is ready. */
  readonly hasReady: boolean;
  /** Whether nothing may be decided about the pod: it is invalid here, or in doubt. */
  readonly isUndecided: (pod: Pod) => boolean;
};

export type InvalidPod = { readonly pod: Pod; readonly problem: string; readonly claims: PodClaims };

/**
 * The endpoints of one service. A pod is an endpoint if a mapping chooses it and it is alive; whether it is ready is the
 * pod's own state, then what its node says, unless the service would lose its last ready endpoint.
 */
export function deriveDesired(
  kind: ServiceKind,
  selections: readonly Selection[],
  nodes: NodesView,
  settings: Configuration,
): Desired {
  const claims = claimsByPod(selections, nodes);
  const meaningOf = createMeanings(settings);
  const ambiguous: PodClaims[] = [];
  const invalid: InvalidPod[] = [];
  const derived: Endpoint[] = [];
  for (const { pod, mappings } of claims) {
    const rivals = firstSource(mappings);
    const made = deriveTogether(kind, { pod, mappings: rivals }, nodes, settings, meaningOf);
    switch (made.kind) {
      case "endpoints":
        derived.push(...made.endpoints);
        break;
      case "invalid":
        invalid.push({ pod, problem: made.problem, claims: { pod, mappings: rivals } });
        break;
      case "ambiguous":
        ambiguous.push({ pod, mappings: rivals });
        break;
      default:
        made satisfies never;
    }
  }
  const endpoints = onePerId(applyNodes(derived, nodes));
  return { endpoints, invalid, ambiguous, ...indexDesired(claims, derived, { endpoints, invalid, ambiguous }) };
}

function indexDesired(
  claims: readonly PodClaims[],
  derived: readonly Endpoint[],
  { endpoints, invalid, ambiguous }: Pick<Desired, "endpoints" | "invalid" | "ambiguous">,
): Omit<Desired, "endpoints" | "invalid" | "ambiguous"> {
  const chosen = new Map(claims.map(({ pod }) => [podName(pod.key), pod]));
  // Where nothing has changed, who is chosen is all that is asked.
  const pods = lazily(() => byAddress(claims.map(({ pod }) => [pod.ips, pod])));
  const onNodes = lazily(() => Map.groupBy(chosen.values(), ({ node }) => node));
  const chosenAt = (instance: Instance) => {
    const node = nodeOf(instance);
    if (node !== undefined) return onNodes().get(node) ?? [];
    return [...new Set(addressesOf(instance).flatMap((ip) => pods().get(ip) ?? []))];
  };
  const targets = lazily(() => byAddress(endpoints.map((endpoint) => [endpoint.addresses, endpoint])));
  const endpointsAt = (ips: readonly string[]) => ips.flatMap((ip) => targets().get(ip) ?? []);
  const byId = lazily(() => new Map(endpoints.map((endpoint) => [endpoint.id, endpoint])));
  const made = lazily(() => Map.groupBy(derived, ({ pod }) => pod));
  const undecided = new Set([...invalid, ...ambiguous].map(({ pod }) => pod));
  return {
    chosen,
    chosenOf: (instance) => {
      const key = podOf(instance);
      if (isExternalDns(instance)) return chosenAt(instance)[0] ?? endpointsAt(addressesOf(instance))[0]?.pod;
      const pod = key === undefined ? undefined : chosen.get(podName(key));
      if (pod !== undefined && isPlaceOf(instance, pod)) return pod;
      if (key === undefined || nodeOf(instance) === undefined) return undefined;
      return chosenAt(instance).find((other) => undecided.has(other) && other.key.namespace === key.namespace);
    },
    chosenAt,
    endpointsOf: (pod) => [
      ...new Set([...endpointsAt(pod.ips), ...(made().get(pod) ?? []).flatMap(({ id }) => byId().get(id) ?? [])]),
    ],
    hasReady: endpoints.some(({ ready }) => ready),
    isUndecided: (pod) => undecided.has(pod),
  };
}

function byAddress<T>(entries: readonly (readonly [readonly string[], T])[]): ReadonlyMap<string, readonly T[]> {
  const index = new Map<string, T[]>();
  for (const [ips, value] of entries) {
    for (const ip of ips) {
      const there = index.get(ip);
      if (there === undefined) index.set(ip, [value]);
      else there.push(value);
    }
  }
  return index;
}

function applyNodes(endpoints: readonly Endpoint[], nodes: NodesView): readonly Endpoint[] {
  const isLeaving = ({ pod, mapping }: Endpoint) => mapping.unready === "hide" && nodes.isLeaving(pod);
  const staysServed = endpoints.some((endpoint) => endpoint.ready && !isLeaving(endpoint));
  if (!staysServed) return endpoints;
  return endpoints.map((endpoint) => (isLeaving(endpoint) ? { ...endpoint, ready: false } : endpoint));
}

/** Pods of the host network share an address, and so do those at their node's: the oldest ready one names the instance. */
function onePerId(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const first = new Map<string, Endpoint>();
  for (const endpoint of endpoints) {
    const known = first.get(endpoint.id);
    if (known === undefined || byPrecedence(endpoint, known) < 0) first.set(endpoint.id, endpoint);
  }
  return [...first.values()].toSorted((a, b) => byText(a.id, b.id));
}

function byPrecedence(a: Endpoint, b: Endpoint): number {
  return Number(b.ready) - Number(a.ready) || byAge(a.pod, b.pod);
}
