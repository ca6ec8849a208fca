import { boundedName } from "./bounded.ts";
import { messageOf } from "./errors.ts";
import { byText } from "./model.ts";
import type { CloudMapNamespace, Read } from "./model.ts";
import { isNamespaceArn, mayBeNamespaceId } from "./namespace-names.ts";
import type { NamespaceRead } from "./ports.ts";
import type { ReportedNamespace } from "./report.ts";

export type Target =
  | { readonly name: string; readonly read: Read<CloudMapNamespace> }
  | { readonly problem: string; readonly reason: "not-allowed" | "invalid" };

/** A namespace may be claimed by its name, id or ARN, however the configuration writes it. */
export function findNamespace(wanted: string | undefined, namespaces: readonly NamespaceRead[]): Target {
  if (wanted === undefined && new Set(namespaces.map(idOf)).size > 1)
    return {
      reason: "invalid",
      problem:
        "several namespaces are configured; name the one that is meant (on a Service: the annotation eks-cloudmap-sync/namespace)",
    };
  const found = called(wanted, namespaces);
  // One namespace may be named in two ways, by its name and by its id.
  const [first, second] = [...new Map(found.map((one) => [idOf(one), one])).values()];
  const unread = namespaces.find((one) => mayBeCalled(wanted, one));
  if (unread !== undefined && first?.asked !== wanted)
    return { name: unread.asked, read: ambiguity(wanted, first, unread) };
  if (first === undefined) {
    const problem = `namespace ${boundedName(wanted ?? "")} is not one of the configuration's \`namespaces\`; add it there if it may be written`;
    return { reason: "not-allowed", problem };
  }
  if (second !== undefined)
    return {
      reason: "invalid",
      problem: `several of the configuration's namespaces are called ${wanted}; name the id of the one that is meant`,
    };
  if ("failure" in first.read) return { name: first.asked, read: first.read };
  const { namespace, unlisted } = first.read.value;
  const name = nameOf(namespace, namespaces);
  return { name, read: unlisted instanceof Error ? { failure: unlisted } : { value: namespace } };
}

function called(wanted: string | undefined, namespaces: readonly NamespaceRead[]): readonly NamespaceRead[] {
  const exact = namespaces.filter(({ asked }) => wanted === undefined || asked === wanted);
  if (exact.length > 0) return exact;
  return namespaces.filter(({ read }) => {
    if ("failure" in read) return false;
    const { name, id, arn } = read.value.namespace;
    return [name, id, arn].some((one) => one === wanted);
  });
}

/** Of a namespace that is configured by its id or ARN the name is not known until it is read. */
function mayBeCalled(wanted: string | undefined, { asked, read }: NamespaceRead): boolean {
  return "failure" in read && wanted !== undefined && isName(wanted) && !isName(asked);
}

function isName(text: string): boolean {
  return !isNamespaceArn(text) && !mayBeNamespaceId(text);
}

function ambiguity(wanted: string | undefined, found: NamespaceRead | undefined, unread: NamespaceRead) {
  const others = found === undefined ? unread.asked : `${found.asked} or ${unread.asked}`;
  const cause = "failure" in unread.read ? unread.read.failure : undefined;
  const problem = `namespace ${wanted} may be ${others}, and ${unread.asked} could not be read: ${messageOf(cause)}`;
  return { failure: new Error(problem, { cause }) };
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

/** How many instances each of them holds, whoever registered them, sorted by name; the document may name one in two ways. */
export function countInstances(
  namespaces: readonly NamespaceRead[],
  swept: ReadonlySet<string>,
): readonly ReportedNamespace[] {
  const counted = namespaces.flatMap(({ read }) => {
    if ("failure" in read) return [];
    const { namespace, services } = read.value;
    const instances = services.reduce((total, { instanceCount }) => total + instanceCount, 0);
    return [{ namespace: nameOf(namespace, namespaces), instances, swept: swept.has(namespace.id) }];
  });
  const byName = new Map(counted.map((one) => [one.namespace, one]));
  return [...byName.values()].toSorted((a, b) => byText(a.namespace, b.namespace));
}
