import type { Node, Scope } from "../../core/model.ts";
import type { NodesRead } from "../../core/ports.ts";

export type ScopesHere = { readonly scopes: readonly Scope[]; readonly warning: string | undefined };

/**
 * Events of EC2 name machines of the whole account: those that are no node of this cluster are left out, for one list of nodes.
 * Where nodes cannot be told, all of them are: a pass that cannot tell a pod's machine finds nothing that the schedule's next
 * one does not.
 */
export async function scopesHere(scopes: readonly Scope[], listNodes: () => Promise<NodesRead>): Promise<ScopesHere> {
  const hasNodes = scopes.some(({ kind }) => kind === "node");
  if (!hasNodes || scopes.some(({ kind }) => kind === "all")) return { scopes, warning: undefined };
  const read = await listNodes();
  const nodes = read.state === "read" ? [...read.nodes.values()] : [];
  return {
    scopes: scopes.filter((scope) => scope.kind !== "node" || nodes.some((node) => isCalled(node, scope.node))),
    warning: read.state === "unreadable" ? read.warning : undefined,
  };
}

function isCalled({ name, instanceId }: Node, wanted: string): boolean {
  return name === wanted || instanceId === wanted;
}
