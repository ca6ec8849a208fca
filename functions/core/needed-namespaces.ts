import type { BrokenClaim } from "./claim-problem.ts";
import type { Claim, CloudMapNamespace, Scope } from "./model.ts";
import { findNamespace } from "./namespaces.ts";
import type { FoundNamespace, NamespaceRead, SourceRead, Withdrawn } from "./ports.ts";
import type { Request } from "./request.ts";

type Named = Claim | BrokenClaim | Withdrawn;

/**
 * The Cloud Map namespaces whose services a pass has to know: those that a claim in scope names, or the scope itself, and those
 * where it looks for orphans.
 */
export function neededNamespaces(
  { sources, found }: { readonly sources: readonly SourceRead[]; readonly found: readonly FoundNamespace[] },
  { scopes, sweep }: Pick<Request, "scopes" | "sweep">,
  swept: ReadonlySet<string>,
): readonly CloudMapNamespace[] {
  const claims = sources.flatMap((source): readonly Named[] =>
    source.state === "read" ? [...source.claims, ...source.broken, ...(source.withdrawn ?? [])] : [],
  );
  const reads = found.map(unlisted);
  const ids = new Set<string>();
  for (const scope of scopes) {
    const names = namesIn(scope, claims, sweep);
    if (names === "any") return all(found, () => true);
    for (const name of names) {
      const target = findNamespace(name, reads);
      if ("read" in target && "value" in target.read) ids.add(target.read.value.id);
    }
  }
  const isWhole = scopes.some(({ kind }) => kind === "all");
  return all(found, ({ id }) => ids.has(id) || (isWhole && swept.has(id)));
}

/** What claims in scope call the namespaces that they name. A service that nobody claims may be in any. */
function namesIn(scope: Scope, claims: readonly Named[], sweep: boolean): "any" | ReadonlySet<string | undefined> {
  switch (scope.kind) {
    case "all":
    case "node":
      return new Set(claims.map(({ namespace }) => namespace));
    case "namespace":
      return new Set(claims.flatMap((claim) => (placeOf(claim) === scope.namespace ? [claim.namespace] : [])));
    case "service": {
      if (scope.namespace !== undefined) return new Set([scope.namespace]);
      const own = claims.filter(({ service }) => service === scope.service);
      return sweep || own.length === 0 ? "any" : new Set(own.map(({ namespace }) => namespace));
    }
    default:
      return scope satisfies never;
  }
}

/** The Kubernetes namespace whose pods a claim is about. */
function placeOf(claim: Named): string | undefined {
  return "pods" in claim ? claim.pods?.namespace : claim.from;
}

/** A namespace of which no more is known than which it is. */
export function unlisted({ asked, read }: FoundNamespace): NamespaceRead {
  if ("failure" in read) return { asked, read };
  return { asked, read: { value: { namespace: read.value, services: [], unlisted: "not-yet" } } };
}

/** Each once: the document may name one in two ways. */
function all(
  found: readonly FoundNamespace[],
  isWanted: (namespace: CloudMapNamespace) => boolean,
): readonly CloudMapNamespace[] {
  const namespaces = found.flatMap(({ read }) => ("value" in read && isWanted(read.value) ? [read.value] : []));
  return [...new Map(namespaces.map((one) => [one.id, one])).values()];
}
