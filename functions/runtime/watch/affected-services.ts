import type { SeenPod } from "../../kubernetes/known-pods.ts";
import type { Claim, Scope } from "../../core/model.ts";
import type { SourceRead, World } from "../../core/ports.ts";
import { readQuery } from "../../core/selectors.ts";

type Rule = { readonly claim: Claim; readonly matches: (pod: SeenPod) => boolean };

/** Which services draw a pod, as one scope each; none where nobody asks for it. */
export type FindAffected = (pod: SeenPod) => readonly Scope[];

/** How long the claims are waited for, in milliseconds. */
const PATIENCE = 30_000;

/**
 * Tells which services a pod's change matters to: those with a claim that selects it. A claim that is new, or a selector that was
 * changed, counts within a minute; until then the schedule knows it. While a source cannot be read, its claims may be anywhere:
 * then it is all services that draw from the pod's Kubernetes namespace. So it is for a pod of too many labels.
 */
export function createAffectedServices(
  readWorld: () => Promise<Pick<World, "cluster" | "now">>,
): () => Promise<FindAffected> {
  let last: { readonly sources: readonly SourceRead[]; readonly find: FindAffected } | undefined;
  return async () => {
    const { cluster, now } = await readWorld();
    const sources = await cluster.listMappings(now() + PATIENCE, { fresh: false });
    if (last?.sources !== sources) last = { sources, find: findIn(sources) };
    return last.find;
  };
}

function findIn(sources: readonly SourceRead[]): FindAffected {
  const claims = sources.flatMap((source) => (source.state === "read" ? source.claims : []));
  const rules = Map.groupBy(claims.map(ruleOf), ({ claim }) => claim.pods.namespace);
  const isInDoubt = sources.some(({ state }) => state === "failed");
  return (pod) => {
    const { namespace } = pod.key;
    if (isInDoubt || pod.areLabelsLeftOut === true) return [{ kind: "namespace", namespace }];
    return (rules.get(namespace) ?? [])
      .filter(({ matches }) => matches(pod))
      .map(({ claim }) => ({ kind: "service", service: claim.service, namespace: claim.namespace }));
  };
}

function ruleOf(claim: Claim): Rule {
  const isSelected = readQuery(claim.pods);
  return { claim, matches: (pod) => isSelected(pod) && claim.chooses(pod) };
}
