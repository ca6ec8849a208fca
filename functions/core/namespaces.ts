import type { CloudMapNamespace, HeldReason, Read } from "./model.ts";
import type { NamespaceRead } from "./ports.ts";

export type Target =
  | { readonly name: string; readonly read: Read<CloudMapNamespace> }
  | { readonly problem: string; readonly reason: HeldReason };

/** A namespace may be claimed by its name, id or ARN, however the configuration writes it. */
export function findNamespace(wanted: string | undefined, namespaces: readonly NamespaceRead[]): Target {
  if (wanted === undefined && new Set(namespaces.map(idOf)).size > 1)
    return {
      reason: "invalid",
      problem:
        "several namespaces are configured; name the one that is meant (on a Service: the annotation eks-cloudmap-sync/namespace)",
    };
  const found = namespaces.filter(({ asked, read }) => {
    if (wanted === undefined || asked === wanted) return true;
    return (
      "value" in read && [read.value.namespace.name, read.value.namespace.id, read.value.namespace.arn].includes(wanted)
    );
  });
  // One namespace may be named in two ways, by its name and by its id.
  const [first, second] = [...new Map(found.map((one) => [idOf(one), one])).values()];
  if (first === undefined) {
    const problem = `namespace ${wanted} is not one of the configuration's \`namespaces\`; add it there if it may be written`;
    return { reason: "not-allowed", problem };
  }
  if (second !== undefined)
    return {
      reason: "invalid",
      problem: `several of the configuration's namespaces are called ${wanted}; name the id of the one that is meant`,
    };
  if ("failure" in first.read) return { name: first.asked, read: first.read };
  const { namespace } = first.read.value;
  return { name: nameOf(namespace, namespaces), read: { value: namespace } };
}

function idOf({ asked, read }: NamespaceRead): string {
  return "value" in read ? read.value.namespace.id : asked;
}

/** A namespace is called by its name, unless another of the configuration has the same one: then by its id. */
export function nameOf(namespace: CloudMapNamespace, namespaces: readonly NamespaceRead[]): string {
  const others = namespaces.filter(
    ({ read }) =>
      "value" in read && read.value.namespace.name === namespace.name && read.value.namespace.id !== namespace.id,
  );
  return others.length === 0 ? namespace.name : namespace.id;
}
