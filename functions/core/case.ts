import { viewBalancers } from "./balancers.ts";
import type { Balancers } from "./balancers.ts";
import { toError } from "./errors.ts";
import type { BrokenClaim } from "./claim-problem.ts";
import type { Claim, CloudMapNamespace, Read, Scope } from "./model.ts";
import { findNamespace } from "./namespaces.ts";
import type { FoundNamespace, NamespaceRead, SourceRead, Withdrawn, World } from "./ports.ts";
import type { Request } from "./request.ts";
import { isInScope } from "./subject.ts";
import { readFailures, resolveSubjects } from "./resolve.ts";
import type { Subject } from "./subject.ts";
import type { Resolved } from "./resolve.ts";

/** A service on its way through a pass. It is looked at as often as something is left to do. */
export type Case = {
  readonly subject: Subject;
  /** Ids of living pods' instances that the look before wanted to remove: only what two looks agree on goes. */
  readonly doubted: ReadonlySet<string>;
  /** Whether claims have to be read after its instances: those that the pass began with may be too old to remove living pods by. */
  readonly needsClaims: boolean;
  /** Whether it has waited for all others already. */
  readonly isLast: boolean;
  /** About how many writes it needs, by the look before; 0 where there was none. */
  readonly cost: number;
  /** Since when each of its changes is wanted, where that matters: see `ripen`. */
  readonly wanted?: ReadonlyMap<string, number> | undefined;
  /** How many rounds in a row have not brought it on. */
  readonly fruitless: number;
};

/** What the claims and the registry's names say, as of one moment. */
export type Claims = Resolved & {
  readonly sources: readonly SourceRead[];
  readonly balancers: Balancers;
  readonly namespaces: readonly NamespaceRead[];
  /** What could not be read. */
  readonly failures: readonly string[];
  /** Milliseconds since the epoch: when the reading began. */
  readonly readAt: number;
};

/**
 * Reads who claims what, and of the Cloud Map namespaces that matter for the scopes what services they have. What cannot be read is
 * part of the answer. `fresh`: whether the claims have to be as they are now; `counts`: whether those of the services' instances.
 */
export async function readClaims(
  { scopes, sweep, deadline: until }: Request,
  { fresh, counts }: { readonly fresh: boolean; readonly counts: boolean },
  { cluster, registry, settings, now }: World,
): Promise<Claims> {
  const readAt = now();
  const [sources, found] = await Promise.all([cluster.listMappings(until, { fresh }), registry.listNamespaces(until)]);
  const isNeeded = namespaceFilter(sources, found, scopes, sweep);
  const namespaces = await Promise.all(
    found.map(async ({ asked, read }): Promise<NamespaceRead> => {
      if ("failure" in read) return { asked, read };
      const namespace = read.value;
      if (!isNeeded(namespace)) return { asked, read: { value: { namespace, services: [] } } };
      const services = await settle(() => registry.listServicesIn(namespace, until, { fresh: counts }));
      return { asked, read: "failure" in services ? services : { value: { namespace, services: services.value } } };
    }),
  );
  const resolved = resolveSubjects(sources, namespaces, settings);
  return {
    ...resolved,
    sources,
    balancers: viewBalancers(sources),
    namespaces,
    readAt,
    failures: readFailures(sources, namespaces),
  };
}

/** A sweep over everything looks into every namespace; otherwise those matter that a claim in scope names, or the scope itself. */
function namespaceFilter(
  sources: readonly SourceRead[],
  found: readonly FoundNamespace[],
  scopes: readonly Scope[],
  sweep: boolean,
): (namespace: CloudMapNamespace) => boolean {
  const claims = sources.flatMap((source) =>
    source.state === "read" ? [...source.claims, ...source.broken, ...(source.withdrawn ?? [])] : [],
  );
  const reads = found.map(({ asked, read }): NamespaceRead =>
    "failure" in read ? { asked, read } : { asked, read: { value: { namespace: read.value, services: [] } } },
  );
  const ids = new Set<string>();
  const need = (name: string | undefined) => {
    const target = findNamespace(name, reads);
    if ("read" in target && "value" in target.read) ids.add(target.read.value.id);
  };
  let isAny = false;
  for (const scope of scopes) {
    if (scope.kind === "all" && sweep) isAny = true;
    else if (scope.kind !== "service") {
      for (const claim of claims)
        if (scope.kind !== "namespace" || placeOf(claim) === scope.namespace) need(claim.namespace);
    } else if (scope.namespace === undefined) isAny = true;
    else need(scope.namespace);
  }
  return ({ id }) => isAny || ids.has(id);
}

/** The Kubernetes namespace whose pods a claim is about. */
function placeOf(claim: Claim | BrokenClaim | Withdrawn): string | undefined {
  return "pods" in claim ? claim.pods?.namespace : claim.from;
}

/** The services in scope: those that somebody claims, and on a sweep those that may hold orphans. */
export function openCases({ subjects }: Claims, { scopes, sweep }: Request): readonly Case[] {
  return subjects
    .filter((subject) => isInScope(subject, scopes) && (isClaimed(subject) || sweep))
    .map((subject) => ({
      subject,
      doubted: new Set<string>(),
      // Claims that are known from before are no list of load balancers.
      needsClaims: !sweep && subject.mappings.some(({ pods }) => pods.kind !== undefined),
      isLast: false,
      cost: 0,
      fruitless: 0,
    }));
}

/** By whom it may be looked for: a claim that was withdrawn has still to be followed. */
export function isClaimed({ mappings, problems, mistakes, withdrawn }: Subject): boolean {
  return mappings.length + problems.length + mistakes.length + withdrawn.length > 0;
}

/** Settles what one service's work comes to, so that its failure stays its own. */
export async function settle<T>(work: () => Promise<T>): Promise<Read<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    return { failure: toError(error) };
  }
}
