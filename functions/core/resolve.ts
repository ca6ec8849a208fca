import { boundedName } from "./bounded.ts";
import { messageOf } from "./errors.ts";
import { matchesAny } from "./globs.ts";
import { byText, OPERATORS, serviceName } from "./model.ts";
import type {
  BrokenClaim,
  Claim,
  ClaimProblem,
  CloudMapNamespace,
  Mapping,
  Origin,
  Read,
  Scope,
  Service,
  ServiceKey,
} from "./model.ts";
import { findNamespace, nameOf } from "./namespaces.ts";
import type { NamespaceRead, SourceRead, Withdrawn } from "./ports.ts";
import { SERVICE_NAME, SERVICE_NAMES } from "./service-names.ts";
import type { Configuration } from "./settings.ts";

/** Two claims of one source that differ are held as ambiguous (desired.ts). */
export function byPrecedence(a: Origin, b: Origin): number {
  return a.rank - b.rank || byText(a.name, b.name);
}

/** Whether the operator's own document says so, and not an object in the cluster. */
export function isOperators({ origin }: Pick<Mapping, "origin">): boolean {
  return origin.source === OPERATORS.source;
}

/** One service to reconcile: what Cloud Map calls it, and who claims it. */
export type Subject = {
  readonly key: ServiceKey;
  /** Where it lives, or why that cannot be known. Undefined: outside the namespaces that may be written. */
  readonly namespace: Read<CloudMapNamespace> | undefined;
  /** Undefined: not created yet. */
  readonly service: Service | undefined;
  readonly mappings: readonly Mapping[];
  /** What is wrong with claims of it that were made in the cluster. */
  readonly problems: readonly ClaimProblem[];
  /** What is wrong with claims of the operator's document. */
  readonly mistakes: readonly ClaimProblem[];
  /** The Kubernetes namespaces that have claimed it and mean no pods any more, as an export whose Service is gone. */
  readonly withdrawn: readonly string[];
  /** Whether the document says that its mapping was taken away on purpose; never where anything claims it. */
  readonly isRetired: boolean;
};

export type Resolved = {
  /** Sorted by namespace and service. */
  readonly subjects: readonly Subject[];
  /** What is wrong with claims that name no service, or are too many. */
  readonly strays: readonly ClaimProblem[];
};

/** Binds every claim to a service of the allowed namespaces; services that nobody claims are subjects without mappings. */
export function resolveSubjects(
  sources: readonly SourceRead[],
  namespaces: readonly NamespaceRead[],
  settings: Configuration,
): Resolved {
  const drafts = draftServices(namespaces);
  const { claims, broken, strays } = countedClaims(sources, settings);
  for (const claim of claims) addClaim(drafts, claim, namespaces, settings);
  for (const { service, ...rest } of broken) {
    const problem = brokenProblem(rest, service, namespaces, settings);
    if (service === undefined) strays.push(problem);
    else addProblem(drafts, { namespace: rest.namespace, service }, problem, namespaces);
  }
  for (const withdrawn of sources.flatMap((source) => (source.state === "read" ? (source.withdrawn ?? []) : [])))
    withdraw(drafts, withdrawn, namespaces, settings);
  const subjects = [...drafts.values()]
    .map((draft) => ({
      ...draft,
      mappings: draft.mappings.toSorted((a, b) => byPrecedence(a.origin, b.origin)),
      isRetired: isRetired(draft, settings),
    }))
    .toSorted((a, b) => byText(serviceName(a.key), serviceName(b.key)));
  return { subjects, strays };
}

export function isInScope(subject: Subject, scopes: readonly Scope[]): boolean {
  return scopes.some((scope) => {
    switch (scope.kind) {
      case "all":
        return true;
      case "service":
        return (
          subject.key.service === scope.service && (scope.namespace === undefined || isNamed(subject, scope.namespace))
        );
      case "namespace":
        return (
          subject.mappings.some((mapping) => mapping.pods.namespace === scope.namespace) ||
          subject.withdrawn.includes(scope.namespace)
        );
      case "node":
        return subject.mappings.length > 0;
      default:
        return scope satisfies never;
    }
  });
}

/** `claims.perNamespace` of one Kubernetes namespace count, the oldest first, of those that are allowed; as many of the others are reported. */
function countedClaims(
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
function countObjects(claims: readonly Claim[]): number {
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

type Draft = Omit<Subject, "mappings" | "problems" | "mistakes" | "withdrawn" | "isRetired"> & {
  readonly withdrawn: string[];
  readonly mappings: Mapping[];
  readonly problems: ClaimProblem[];
  readonly mistakes: ClaimProblem[];
};

function draftServices(namespaces: readonly NamespaceRead[]): Map<string, Draft> {
  const drafts = new Map<string, Draft>();
  for (const { read } of namespaces) {
    if ("failure" in read) continue;
    for (const service of read.value.services) {
      const key = { namespace: nameOf(read.value.namespace, namespaces), service: service.name };
      drafts.set(serviceName(key), newDraft(key, { value: read.value.namespace }, service));
    }
  }
  return drafts;
}

function newDraft(key: ServiceKey, namespace: Subject["namespace"], service: Service | undefined): Draft {
  return { key, namespace, service, mappings: [], problems: [], mistakes: [], withdrawn: [] };
}

function addClaim(
  drafts: Map<string, Draft>,
  claim: Claim,
  namespaces: readonly NamespaceRead[],
  settings: Configuration,
): void {
  const { namespace, service, from, createdAt: _, ...rule } = claim;
  const wrong = (reason: ClaimProblem["reason"], problem: string): ClaimProblem => ({
    reason,
    claim: claim.origin.name,
    from: from ?? "",
    service: boundedName(service),
    problem,
    pods: claim.pods,
  });
  if (from !== undefined && !isAllowed(from, service, settings)) {
    addProblem(drafts, claim, wrong("not-allowed", notAllowed(from)), namespaces);
    return;
  }
  const target = findNamespace(namespace, namespaces);
  if ("problem" in target) {
    addProblem(drafts, claim, wrong(target.reason, target.problem), namespaces);
    return;
  }
  if (!SERVICE_NAME.test(service)) {
    const name = boundedName(service);
    addProblem(drafts, claim, wrong("invalid", `"${name}" is no name; write ${SERVICE_NAMES}`), namespaces);
    return;
  }
  const twin = twinOf(drafts, { namespace: target.name, service });
  if (twin !== undefined) {
    const problem = `service ${twin} exists, and DNS does not tell it from ${boundedName(service)}; write ${twin}`;
    addProblem(drafts, { ...claim, service: twin }, wrong("invalid", problem), namespaces);
    return;
  }
  const draft = draftOf(drafts, { namespace: target.name, service }, target.read);
  draft.mappings.push({ ...rule, service: draft.key });
}

/**
 * Another service of the namespace whose name differs by case alone. In DNS namespaces Cloud Map takes the two for one
 * (docs.aws.amazon.com/cloud-map/latest/api/API_CreateService.html, `Name`).
 */
function twinOf(drafts: ReadonlyMap<string, Draft>, key: ServiceKey): string | undefined {
  if (drafts.get(serviceName(key))?.service !== undefined) return undefined;
  const isTwin = ({ key: other, service }: Draft) =>
    service !== undefined &&
    service.namespace.type !== "HTTP" &&
    other.namespace === key.namespace &&
    other.service.toLowerCase() === key.service.toLowerCase();
  return [...drafts.values()].find(isTwin)?.key.service;
}

/** Only what exists can be withdrawn from, and only by whom it could be claimed. */
function withdraw(
  drafts: ReadonlyMap<string, Draft>,
  { namespace, service, from }: Withdrawn,
  namespaces: readonly NamespaceRead[],
  settings: Configuration,
): void {
  const target = findNamespace(namespace, namespaces);
  if ("problem" in target || !isAllowed(from, service, settings)) return;
  drafts.get(serviceName({ namespace: target.name, service }))?.withdrawn.push(from);
}

function addProblem(
  drafts: Map<string, Draft>,
  { namespace, service }: Pick<Claim, "namespace" | "service">,
  problem: ClaimProblem,
  namespaces: readonly NamespaceRead[],
): void {
  const target = findNamespace(namespace, namespaces);
  const name = boundedName(service);
  const draft =
    "problem" in target
      ? draftOf(drafts, { namespace: boundedName(namespace ?? ""), service: name }, undefined)
      : draftOf(drafts, { namespace: target.name, service: name }, target.read);
  (problem.from === "" ? draft.mistakes : draft.problems).push(problem);
}

function brokenProblem(
  { origin, from, pods, problem, namespace }: Omit<BrokenClaim, "service">,
  service: string | undefined,
  namespaces: readonly NamespaceRead[],
  settings: Configuration,
): ClaimProblem {
  const about = { claim: origin.name, from, service: service === undefined ? undefined : boundedName(service), pods };
  if (!mayClaim(from, service, settings)) return { ...about, reason: "not-allowed", problem: notAllowed(from) };
  const target = findNamespace(namespace, namespaces);
  if ("problem" in target && target.reason === "not-allowed") return { ...about, ...target };
  return { ...about, reason: "invalid", problem };
}

function notAllowed(from: string): string {
  return `Kubernetes namespace ${from} may not claim it; add a rule to \`allow\` if it should`;
}

function draftOf(drafts: Map<string, Draft>, key: ServiceKey, namespace: Subject["namespace"]): Draft {
  const known = drafts.get(serviceName(key));
  if (known !== undefined) return known;
  const draft = newDraft(key, namespace, undefined);
  drafts.set(serviceName(key), draft);
  return draft;
}

function isNamed({ key, namespace }: Subject, name: string): boolean {
  if (key.namespace === name) return true;
  return namespace !== undefined && "value" in namespace && [namespace.value.id, namespace.value.arn].includes(name);
}

function isAllowed(from: string, service: string, { allow }: Pick<Configuration, "allow">): boolean {
  return allow.length === 0 || allow.some((rule) => rule.from === from && matchesAny(service, rule.services));
}

/** The same where the service may be unknown: then whether the namespace may claim anything. */
function mayClaim(from: string, service: string | undefined, { allow }: Configuration): boolean {
  if (service !== undefined) return isAllowed(from, service, { allow });
  return allow.length === 0 || allow.some((rule) => rule.from === from);
}

/** `service` or `namespace/service`; a namespace by name, id or ARN. */
function isRetired(draft: Draft, { retired }: Configuration): boolean {
  if (draft.mappings.length + draft.problems.length + draft.mistakes.length > 0) return false;
  const { key, namespace } = draft;
  const place = namespace !== undefined && "value" in namespace ? namespace.value : undefined;
  const names = [key.namespace, place?.id, place?.arn, place?.name].flatMap((name) => name ?? []);
  return retired.some((name) => name === key.service || names.some((one) => name === `${one}/${key.service}`));
}

/** What failed before any service was touched: namespaces and whole sources. */
export function readFailures(sources: readonly SourceRead[], namespaces: readonly NamespaceRead[]): readonly string[] {
  return [
    ...namespaces.flatMap(({ read }) => ("failure" in read ? [messageOf(read.failure)] : [])),
    ...sources.flatMap((source) => {
      switch (source.state) {
        case "read":
          return [];
        case "absent":
          return source.error === undefined ? [] : [messageOf(source.error)];
        case "failed":
          return source.isOptional === true ? [] : [messageOf(source.error)];
        default:
          return source satisfies never;
      }
    }),
  ];
}
