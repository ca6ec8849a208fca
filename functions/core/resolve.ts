import { messageOf } from "./errors.ts";
import { matchesAny } from "./globs.ts";
import { byText, serviceName } from "./model.ts";
import type {
  BrokenClaim,
  Claim,
  CloudMapNamespace,
  Held,
  HeldReason,
  Mapping,
  Origin,
  Read,
  Scope,
  Service,
  ServiceKey,
  SourceName,
} from "./model.ts";
import { findNamespace, nameOf } from "./namespaces.ts";
import type { NamespaceRead, SourceRead } from "./ports.ts";
import { SERVICE_NAME, SERVICE_NAMES } from "./service-names.ts";
import type { Configuration } from "./settings.ts";

/**
 * Several sources may claim one pod for one service; the first of these wins. Two claims of one source that differ are
 * held as ambiguous (desired.ts).
 *
 * | source         | because                                              |
 * |----------------|------------------------------------------------------|
 * | configuration  | the operator of this tool said so                    |
 * | services       | somebody annotated a Service for this tool           |
 * | virtualNodes   | a manifest of App Mesh's that lives on               |
 * | serviceExports | every export is claimed, whether or not it was meant |
 */
const PRECEDENCE: Readonly<Record<SourceName, number>> = {
  configuration: 0,
  services: 1,
  virtualNodes: 2,
  serviceExports: 3,
};

export function byPrecedence(a: Origin, b: Origin): number {
  return PRECEDENCE[a.source] - PRECEDENCE[b.source] || byText(a.name, b.name);
}

/** One service to reconcile: what Cloud Map holds under its name, and who claims it. */
export type Subject = {
  readonly key: ServiceKey;
  /** Where it lives, or why that cannot be told. Undefined: outside the namespaces that may be written. */
  readonly namespace: Read<CloudMapNamespace> | undefined;
  /** Undefined: not created yet. */
  readonly service: Service | undefined;
  readonly mappings: readonly Mapping[];
  readonly held: readonly Held[];
};

/** Binds every claim to a service of the allowed namespaces; services that nobody claims are subjects without mappings. Sorted. */
export function resolveSubjects(
  sources: readonly SourceRead[],
  namespaces: readonly NamespaceRead[],
  settings: Configuration,
): readonly Subject[] {
  const drafts = draftServices(namespaces);
  for (const source of sources) {
    if (source.state !== "read") continue;
    for (const claim of source.claims) addClaim(drafts, claim, namespaces, settings);
    for (const { service, ...broken } of source.broken) {
      if (service !== undefined) addBroken(drafts, { ...broken, service }, namespaces, settings);
    }
  }
  return [...drafts.values()]
    .map((draft) => ({ ...draft, mappings: draft.mappings.toSorted((a, b) => byPrecedence(a.origin, b.origin)) }))
    .toSorted((a, b) => byText(serviceName(a.key), serviceName(b.key)));
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
        return subject.mappings.some((mapping) => mapping.pods.namespace === scope.namespace);
      case "node":
        return subject.mappings.length > 0;
      default:
        return scope satisfies never;
    }
  });
}

type Draft = Omit<Subject, "mappings" | "held"> & { readonly mappings: Mapping[]; readonly held: Held[] };

function draftServices(namespaces: readonly NamespaceRead[]): Map<string, Draft> {
  const drafts = new Map<string, Draft>();
  for (const { read } of namespaces) {
    if ("failure" in read) continue;
    for (const service of read.value.services) {
      const key = { namespace: nameOf(read.value.namespace, namespaces), service: service.name };
      drafts.set(serviceName(key), {
        key,
        namespace: { value: read.value.namespace },
        service,
        mappings: [],
        held: [],
      });
    }
  }
  return drafts;
}

function addClaim(
  drafts: Map<string, Draft>,
  claim: Claim,
  namespaces: readonly NamespaceRead[],
  settings: Configuration,
): void {
  const { namespace, service, from, ...rule } = claim;
  const target = findNamespace(namespace, namespaces);
  if ("problem" in target) {
    const draft = draftOf(drafts, { namespace: namespace ?? "", service }, undefined);
    draft.held.push(heldClaim(claim.origin, target.reason, target.problem));
    return;
  }
  const draft = draftOf(drafts, { namespace: target.name, service }, target.read);
  if (from !== undefined && !isAllowed(from, service, settings)) {
    draft.held.push(heldClaim(claim.origin, "not-allowed", notAllowed(from)));
    return;
  }
  if (!SERVICE_NAME.test(service)) {
    draft.held.push(
      heldClaim(claim.origin, "invalid", `${JSON.stringify(service)} is no name; write ${SERVICE_NAMES}`),
    );
    return;
  }
  draft.mappings.push({ ...rule, service: draft.key });
}

function addBroken(
  drafts: Map<string, Draft>,
  broken: BrokenClaim & { readonly service: string },
  namespaces: readonly NamespaceRead[],
  settings: Configuration,
): void {
  const { service, from, origin } = broken;
  const target = findNamespace(broken.namespace, namespaces);
  if ("problem" in target) {
    const draft = draftOf(drafts, { namespace: broken.namespace ?? "", service }, undefined);
    draft.held.push(heldClaim(origin, target.reason, target.problem));
    return;
  }
  const draft = draftOf(drafts, { namespace: target.name, service }, target.read);
  draft.held.push(
    isAllowed(from, service, settings)
      ? heldClaim(origin, "invalid", broken.problem)
      : heldClaim(origin, "not-allowed", notAllowed(from)),
  );
}

function notAllowed(from: string): string {
  return `Kubernetes namespace ${from} may not claim it; add a rule to \`allow\` if it should`;
}

function draftOf(drafts: Map<string, Draft>, key: ServiceKey, namespace: Subject["namespace"]): Draft {
  const known = drafts.get(serviceName(key));
  if (known !== undefined) return known;
  const draft: Draft = { key, namespace, service: undefined, mappings: [], held: [] };
  drafts.set(serviceName(key), draft);
  return draft;
}

function heldClaim(origin: Origin, reason: HeldReason, remedy: string): Held {
  return { kind: "claim", id: origin.name, pod: undefined, reason, remedy, change: undefined };
}

function isNamed({ key, namespace }: Subject, name: string): boolean {
  if (key.namespace === name) return true;
  return namespace !== undefined && "value" in namespace && [namespace.value.id, namespace.value.arn].includes(name);
}

function isAllowed(from: string, service: string, { allow }: Configuration): boolean {
  return allow.length === 0 || allow.some((rule) => rule.from === from && matchesAny(service, rule.services));
}

/** What failed before any service was touched: namespaces, whole sources, and claims that name no service. */
export function readFailures(sources: readonly SourceRead[], namespaces: readonly NamespaceRead[]): readonly string[] {
  return [
    ...namespaces.flatMap(({ read }) => ("failure" in read ? [messageOf(read.failure)] : [])),
    ...sources.flatMap((source) => {
      switch (source.state) {
        case "read":
          return source.broken.flatMap(({ service, origin, problem }) =>
            service === undefined ? [`${origin.name}: ${problem}`] : [],
          );
        case "absent":
          return source.error === undefined ? [] : [messageOf(source.error)];
        case "failed":
          return [messageOf(source.error)];
        default:
          return source satisfies never;
      }
    }),
  ];
}
