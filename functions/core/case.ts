import { viewBalancers } from "./balancers.ts";
import type { Balancers } from "./balancers.ts";
import { unlisted } from "./needed-namespaces.ts";
import type { FoundNamespace, Freshness, NamespaceRead, SourceRead, World } from "./ports.ts";
import type { Request } from "./request.ts";
import { readFailures, resolveSubjects } from "./resolve.ts";
import type { Resolved } from "./resolve.ts";
import type { ServiceLists } from "./service-lists.ts";
import type { Settings } from "./settings.ts";
import { isInScope, namespaceOf } from "./subject.ts";
import type { Subject } from "./subject.ts";

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

/** Who claims what, and which Cloud Map namespaces there are, as of one moment. */
export type Asked = {
  readonly sources: readonly SourceRead[];
  readonly found: readonly FoundNamespace[];
  /** Milliseconds since the epoch: when the reading began. */
  readonly readAt: number;
};

/** The same beside the services that Cloud Map has, as far as they are known. */
export type Claims = Asked &
  Resolved & {
    readonly balancers: Balancers;
    readonly namespaces: readonly NamespaceRead[];
    /** What could not be read. */
    readonly failures: readonly string[];
  };

/** What cannot be read is part of the answer. `fresh`: whether the claims have to be as they are now. */
export async function readClaims(
  { deadline: until }: Request,
  how: Freshness,
  { cluster, registry, now }: World,
): Promise<Asked> {
  const readAt = now();
  const [sources, found] = await Promise.all([cluster.listMappings(until, how), registry.listNamespaces(until)]);
  return { sources, found, readAt };
}

/** Binds the claims to the services, as far as these are known. */
export function bindClaims({ sources, found, readAt }: Asked, lists: ServiceLists, settings: Settings): Claims {
  const namespaces = found.map((one) => withServices(one, lists));
  return {
    ...resolveSubjects(sources, namespaces, settings),
    sources,
    found,
    readAt,
    balancers: viewBalancers(sources),
    namespaces,
    failures: readFailures(sources, namespaces),
  };
}

function withServices(one: FoundNamespace, lists: ServiceLists): NamespaceRead {
  const { asked, read } = one;
  const list = "failure" in read ? undefined : lists.of(read.value);
  if ("failure" in read || list === undefined) return unlisted(one);
  const [services, failure] = "failure" in list ? [[], { unlisted: list.failure }] : [list.value, {}];
  return { asked, read: { value: { namespace: read.value, services, ...failure } } };
}

/**
 * The services in scope of the namespaces whose services are known: those that somebody claims, and in those that are `swept`, by
 * their ids, the others too, which may hold orphans.
 */
export function openCases(claims: Claims, { scopes, sweep }: Request, swept: ReadonlySet<string>): readonly Case[] {
  const isListed = listedNamespaces(claims);
  const isSwept = (subject: Subject) => swept.has(namespaceOf(subject)?.id ?? "");
  return claims.subjects
    .filter((subject) => isListed(subject) && isInScope(subject, scopes) && (isClaimed(subject) || isSwept(subject)))
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

/** Whether it is known what services there are in a service's namespace, or why not; until then nobody knows whether it is there. */
export function listedNamespaces({ namespaces }: Claims): (subject: Subject) => boolean {
  const unknown = new Set(
    namespaces.flatMap(({ read }) =>
      "value" in read && read.value.unlisted === "not-yet" ? [read.value.namespace.id] : [],
    ),
  );
  return (subject) => !unknown.has(namespaceOf(subject)?.id ?? "");
}

/** By whom it may be looked for: a claim that was withdrawn has still to be followed. */
export function isClaimed({ mappings, problems, mistakes, withdrawn }: Subject): boolean {
  return mappings.length + problems.length + mistakes.length + withdrawn.length > 0;
}
