import {
  CLUSTER_KEY,
  composeAttributes,
  differingKeys,
  OWN_PREFIX,
  OWNER_KEY,
  pick,
  selectLabels,
} from "./attributes.ts";
import type { Endpoint } from "./endpoint.ts";
import { ownershipOf, podOf } from "./instances.ts";
import { byText, holderName, podName, serviceName } from "./model.ts";
import type { Change, Held } from "./change.ts";
import type { Attributes, Instance, Mapping, Pod, Policy, ServiceKey } from "./model.ts";
import { isMine, staysUnready, whyRemove } from "./removals.ts";
import type { Fate } from "./removals.ts";
import { isOperators } from "./claims.ts";
import { warnOfCreation, warnOfReserved } from "./warnings.ts";

/** A change that the differences between desired and observed ask for, before any rule is asked. */
export type Proposal = {
  readonly change: Change;
  /** What the registry holds under its id. */
  readonly instance: Instance | undefined;
  /** Whether that may be changed at all. */
  readonly isMine: boolean;
  /** What asks for it; undefined where nothing does any more. */
  readonly mapping: Mapping | undefined;
  readonly policy: Policy;
};

export type Plan = {
  readonly key: ServiceKey;
  /** Sorted by id: registrations and health, then removals. */
  readonly proposals: readonly Proposal[];
  /** What cannot be a change at all. */
  readonly held: readonly Held[];
  /** How many endpoints should be registered: those that are ready, and those that stay although they are not. */
  readonly desired: number;
  /** The ids of our instances, before any change. */
  readonly ours: readonly string[];
  /** How many instances are not ours, before any change; they count against the quota too. */
  readonly foreign: number;
  /** What is worth a line but is no failure, e.g. labels that were left out. */
  readonly warnings: readonly string[];
};

/**
 * | desired                       | observed                  | proposed                                   |
 * |-------------------------------|---------------------------|--------------------------------------------|
 * | yes                           | –                         | register (missing)                         |
 * | yes                           | ours, same                | –                                          |
 * | yes                           | ours, different           | register (drifted: keys)                   |
 * | yes                           | a previous owner's        | register (adopted)                         |
 * | yes                           | App Mesh's, adopted       | register (adopted)                         |
 * | yes                           | not ours to change        | register (missing), which a rule holds     |
 * | not ready, custom health      | ours                      | as `yes`, and set-health UNHEALTHY         |
 * | not ready, no other is ready  | ours                      | as `yes`, unless `whenAllUnready: remove`  |
 * | not ready, its node is back   | ours                      | as `yes`                                   |
 * | not ready                     | ours                      | deregister (why: `whyRemove`)              |
 * | not ready                     | – or foreign              | –                                          |
 * | cannot be an instance here    | any                       | – (held: invalid, or ambiguous)            |
 * | no                            | ours                      | deregister (why: `whyRemove`)              |
 * | no                            | foreign                   | –                                          |
 *
 * What of it is made is for the rules to say (rules.ts).
 */
export function planService(input: Fate): Plan {
  const { subject, desired } = input;
  const instances = input.instances.toSorted((a, b) => byText(a.id, b.id));
  const ours = instances.filter((instance) => isOurs(instance, input)).map(({ id }) => id);
  const observed = new Map(instances.map((instance) => [instance.id, instance]));
  const wanted = desired.endpoints.map((endpoint) => planEndpoint(endpoint, observed.get(endpoint.id), input));
  const invalid = desired.invalid.map(({ pod, problem, claims }) =>
    holdInvalid(pod.ips[0] ?? podName(pod.key), pod, problem, claims.mappings),
  );
  return {
    key: subject.key,
    proposals: [...wanted.flatMap(({ proposals }) => proposals), ...planRemovals(instances, input)],
    held: [...invalid, ...holdAmbiguous(input), ...wanted.flatMap(({ held }) => held)],
    desired: desired.endpoints.filter((one) => one.ready || isKept(observed.get(one.id), input)).length,
    ours,
    foreign: instances.length - ours.length,
    warnings: [
      ...warnOfReserved(subject),
      ...warnOfCreation(subject),
      ...droppedLabels(wanted, serviceName(subject.key)),
    ],
  };
}

function isOurs(instance: Instance, { settings, sightings }: Fate): boolean {
  const ownership = ownershipOf(instance, settings);
  if (ownership === "unstamped") return sightings.podAt(instance) !== undefined;
  return ownership === "ours" || ownership === "previous";
}

/** Several mappings may share a service; what none of them wants any more goes as the strictest of them allows. */
function planRemovals(instances: readonly Instance[], input: Fate): readonly Proposal[] {
  const { subject, desired, settings } = input;
  const endpoints = new Set(desired.endpoints.map(({ id }) => id));
  const policies = subject.mappings.map((mapping) => mapping.policy ?? settings.policy);
  const policy = policies.toSorted((a, b) => STRICTNESS[b] - STRICTNESS[a])[0] ?? settings.policy;
  return instances.flatMap((instance): readonly Proposal[] => {
    const reason = endpoints.has(instance.id) ? undefined : whyRemove(instance, input);
    if (reason === undefined) return [];
    const pod = desired.chosenOf(instance);
    const mapping = pod === undefined ? undefined : desired.endpointsOf(pod)[0]?.mapping;
    const change: Change = { kind: "deregister", id: instance.id, pod: podOf(instance), reason };
    return [{ change, instance, isMine: true, mapping, policy }];
  });
}

const STRICTNESS: Readonly<Record<Policy, number>> = { sync: 0, "upsert-only": 1, "dry-run": 2 };

type Wanted = {
  readonly endpoint: Endpoint;
  readonly proposals: readonly Proposal[];
  readonly held: readonly Held[];
  readonly dropped: readonly string[];
};

/** Whether the instance of a pod that is not ready stays. */
function isKept(instance: Instance | undefined, input: Fate): boolean {
  return (
    instance !== undefined &&
    isMine(instance, input) &&
    input.desired.chosenOf(instance) !== undefined &&
    staysUnready(instance, input)
  );
}

function planEndpoint(endpoint: Endpoint, instance: Instance | undefined, input: Fate): Wanted {
  const { kind, settings } = input;
  const { id, ready, returning, pod, mapping } = endpoint;
  const nothing: Wanted = { endpoint, proposals: [], held: [], dropped: [] };
  const mine = instance !== undefined && isMine(instance, input);
  const about = {
    instance,
    isMine: mine || instance === undefined,
    mapping,
    policy: mapping.policy ?? settings.policy,
  };
  if (!ready && !isKept(instance, input)) {
    // What names another pod at the address of one that is back is registered for that one in seconds.
    const reason = mine && !returning ? whyRemove(instance, input) : undefined;
    if (instance === undefined || reason === undefined) return nothing;
    return { ...nothing, proposals: [{ ...about, change: { kind: "deregister", id, pod: podOf(instance), reason } }] };
  }
  const composed = composeAttributes({
    labels: selectLabels(pod.labels, mapping.labels ?? settings.labels),
    mapping: mapping.attributes,
    core: { ...endpoint.core, [OWNER_KEY]: settings.owner, [CLUSTER_KEY]: settings.identity.cluster },
    carried: carriedOver(endpoint, instance, input),
  });
  if ("problem" in composed) return { ...nothing, held: [holdInvalid(id, pod, composed.problem, [mapping])] };

  const { attributes, dropped } = composed;
  const serves = ready || returning;
  const health = kind.health === "custom" ? (serves ? "HEALTHY" : "UNHEALTHY") : undefined;
  const register = { kind: "register", id, pod: pod.key, attributes, health, since: pod.since } as const;
  if (instance === undefined || !mine) {
    const change: Change = { ...register, reason: "missing", keys: [] };
    return { ...nothing, proposals: [{ ...about, change }], dropped };
  }
  const changes: Change[] = [];
  const keys = differingKeys(attributes, instance.attributes, settings.ignoreAttributes);
  if (keys.length > 0) {
    const reason = instance.attributes[OWNER_KEY] === settings.owner ? "drifted" : "adopted";
    changes.push({ ...register, reason, keys });
  }
  if (health !== undefined && isHealthWrong(instance, health))
    changes.push({ kind: "set-health", id, pod: pod.key, health, reason: serves ? "ready" : "pod-not-ready" });
  const holder = input.sightings.podAt(instance);
  if (holder !== undefined && holder.key.namespace !== pod.key.namespace)
    return { ...nothing, held: changes.map((change) => holdTakeOver(change, holder, mapping)) };
  return { ...nothing, proposals: changes.map((change) => ({ ...about, change })), dropped };
}

/** Without a known status Cloud Map answers as if the instance were healthy. */
function isHealthWrong(instance: Instance, health: "HEALTHY" | "UNHEALTHY"): boolean {
  return (instance.health ?? "HEALTHY") !== health;
}

/** What is taken from the observed instance: keys that others write, those of another version of this tool, and zones while nodes cannot be read. */
function carriedOver(endpoint: Endpoint, instance: Instance | undefined, { settings }: Fate): Attributes {
  if (instance === undefined) return {};
  const isOthers = (key: string) => settings.ignoreAttributes.includes(key) || endpoint.unknown.includes(key);
  return pick(instance.attributes, (key) => isOthers(key) || isOfOtherVersion(key));
}

function isOfOtherVersion(key: string): boolean {
  return key.startsWith(OWN_PREFIX) && key !== OWNER_KEY && key !== CLUSTER_KEY;
}

/** `id`: that of the endpoint, or where none could be derived the pod's address. */
function holdInvalid(id: string, pod: Pod, problem: string, mappings: readonly Mapping[]): Held {
  const [first, ...others] = mappings.map(({ origin }) => origin.name);
  // A tenant may have any number of objects that choose the same pods.
  const remedy = `${first}${others.length === 0 ? "" : ` and ${others.length} more`}: ${problem}`;
  const held = { kind: "register", id, pod: pod.key, reason: "invalid", remedy, change: undefined } as const;
  return { ...held, isOperators: mappings.some(isOperators) };
}

/** On the host network pods of several Kubernetes namespaces may have one address; the first keeps it. */
function holdTakeOver(change: Change, holder: Pod, mapping: Mapping): Held {
  const remedy = `its address belongs to ${holderName(holder.key)} of another Kubernetes namespace, which still runs; let only one of the two claim the service`;
  const { kind, id, pod } = change;
  return { kind, id, pod, reason: "ambiguous", remedy, change, isOperators: isOperators(mapping) };
}

/** One line for each set of mappings that disagree, naming them all. */
function holdAmbiguous({ desired }: Fate): readonly Held[] {
  const bySet = Map.groupBy(desired.ambiguous, ({ mappings }) => mappings.map(({ origin }) => origin.name).join(", "));
  return [...bySet].map(([names, claims]) => ({
    kind: "claim",
    id: names,
    pod: claims[0]?.pod.key,
    reason: "ambiguous",
    remedy: `they claim the same pods (${claims.length}) in different ways; let only one of them select each pod`,
    change: undefined,
    isOperators: claims[0]?.mappings.some(isOperators) ?? false,
  }));
}

function droppedLabels(wanted: readonly Wanted[], service: string): readonly string[] {
  const byMapping = Map.groupBy(
    wanted.filter(({ dropped }) => dropped.length > 0),
    ({ endpoint }) => endpoint.mapping.origin.name,
  );
  return [...byMapping].map(([name, cut]) => {
    const labels = [...new Set(cut.flatMap(({ dropped }) => dropped))].toSorted(byText).join(", ");
    return `${service} (${name}): labels left out so that Cloud Map's limits are kept: ${labels}; name those you need in \`labels.include\``;
  });
}
