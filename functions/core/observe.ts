import type { Balancers } from "./balancers.ts";
import type { Case, Claims } from "./case.ts";
import type { Selection } from "./claims.ts";
import { deriveDesired } from "./desired.ts";
import { InputError } from "./errors.ts";
import { podOf } from "./instances.ts";
import { deriveKind } from "./kind.ts";
import type { Look } from "./look.ts";
import { serviceName } from "./model.ts";
import type { ClaimProblem } from "./claim-problem.ts";
import type { Instance, Mapping, NamespaceType, ServiceKind } from "./model.ts";
import type { NodesView } from "./nodes.ts";
import type { SourceRead } from "./ports.ts";
import { unsettledInstances } from "./removals.ts";
import type { Fate } from "./removals.ts";
import { isOperators } from "./claims.ts";
import type { Subject } from "./subject.ts";
import type { Settings } from "./settings.ts";
import { createSightings, deriveLookups, sightNamespace } from "./sightings.ts";
import type { NamespaceSightings } from "./sightings.ts";

/** A service as one look shows it: what Cloud Map holds, and what its pods ask for. */
export type Seen = Fate & {
  readonly byId: ReadonlyMap<string, Instance>;
  readonly sources: readonly SourceRead[];
  readonly nodes: NodesView;
  /** Whether it is unknown of some chosen pod if its machine is still there. */
  readonly hasUncertainPods: boolean;
  /** Milliseconds since the epoch: when the first list of the look began. */
  readonly listedAt: number;
};

/**
 * Sees one service: its instances were read before the look began. Instances whose pod no list has shown are then looked for, so
 * that every removal knows whether its pod is gone or lives on unchosen. Throws where a list that it needs could not be completed.
 */
export async function observe(
  { subject: asked }: Case,
  instances: readonly Instance[],
  look: Look,
  { sources, balancers }: Claims,
  settings: Settings,
): Promise<Seen> {
  const subject = withoutService(asked, settings);
  const selections = await Promise.all(subject.mappings.map((mapping) => selectionOf(mapping, look, balancers)));
  const view = await look.nodesSince(selections.flatMap(({ pods }) => pods));
  const kind = subject.service ?? deriveKind(typeOf(subject), selections, view, settings) ?? NO_KIND;
  const desired = deriveDesired(kind, selections, view, settings);
  const parts = await sightAll(subject, instances, look);
  const first: Fate = { subject, kind, desired, instances, sightings: createSightings(parts, balancers), settings };
  // Where a source cannot be read, any pod that has the address may be meant.
  const inDoubt = sources.some(({ state }) => state === "failed");
  const found = await look.lookUp(deriveLookups(unsettledInstances(first, inDoubt), inDoubt));
  for (const { read } of found) if ("failure" in read) throw read.failure;
  for (const [namespace, lookups] of Map.groupBy(found, ({ query }) => query.namespace)) {
    const listings = lookups.map(({ query, read }) => ({ query, pods: "value" in read ? read.value : [] }));
    parts.set(namespace, [...(parts.get(namespace) ?? []), sightNamespace(listings, view)]);
  }
  return {
    ...first,
    byId: new Map(instances.map((instance) => [instance.id, instance])),
    sightings: createSightings(parts, balancers),
    sources,
    nodes: view,
    hasUncertainPods: [...desired.chosen.values()].some((pod) => view.isUncertain(pod)),
    listedAt: look.listedAt,
  };
}

async function selectionOf(mapping: Mapping, look: Look, balancers: Balancers): Promise<Selection> {
  if (mapping.pods.kind !== undefined) return { mapping, pods: balancers.of(mapping.pods) };
  const read = await look.podsOf(mapping.pods);
  if ("failure" in read) throw read.failure;
  return { mapping, pods: read.value };
}

async function sightAll(
  { mappings }: Subject,
  instances: readonly Instance[],
  look: Look,
): Promise<Map<string, readonly NamespaceSightings[]>> {
  const namespaces = new Set([
    ...mappings.map(({ pods }) => pods.namespace),
    ...instances.flatMap((instance) => podOf(instance)?.namespace ?? []),
  ]);
  const sights = await Promise.all([...namespaces].map(async (name) => [name, [await look.sight(name)]] as const));
  return new Map(sights);
}

/** Where a service is missing and may not be created, claims from the cluster are held; the operator's own mapping is a mistake. */
function withoutService(subject: Subject, { createServices }: Settings): Subject {
  const { service, mappings, key } = subject;
  if (service !== undefined || createServices || mappings.length === 0) return subject;
  if (mappings.some(isOperators))
    throw new InputError(
      `service ${serviceName(key)} does not exist and \`createServices\` is off; create it, or switch that on`,
    );
  const problems = mappings.map((mapping): ClaimProblem => ({
    reason: "no-service",
    claim: mapping.origin.name,
    from: mapping.pods.namespace,
    service: key.service,
    problem: `service ${serviceName(key)} does not exist and \`createServices\` is off; create it, or switch that on`,
    pods: mapping.pods,
  }));
  return { ...subject, mappings: [], problems: [...subject.problems, ...problems] };
}

/** Of a service that does not exist and has no pods: there is nothing to derive. */
const NO_KIND: ServiceKind = { records: [], health: "none" };

function typeOf({ namespace }: Subject): NamespaceType {
  return namespace !== undefined && "value" in namespace ? namespace.value.type : "DNS_PRIVATE";
}
