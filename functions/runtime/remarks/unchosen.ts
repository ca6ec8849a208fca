import { viewBalancers } from "../../core/balancers.ts";
import { queryKey } from "../../core/model.ts";
import type { Claim, Pod, PodQuery, Read } from "../../core/model.ts";
import { readSelector } from "../../core/selectors.ts";
import { nearest } from "../../core/nearest.ts";
import type { Reads } from "./record.ts";

/** What the pass read of the cluster, and what more may be asked of it. */
export type Asked = {
  readonly reads: Pick<Reads, "sources" | "pods">;
  readonly listPods: (queries: readonly PodQuery[]) => Promise<ReadonlyMap<string, Read<readonly Pod[]>>>;
  /** The names of the Kubernetes namespaces; undefined where they cannot be read. */
  readonly listNamespaces: () => Promise<readonly string[] | undefined>;
};

/** A mapping that chooses no pod, and what may be mistaken in it. */
export type Unchosen = {
  readonly claim: Claim;
  readonly problem: string;
  /** The problem's last part: what to do. */
  readonly hint: string;
  /** The Kubernetes namespace that it names and that does not exist. */
  readonly missingNamespace?: string;
};

/** The mappings in scope that choose no pod, each with the nearest label or namespace. Reads more of the cluster only for those. */
export async function findUnchosen({ reads, listPods, listNamespaces }: Asked): Promise<readonly Unchosen[]> {
  const all = reads.sources.flatMap((source) => (source.state === "read" ? source.claims : []));
  const claims = choosingNothing(
    all.filter(({ pods }) => pods.kind === undefined),
    reads.pods,
  );
  const waiting = withoutBalancer(all, reads);
  if (claims.length === 0) return waiting;
  const wholes = [...new Set(claims.map(({ pods }) => pods.namespace))].map((namespace) => wholeOf(namespace));
  const [lists, namespaces] = await Promise.all([listPods(wholes), listNamespaces()]);
  const unchosen = claims.map((claim) => {
    const list = lists.get(queryKey(wholeOf(claim.pods.namespace)));
    const pods = list !== undefined && "value" in list ? list.value : undefined;
    const { namespace } = claim.pods;
    const missing = namespaces?.includes(namespace) === false ? { missingNamespace: namespace } : {};
    return { ...withHint(claim, `chooses no pod: ${whyNone(claim, pods, namespaces)}`), ...missing };
  });
  return [...unchosen, ...waiting];
}

/** One for each object: it may claim once for each Kubernetes namespace that its pods may be in, and choose them in one of these. */
function choosingNothing(claims: readonly Claim[], lists: Reads["pods"]): readonly Claim[] {
  const byObject = Map.groupBy(claims, ({ origin, service }) => `${origin.name} ${service}`);
  return [...byObject.values()].flatMap((together) =>
    together.every(({ pods, chooses }) => podsOf(pods, lists)?.some(chooses) === false)
      ? (together.find(({ pods, from }) => pods.namespace === from) ?? together.slice(0, 1))
      : [],
  );
}

function withoutBalancer(claims: readonly Claim[], { sources }: Asked["reads"]): readonly Unchosen[] {
  const balancers = viewBalancers(sources);
  const problem =
    "has no load balancer yet: its status names none; see `kubectl describe service`, and the log of its controller";
  return claims
    .filter(({ pods }) => pods.kind !== undefined && balancers.of(pods).length === 0)
    .map((claim) => withHint(claim, problem));
}

function withHint(claim: Claim, problem: string): Unchosen {
  return { claim, problem, hint: problem.slice(problem.lastIndexOf("; ") + 1).trim() };
}

/** What a query selected; where more selectors than a few draw from one namespace, it is listed as a whole. */
function podsOf(query: PodQuery, lists: Reads["pods"]): readonly Pod[] | undefined {
  const own = lists.get(queryKey(query))?.read;
  if (own !== undefined) return "value" in own ? own.value : undefined;
  const whole = lists.get(queryKey(wholeOf(query.namespace)))?.read;
  if (whole === undefined || "failure" in whole) return undefined;
  const isSelected = readSelector(query.labelSelector);
  return whole.value.filter(({ labels }) => isSelected(labels));
}

function wholeOf(namespace: string): PodQuery {
  return { namespace, labelSelector: "" };
}

function whyNone(
  { pods: { namespace, labelSelector } }: Claim,
  pods: readonly Pod[] | undefined,
  namespaces: readonly string[] | undefined,
): string {
  if (namespaces?.includes(namespace) === false) {
    const near = nearest(namespace, namespaces);
    return `Kubernetes namespace ${namespace} does not exist; ${near === undefined ? "check its name" : `did you mean ${near}?`}`;
  }
  if (pods === undefined) return "check that this is meant";
  if (pods.length === 0) return `Kubernetes namespace ${namespace} has no pods; check that this is meant`;
  const terms = labelSelector.split(/,(?![^(]*\))/).map((term) => term.trim());
  return terms.map((term) => whyTerm(term, namespace, pods)).find((why) => why !== undefined) ?? allTerms(terms);
}

/** Why a term alone chooses none of the pods; undefined where it does choose some. */
function whyTerm(term: string, namespace: string, pods: readonly Pod[]): string | undefined {
  const isSelected = readSelector(term);
  if (pods.some(({ labels }) => isSelected(labels))) return undefined;
  const [, key = "", value] = /^([^\s!=<>(),]+)(?:\s*==?\s*(.*))?$/.exec(term) ?? [];
  const none = `no pod of ${namespace} has ${term}`;
  const values = [...new Set(pods.flatMap(({ labels }) => labels[key] ?? []))];
  if (values.length === 0) {
    const near = nearest(key, [...new Set(pods.flatMap(({ labels }) => Object.keys(labels)))]);
    return `${none}; ${near === undefined ? "check the label's name" : `did you mean the label ${near}?`}`;
  }
  const near = nearest(value ?? "", values);
  return `${none}; ${near === undefined ? `there is ${listOf(key, values)}` : `did you mean ${key}=${near}?`}`;
}

const VALUES_SHOWN = 5;

function listOf(key: string, values: readonly string[]): string {
  const shown = values.slice(0, VALUES_SHOWN).map((value) => `${key}=${value}`);
  return values.length > VALUES_SHOWN
    ? `${shown.join(", ")} and ${values.length - VALUES_SHOWN} more`
    : shown.join(", ");
}

function allTerms(terms: readonly string[]): string {
  return terms.length > 1
    ? `pods have ${terms.join(" or ")}, and none has all of them at once; check the selector`
    : "check that this is meant";
}
