import { byText, podName } from "../core/model.ts";
import type { Claim, Origin, Pod, PodQuery } from "../core/model.ts";
import { nearest } from "../core/nearest.ts";
import type { Report } from "../core/report.ts";
import { readSelector } from "../core/selectors.ts";
import { isMappingMeant } from "./explain-target.ts";
import type { Target } from "./explain-target.ts";
import { balancersRead, podsRead } from "../runtime/remarks/record.ts";
import type { Reads } from "../runtime/remarks/record.ts";

/** `missing`: the one requirement that the pod lacks, or what else keeps it out; of a mapping that chooses it, null. */
export type MatchedMapping = { readonly mapping: string; readonly service: string; readonly missing: string | null };

/** A mapping, or an object that claims. `service`: `NAMESPACE/SERVICE` as it is written there, null where that cannot be understood. */
export type ExplainedMapping = {
  readonly mapping: string;
  readonly service: string | null;
  /** `pods of shop with app=web` */
  readonly asks: string;
  /** The pods, or load balancers, that it chooses. Sorted. */
  readonly chosen: readonly string[];
  readonly problems: readonly string[];
};

/** One for each object: it may claim once for each Kubernetes namespace that its pods may be in. */
export function explainMappings(target: Target, report: Report, reads: Reads): readonly ExplainedMapping[] {
  const read = reads.sources.flatMap((source) => (source.state === "read" ? [source] : []));
  const isMeant = ({ origin }: { readonly origin: Origin }) => isMappingMeant(target, origin.name);
  const pods = [...podsRead(reads), ...balancersRead(reads)];
  const claims = read.flatMap((source) => source.claims.filter(isMeant));
  const broken = read.flatMap((source) => source.broken.filter(isMeant));
  const together = [...Map.groupBy(claims, (claim) => `${claim.origin.name} ${titleOf(claim)}`).values()];
  return [
    ...together.flatMap(([first, ...others]) =>
      first === undefined
        ? []
        : {
            mapping: first.origin.name,
            service: titleOf(first),
            asks: asksOf(first.pods),
            chosen: chosenBy([first, ...others], pods),
            problems: problemsOf(first.origin.name, report),
          },
    ),
    ...broken.map(({ origin, pods: query, service, namespace, problem }) => ({
      mapping: origin.name,
      service: service === undefined ? null : titleOf({ service, namespace }),
      asks: query === undefined ? "pods that are not known" : asksOf(query),
      chosen: [],
      problems: [...new Set([problem, ...problemsOf(origin.name, report)])],
    })),
  ].toSorted((a, b) => byText(a.mapping, b.mapping));
}

function chosenBy(claims: readonly Claim[], pods: readonly Pod[]): readonly string[] {
  const chosen = pods.filter((pod) => claims.some((claim) => matchMapping(claim, pod)?.missing === null));
  return chosen.map(({ key }) => podName(key)).toSorted(byText);
}

/** Warnings of mappings begin with what they are about. */
function problemsOf(mapping: string, { claims, warnings }: Report): readonly string[] {
  const told = warnings.filter((warning) => warning.startsWith(`${mapping} `));
  return [
    ...claims.filter(({ claim }) => claim === mapping).map(({ problem }) => problem),
    ...told.map((warning) => warning.slice(mapping.length + 1)),
  ];
}

function asksOf({ namespace, labelSelector, name, kind }: PodQuery): string {
  if (kind !== undefined) return `the load balancer of ${kind} ${namespace}/${name}`;
  if (name !== undefined) return `pod ${namespace}/${name}`;
  return `pods of ${namespace}${labelSelector === "" ? "" : ` with ${labelSelector}`}`;
}

/** Undefined where the mapping is about other pods: of another Kubernetes namespace, or by more than one requirement. */
export function matchMapping(claim: Claim, pod: Pod): MatchedMapping | undefined {
  const { pods: query, origin } = claim;
  if (query.kind !== pod.key.kind) return undefined;
  if (query.name !== undefined && query.name !== pod.key.name) return undefined;
  const about = { mapping: origin.name, service: titleOf(claim) };
  const terms = query.labelSelector === "" ? [] : query.labelSelector.split(/,(?![^(]*\))/);
  const missing = terms.map((term) => term.trim()).filter((term) => !readSelector(term)(pod.labels));
  if (query.namespace !== pod.key.namespace) {
    // Where the rest fits, a Kubernetes namespace of nearly the same name is one that was mistyped.
    const isNear = missing.length === 0 && nearest(query.namespace, [pod.key.namespace]) !== undefined;
    return isNear ? { ...about, missing: `the Kubernetes namespace ${query.namespace}` } : undefined;
  }
  if (missing.length > 1) return undefined;
  if (missing.length === 0 && claim.chooses(pod)) return { ...about, missing: null };
  // Every pod of the namespace has all of no labels: that is no near miss.
  if (terms.length === 0) return undefined;
  const [term = "what its source asks besides labels"] = missing;
  return { ...about, missing: term };
}

function titleOf({ namespace, service }: Pick<Claim, "namespace" | "service">): string {
  return namespace === undefined ? service : `${namespace}/${service}`;
}
