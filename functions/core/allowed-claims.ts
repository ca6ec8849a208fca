import { matchesAny } from "./globs.ts";
import { byText } from "./model.ts";
import type { BrokenClaim, ClaimProblem } from "./claim-problem.ts";
import type { Claim } from "./model.ts";
import type { SourceRead } from "./ports.ts";
import type { Configuration } from "./settings.ts";

/** `claims.perNamespace` of one Kubernetes namespace count, the oldest first, of those that are allowed; as many of the others are reported. */
export function countedClaims(
  sources: readonly SourceRead[],
  { claims: { perNamespace }, ...settings }: Configuration,
): { readonly claims: readonly Claim[]; readonly broken: readonly BrokenClaim[]; readonly strays: ClaimProblem[] } {
  const reads = sources.flatMap((source) => (source.state === "read" ? [source] : []));
  const all = reads.flatMap(({ claims }) => claims);
  const claims: Claim[] = all.filter(({ from }) => from === undefined);
  const strays: ClaimProblem[] = [];
  for (const [from, theirs] of Map.groupBy(all, (claim) => claim.from)) {
    if (from === undefined) continue;
    const sorted = theirs.toSorted(byAge);
    const allowed = sorted.filter(({ service }) => isAllowed(from, service, settings));
    const others = sorted.filter(({ service }) => !isAllowed(from, service, settings));
    claims.push(...ofFirst(allowed, perNamespace), ...ofFirst(others, perNamespace));
    const count = countObjects(allowed);
    if (count > perNamespace) strays.push(tooMany(from, count, perNamespace));
  }
  const broken = [
    ...Map.groupBy(
      reads.flatMap((read) => read.broken),
      ({ from }) => from,
    ).values(),
  ];
  return { claims, broken: broken.flatMap((theirs) => theirs.slice(0, perNamespace)), strays };
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

function tooMany(from: string, count: number, most: number): ClaimProblem {
  return {
    reason: "too-many",
    claim: `the claims of ${from}`,
    from,
    service: undefined,
    problem: `Kubernetes namespace ${from} makes ${count} claims, and only the oldest ${most} count; delete those that nobody needs, or raise \`claims.perNamespace\``,
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
