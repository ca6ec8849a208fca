import { matchesAny } from "./globs.ts";
import { byText } from "./model.ts";
import type { BrokenClaim, ClaimProblem } from "./claim-problem.ts";
import type { Claim } from "./model.ts";
import type { SourceRead } from "./ports.ts";
import type { Configuration } from "./settings.ts";

type Counted = {
  readonly claims: readonly Claim[];
  readonly broken: readonly BrokenClaim[];
  /** What is wrong with claims that are too many: one line a Kubernetes namespace. */
  readonly strays: ClaimProblem[];
};

/**
 * `claims.perNamespace` of one Kubernetes namespace count, the oldest first, of those that are allowed; as many of those that are
 * not, and of those that cannot be understood, are told.
 */
export function countedClaims(
  sources: readonly SourceRead[],
  { claims: { perNamespace }, allow }: Configuration,
): Counted {
  const reads = sources.flatMap((source) => (source.state === "read" ? [source] : []));
  const claims = Map.groupBy(
    reads.flatMap((read) => read.claims),
    ({ from }) => from,
  );
  const broken = Map.groupBy(
    reads.flatMap((read) => read.broken),
    ({ from }) => from,
  );
  const namespaces = [...new Set([...claims.keys(), ...broken.keys()])].filter((from) => from !== undefined);
  const counted = namespaces.map((from) => {
    const theirs = { claims: claims.get(from) ?? [], broken: broken.get(from) ?? [] };
    return countOf(from, theirs, perNamespace, { allow });
  });
  return {
    claims: [...(claims.get(undefined) ?? []), ...counted.flatMap((one) => one.claims)],
    broken: counted.flatMap((one) => one.broken),
    strays: counted.flatMap((one) => one.strays),
  };
}

function countOf(
  from: string,
  { claims, broken }: Omit<Counted, "strays">,
  most: number,
  settings: Pick<Configuration, "allow">,
): Counted {
  const sorted = claims.toSorted(byAge);
  const allowed = sorted.filter(({ service }) => isAllowed(from, service, settings));
  const others = sorted.filter(({ service }) => !isAllowed(from, service, settings));
  const [first] = [
    { count: countObjects(allowed), which: "", counted: `the oldest ${most} count` },
    { count: countObjects(others), which: " that it may not make", counted: `the oldest ${most} are told` },
    { count: broken.length, which: " that cannot be understood", counted: `the first ${most} are told` },
  ].filter(({ count }) => count > most);
  return {
    claims: [...ofFirst(allowed, most), ...ofFirst(others, most)],
    broken: broken.slice(0, most),
    strays: first === undefined ? [] : [tooMany(from, first)],
  };
}

/** One object may claim in several Kubernetes namespaces, and counts once. */
export function countObjects(claims: readonly Claim[]): number {
  return new Set(claims.map(({ origin }) => origin.name)).size;
}

function ofFirst(claims: readonly Claim[], most: number): readonly Claim[] {
  const counted = new Set([...new Set(claims.map(({ origin }) => origin.name))].slice(0, most));
  return claims.filter(({ origin }) => counted.has(origin.name));
}

function byAge(a: Claim, b: Claim): number {
  return byText(a.createdAt ?? "", b.createdAt ?? "") || byText(a.origin.name, b.origin.name);
}

type Surplus = { readonly count: number; readonly which: string; readonly counted: string };

function tooMany(from: string, { count, which, counted }: Surplus): ClaimProblem {
  return {
    reason: "too-many",
    claim: `the claims of ${from}`,
    from,
    service: undefined,
    problem: `Kubernetes namespace ${from} makes ${count} claims${which}, and only ${counted}; delete those that nobody needs, or raise \`claims.perNamespace\``,
    pods: undefined,
  };
}

/** Whether `allow` lets the Kubernetes namespace claim it; of an unknown service, whether it may claim anything. */
export function isAllowed(from: string, service: string | undefined, { allow }: Pick<Configuration, "allow">): boolean {
  if (allow.length === 0) return true;
  return allow.some((rule) => rule.from === from && (service === undefined || matchesAny(service, rule.services)));
}

export function notAllowed(from: string): string {
  return `Kubernetes namespace ${from} may not claim it; add a rule to \`allow\` if it should`;
}
