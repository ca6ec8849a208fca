import { countedClaims, isAllowed, notAllowed } from "./allowed-claims.ts";
import { boundedName } from "./bounded.ts";
import { byPrecedence } from "./claims.ts";
import { messageOf } from "./errors.ts";
import { byText, serviceName } from "./model.ts";
import type { BrokenClaim, ClaimProblem } from "./claim-problem.ts";
import type { Claim, Mapping, Service, ServiceKey } from "./model.ts";
import { findNamespace, nameOf } from "./namespaces.ts";
import type { NamespaceRead, SourceRead, Withdrawn } from "./ports.ts";
import { SERVICE_NAME, SERVICE_NAMES } from "./service-names.ts";
import type { Configuration } from "./settings.ts";
import { namespaceOf } from "./subject.ts";
import type { Subject } from "./subject.ts";

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
  const standing = standingByName(drafts);
  for (const claim of claims) addClaim(claim, { drafts, standing, namespaces, settings });
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

type Around = {
  readonly drafts: Map<string, Draft>;
  /** Those that are there or claimed, by their names as DNS tells them apart. */
  readonly standing: Map<string, Draft>;
  readonly namespaces: readonly NamespaceRead[];
  readonly settings: Configuration;
};

function addClaim(claim: Claim, { drafts, standing, namespaces, settings }: Around): void {
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
  const key = { namespace: target.name, service };
  const twin = twinOf(key, standing);
  if (twin !== undefined && drafts.get(serviceName(key))?.service === undefined) {
    const name = boundedName(twin.key.service);
    const stands = twin.service === undefined ? `service ${name} is claimed too` : `service ${name} exists`;
    const problem = `${stands}, and DNS does not tell it from ${boundedName(service)}; write ${name}`;
    addProblem(drafts, { ...claim, service: twin.key.service }, wrong("invalid", problem), namespaces);
    return;
  }
  const draft = draftOf(drafts, key, target.read);
  standing.set(foldedName(key), draft);
  draft.mappings.push({ ...rule, service: draft.key });
}

/**
 * Another service, there or claimed before, whose name differs by case alone. In DNS namespaces Cloud Map takes the two for one
 * (docs.aws.amazon.com/cloud-map/latest/api/API_CreateService.html, `Name`).
 */
function twinOf(key: ServiceKey, standing: Around["standing"]): Draft | undefined {
  const twin = standing.get(foldedName(key));
  const type = twin && namespaceOf(twin)?.type;
  return type === undefined || type === "HTTP" || twin?.key.service === key.service ? undefined : twin;
}

function standingByName(drafts: ReadonlyMap<string, Draft>): Around["standing"] {
  return new Map([...drafts.values()].map((draft) => [foldedName(draft.key), draft]));
}

function foldedName({ namespace, service }: ServiceKey): string {
  return `${namespace}/${service.toLowerCase()}`;
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
  if (!isAllowed(from, service, settings)) return { ...about, reason: "not-allowed", problem: notAllowed(from) };
  const target = findNamespace(namespace, namespaces);
  if ("problem" in target && target.reason === "not-allowed") return { ...about, ...target };
  return { ...about, reason: "invalid", problem };
}

function draftOf(drafts: Map<string, Draft>, key: ServiceKey, namespace: Subject["namespace"]): Draft {
  const known = drafts.get(serviceName(key));
  if (known !== undefined) return known;
  const draft = newDraft(key, namespace, undefined);
  drafts.set(serviceName(key), draft);
  return draft;
}

/** `service` or `namespace/service`; a namespace by name, id or ARN. */
function isRetired(draft: Draft, { retired }: Configuration): boolean {
  if (draft.mappings.length + draft.problems.length + draft.mistakes.length > 0) return false;
  const { key } = draft;
  const place = namespaceOf(draft);
  const names = [key.namespace, place?.id, place?.arn, place?.name].flatMap((name) => name ?? []);
  return retired.some((name) => name === key.service || names.some((one) => name === `${one}/${key.service}`));
}

/** What failed before any service was touched: namespaces and whole sources. */
export function readFailures(sources: readonly SourceRead[], namespaces: readonly NamespaceRead[]): readonly string[] {
  return [
    ...namespaces.flatMap(({ read }) => {
      const failure = "failure" in read ? read.failure : read.value.unlisted;
      return failure instanceof Error ? [messageOf(failure)] : [];
    }),
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
