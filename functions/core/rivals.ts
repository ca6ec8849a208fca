import { differingKeys } from "./attributes.ts";
import { saysTheSame } from "./claims.ts";
import type { PodClaims } from "./claims.ts";
import { deriveEndpoints } from "./endpoints.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Mapping, ServiceKind } from "./model.ts";
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
 * of its own: what they contradict each other about is an instance, not the pod. `meaningOf`: as `createMeanings` has it.
 */
export function deriveTogether(
  kind: ServiceKind,
  { pod, mappings }: PodClaims,
  nodes: NodesView,
  settings: Configuration,
  meaningOf: (mapping: Mapping) => string,
): Together {
  const [only] = mappings;
  if (only !== undefined && mappings.length === 1) {
    const made = deriveEndpoints(kind, pod, only, nodes, settings);
    return "problem" in made ? { kind: "invalid", ...made } : { kind: "endpoints", ...made };
  }
  const byId = new Map<string, Endpoint>();
  const meant = new Set<string>();
  let problem: string | undefined;
  for (const mapping of mappings) {
    const meaning = meaningOf(mapping);
    if (meant.has(meaning)) continue;
    meant.add(meaning);
    const made = deriveEndpoints(kind, pod, mapping, nodes, settings);
    if ("problem" in made) problem ??= made.problem;
    for (const endpoint of "problem" in made ? [] : made.endpoints) {
      const known = byId.get(endpoint.id);
      // Of any number of claims that a tenant may make, two that disagree are enough.
      if (known !== undefined && !isTheSame(known, endpoint, settings)) return { kind: "ambiguous" };
      if (known === undefined) byId.set(endpoint.id, endpoint);
    }
  }
  if (byId.size === 0 && problem !== undefined) return { kind: "invalid", problem };
  return { kind: "endpoints", endpoints: [...byId.values()] };
}

function isTheSame(a: Endpoint, b: Endpoint, settings: Configuration): boolean {
  return (
    differingKeys(a.core, b.core, []).length === 0 &&
    saysTheSame({ ...a.mapping, ports: [] }, { ...b.mapping, ports: [] }, settings)
  );
}
