import { composeAttributes, differingKeys, MESH_KEY, OWNER_KEY, pick, selectLabels } from "./attributes.ts";
import { holdAmbiguous, holdByPolicy, holdByQuota, holdBySource, holdChange, holdInvalid } from "./holds.ts";
import { ownershipOf, podOf } from "./instances.ts";
import { isChosen, isMine, planRemovals, podsAt, staysUnready, successorsOf, whyRemove } from "./removals.ts";
import type { Fate, Proposed } from "./removals.ts";
import { byText, podName, serviceName } from "./model.ts";
import type { Change, Held, Instance, ServiceKey } from "./model.ts";
import type { Endpoint } from "./endpoints.ts";
import type { Subject } from "./resolve.ts";
import type { Settings } from "./settings.ts";
import type { SourceRead } from "./ports.ts";
import { warnOfCreation, warnOfReserved } from "./warnings.ts";

export type PlanInput = Fate & { readonly sources: readonly SourceRead[] };

export type Plan = {
  readonly key: ServiceKey;
  readonly changes: readonly Change[];
  readonly held: readonly Held[];
  /** How many endpoints should be registered: those that are ready, and those that stay although they are not. */
  readonly desired: number;
  /** The ids of our instances, before any change. */
  readonly ours: readonly string[];
  /** How many instances are not ours; they count against the quota too. */
  readonly foreign: number;
  /** Whether anything claims the service, be it a claim that is held. */
  readonly isClaimed: boolean;
  /** How many living pods of ours it holds once the changes are made. */
  readonly remaining: number;
  /** What is worth a line but is no failure, e.g. labels that were left out. */
  readonly warnings: readonly string[];
};

/**
 * | desired                       | observed                  | change                                     |
 * |-------------------------------|---------------------------|--------------------------------------------|
 * | yes                           | –                         | register (missing)                         |
 * | yes                           | ours, same                | –                                          |
 * | yes                           | ours, different           | register (drifted: keys)                   |
 * | yes                           | a previous owner's        | register (adopted)                         |
 * | yes                           | App Mesh's, adopted       | register (adopted)                         |
 * | yes                           | foreign                   | held (foreign)                             |
 * | not ready, custom health      | ours                      | as `yes`, and set-health UNHEALTHY         |
 * | not ready, no other is ready  | ours                      | as `yes`, unless `whenAllUnready: remove`  |
 * | not ready                     | ours                      | deregister (why: `whyRemove`)              |
 * | not ready                     | – or foreign              | –                                          |
 * | cannot be an instance here    | any                       | held (invalid)                             |
 * | no                            | ours                      | deregister (why: `whyRemove`)              |
 * | no                            | foreign                   | –                                          |
 *
 * Then policies and failed sources hold what they forbid, and the quota what does not fit. A service that two mappings of
 * one source claim in different ways is left alone.
 */
export function planService(input: PlanInput): Plan {
  const { subject, desired, settings } = input;
  const instances = input.instances.toSorted((a, b) => byText(a.id, b.id));
  const ours = instances.filter((instance) => ownershipOf(instance, settings) === "ours").map(({ id }) => id);
  const observed = new Map(instances.map((instance) => [instance.id, instance]));
  const base = {
    key: subject.key,
    isClaimed: subject.mappings.length + subject.held.length > 0,
    desired: desired.endpoints.filter((one) => one.ready || isKept(observed.get(one.id), input)).length,
    ours,
    foreign: instances.length - ours.length,
  };
  if (desired.ambiguous.length > 0)
    return {
      ...base,
      changes: [],
      held: [...subject.held, ...holdAmbiguous(desired.ambiguous)],
      remaining: ours.length,
      warnings: [],
    };

  const wanted = desired.endpoints.map((endpoint) => planEndpoint(endpoint, observed.get(endpoint.id), input));
  const proposed = [...wanted.flatMap(proposedOf), ...planRemovals(input)];
  const decided = proposed.map(({ change, policy, source }) => {
    const policed = settings.policy === "dry-run" ? "dry-run" : (policy ?? settings.policy);
    return (
      holdByPolicy(change, policed) ?? holdBySource(change, observed.get(change.id), input.sources, source) ?? change
    );
  });
  const fitting = holdByQuota(decided.filter(isChange), instances);
  const changes = withoutEarlyReplacements(fitting.filter(isChange), input);
  const held = [
    ...subject.held,
    ...desired.invalid.map(({ pod, problem }) => holdInvalid(pod.ips[0] ?? podName(pod.key), pod, problem)),
    ...wanted.flatMap((planned) => planned.held),
    ...[...decided, ...fitting].filter((one) => !isChange(one)),
  ].toSorted((a, b) => byText(a.id, b.id) || byText(a.kind, b.kind));
  return {
    ...base,
    changes,
    held,
    remaining: countRemaining(changes, input),
    warnings: [...warnOfReserved(subject), ...warnOfCreation(subject), ...droppedLabels(wanted, subject)],
  };
}

/** What stands for pods leaves only once what replaces it is there, or comes with this plan. */
function withoutEarlyReplacements(changes: readonly Change[], input: PlanInput): readonly Change[] {
  const { desired, instances } = input;
  const observed = new Map(instances.map((instance) => [instance.id, instance]));
  const standing = new Set([
    ...instances.filter((instance) => isMine(instance, input)).map(({ id }) => id),
    ...changes.flatMap(({ kind, id }) => (kind === "register" ? [id] : [])),
  ]);
  return changes.filter((change) => {
    if (change.kind !== "deregister" || change.reason !== "replaced") return true;
    const instance = observed.get(change.id);
    const pods = instance === undefined ? [] : podsAt(instance, desired);
    return pods.every((pod) => successorsOf(pod, desired).every(({ id, ready }) => !ready || standing.has(id)));
  });
}

/** How many living pods of ours the service holds once the changes are made. */
function countRemaining(changes: readonly Change[], { instances, sightings, settings }: PlanInput): number {
  const leaving = new Set(changes.flatMap(({ kind, id }) => (kind === "deregister" ? [id] : [])));
  const staying = instances.filter(
    (instance) =>
      ownershipOf(instance, settings) === "ours" && !leaving.has(instance.id) && sightings.isAlive(instance),
  );
  const registered = changes.flatMap(({ kind, id }) => (kind === "register" ? [id] : []));
  return new Set([...staying.map(({ id }) => id), ...registered]).size;
}

function proposedOf({ endpoint, changes }: Wanted): readonly Proposed[] {
  return changes.map((change) => ({
    change,
    policy: endpoint.mapping.policy,
    source: endpoint.mapping.origin.source,
  }));
}

type Wanted = {
  readonly endpoint: Endpoint;
  readonly changes: readonly Change[];
  readonly held: readonly Held[];
  readonly dropped: readonly string[];
};

/** Whether the instance of a pod that is not ready stays. */
function isKept(instance: Instance | undefined, input: PlanInput): boolean {
  return instance !== undefined && isMine(instance, input) && isChosen(instance, input.desired) && staysUnready(input);
}

function planEndpoint(endpoint: Endpoint, instance: Instance | undefined, input: PlanInput): Wanted {
  const { kind, settings } = input;
  const { id, ready, pod } = endpoint;
  const nothing: Wanted = { endpoint, changes: [], held: [], dropped: [] };
  const mine = instance !== undefined && isMine(instance, input);
  if (!ready && !isKept(instance, input)) {
    if (!mine) return nothing;
    const reason = whyRemove(instance, input);
    return reason === undefined
      ? nothing
      : { ...nothing, changes: [{ kind: "deregister", id, pod: podOf(instance), reason }] };
  }
  const composed = composeAttributes({
    labels: selectLabels(pod.labels, endpoint.mapping.labels ?? settings.labels),
    mapping: endpoint.mapping.attributes,
    core: { ...endpoint.core, [OWNER_KEY]: settings.owner },
    carried: carriedOver(endpoint, instance, settings),
  });
  if ("problem" in composed) return { ...nothing, held: [holdInvalid(id, pod, composed.problem)] };

  const { attributes, dropped } = composed;
  const health = kind.health === "custom" ? (ready ? "HEALTHY" : "UNHEALTHY") : undefined;
  const register = { kind: "register", id, pod: pod.key, attributes, health, since: pod.since } as const;
  if (instance === undefined) return { ...nothing, changes: [{ ...register, reason: "missing", keys: [] }], dropped };
  if (!mine) {
    const change: Change = { ...register, reason: "missing", keys: [] };
    return { ...nothing, held: [holdChange(change, "foreign", foreignRemedy(instance))], dropped };
  }
  const keys = differingKeys(attributes, instance.attributes, settings.ignoreAttributes);
  const changes: Change[] = [];
  if (keys.length > 0) {
    const reason = instance.attributes[OWNER_KEY] === settings.owner ? "drifted" : "adopted";
    changes.push({ ...register, reason, keys });
  }
  if (health !== undefined && isHealthWrong(instance, health))
    changes.push({ kind: "set-health", id, pod: pod.key, health, reason: ready ? "ready" : "pod-not-ready" });
  return { ...nothing, changes, dropped };
}

/** Without a known status Cloud Map answers as if the instance were healthy. */
function isHealthWrong(instance: Instance, health: "HEALTHY" | "UNHEALTHY"): boolean {
  return (instance.health ?? "HEALTHY") !== health;
}

/** What is taken from the observed instance: keys that others write, and zones while nodes cannot be read. */
function carriedOver(endpoint: Endpoint, instance: Instance | undefined, settings: Settings): Instance["attributes"] {
  const carried = new Set([...settings.ignoreAttributes, ...endpoint.unknown]);
  return instance === undefined ? {} : pick(instance.attributes, (key) => carried.has(key));
}

function foreignRemedy({ attributes }: Instance): string {
  const owner = attributes[OWNER_KEY];
  if (owner !== undefined)
    return `the id is taken by an instance of owner ${owner}; deregister it, or name that owner in \`previousOwners\` if it was this cluster`;
  if (attributes[MESH_KEY] !== undefined)
    return "the id is taken by an instance that App Mesh's controller left; let this owner take it over (`adopt.appMesh`), or deregister it";
  return "the id is taken by an instance that carries no owner; deregister it if nobody needs it";
}

function droppedLabels(wanted: readonly Wanted[], { key }: Subject): readonly string[] {
  const byMapping = Map.groupBy(
    wanted.filter(({ dropped }) => dropped.length > 0),
    ({ endpoint }) => endpoint.mapping.origin.name,
  );
  return [...byMapping].map(([name, cut]) => {
    const labels = [...new Set(cut.flatMap(({ dropped }) => dropped))].toSorted(byText).join(", ");
    return `${serviceName(key)} (${name}): labels left out so that Cloud Map's limits are kept: ${labels}; name those you need in \`labels.include\``;
  });
}

function isChange(one: Change | Held): one is Change {
  return !("remedy" in one);
}
