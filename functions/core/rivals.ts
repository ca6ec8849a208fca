import { differingKeys } from "./attributes.ts";
import { saysTheSame } from "./claims.ts";
import type { PodClaims } from "./claims.ts";
import { deriveEndpoints } from "./endpoints.ts";
import type { Endpoint } from "./endpoint.ts";
import type { ServiceKind } from "./model.ts";
import type { NodesView } from "./nodes.ts";
import type { Configuration } from "./settings.ts";

/** What comes of a pod that mappings of one source choose. */
export type Together =
  | { readonly kind: "endpoints"; readonly endpoints: readonly Endpoint[] }
  /** None of the mappings can make an endpoint of it. */
  | { readonly kind: "invalid"; readonly problem: string }
  /** They make different instances under one id. */
  | { readonly kind: "ambiguous" };

/**
 * The endpoints that the mappings of one source make of a pod together. With ids that have ports two may each give it a port
 * of its own: what they contradict each other about is an instance, not the pod.
 */
export function deriveTogether(
  kind: ServiceKind,
  { pod, mappings }: PodClaims,
  nodes: NodesView,
  settings: Configuration,
): Together {
  const [only] = mappings;
  if (only !== undefined && mappings.length === 1) {
    const made = deriveEndpoints(kind, pod, only, nodes, settings);
    return "problem" in made ? { kind: "invalid", ...made } : { kind: "endpoints", ...made };
  }
  const different = mappings.filter(
    (mapping, index) => mappings.findIndex((other) => saysTheSame(mapping, other, settings)) === index,
  );
  const derived = different.map((mapping) => deriveEndpoints(kind, pod, mapping, nodes, settings));
  const byId = Map.groupBy(
    derived.flatMap((one) => ("problem" in one ? [] : one.endpoints)),
    ({ id }) => id,
  );
  const isInDoubt = ([first, ...others]: readonly Endpoint[]) =>
    first !== undefined && others.some((other) => !isTheSame(first, other, settings));
  if ([...byId.values()].some(isInDoubt)) return { kind: "ambiguous" };
  const endpoints = [...byId.values()].flatMap(([endpoint]) => endpoint ?? []);
  const problem = derived.flatMap((one) => ("problem" in one ? [one.problem] : []))[0];
  if (endpoints.length === 0 && problem !== undefined) return { kind: "invalid", problem };
  return { kind: "endpoints", endpoints };
}

function isTheSame(a: Endpoint, b: Endpoint, settings: Configuration): boolean {
  return (
    differingKeys(a.core, b.core, []).length === 0 &&
    saysTheSame({ ...a.mapping, ports: [] }, { ...b.mapping, ports: [] }, settings)
  );
}
