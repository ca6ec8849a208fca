import type { Node, Scope } from "../../core/model.ts";
import type { NodesRead, SourceRead } from "../../core/ports.ts";

export type ScopesHere = { readonly scopes: readonly Scope[]; readonly warning: string | undefined };

type Lists = {
  readonly listNodes: () => Promise<NodesRead>;
  readonly listMappings: () => Promise<readonly SourceRead[]>;
};

/**
 * What of the scopes means this cluster's services at all; a scope of everything does.
 *
 * | scope        | is left out where                                                                                            |
 * |--------------|--------------------------------------------------------------------------------------------------------------|
 * | a node       | it is no node of this cluster: events of EC2 name machines of the whole account. Where nodes cannot be told,  |
 * |              | all of them: a pass that cannot tell a pod's machine finds nothing that the schedule's next one does not      |
 * | a namespace  | no mapping draws pods from it, as from most where many tenants share a cluster, nor did an export that has    |
 * |              | lost its Service. While a source cannot be read, none is left out                                             |
 */
export async function scopesHere(scopes: readonly Scope[], lists: Lists): Promise<ScopesHere> {
  if (scopes.some(({ kind }) => kind === "all")) return { scopes, warning: undefined };
  const has = (kind: Scope["kind"]) => scopes.some((scope) => scope.kind === kind);
  const [read, sources] = await Promise.all([
    has("node") ? lists.listNodes() : undefined,
    has("namespace") ? lists.listMappings() : [],
  ]);
  const nodes = read?.state === "read" ? [...read.nodes.values()] : [];
  const mapped = mappedNamespaces(sources);
  return {
    scopes: scopes.filter((scope) => {
      if (scope.kind === "node") return nodes.some((node) => isCalled(node, scope.node));
      return scope.kind !== "namespace" || mapped === "any" || mapped.has(scope.namespace);
    }),
    warning: read?.state === "unreadable" ? read.warning : undefined,
  };
}

function mappedNamespaces(sources: readonly SourceRead[]): ReadonlySet<string> | "any" {
  if (sources.some(({ state }) => state === "failed")) return "any";
  const reads = sources.flatMap((source) => (source.state === "read" ? [source] : []));
  return new Set([
    ...reads.flatMap(({ claims }) => claims.map(({ pods }) => pods.namespace)),
    ...reads.flatMap(({ broken, withdrawn = [] }) => [...broken, ...withdrawn].map(({ from }) => from)),
  ]);
}

function isCalled({ name, instanceId }: Node, wanted: string): boolean {
  return name === wanted || instanceId === wanted;
}
