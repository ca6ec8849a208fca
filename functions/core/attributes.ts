import { byText } from "./model.ts";
import type { Attributes } from "./model.ts";
import type { Configuration } from "./settings.ts";
import { matchesAny } from "./globs.ts";

/** What begins so is this tool's. */
export const OWN_PREFIX = "eks-cloudmap-sync/";
/** Whose document an instance is of. */
export const OWNER_KEY = "eks-cloudmap-sync/owner";
/** On services: which part of the owner's document made it; none where the document has no parts. */
export const PART_KEY = "eks-cloudmap-sync/part";
/** From which cluster it came: the UID of the namespace kube-system. */
export const CLUSTER_KEY = "eks-cloudmap-sync/cluster";
export const POD_KEY = "k8s.io/pod";
export const POD_NAMESPACE_KEY = "k8s.io/namespace";
/** On instances of a Service's load balancer, in a pod's place. */
export const KUBE_SERVICE_KEY = "k8s.io/service";
/** On instances whose address is a node's: its name, which tells where their pod is without the nodes. */
export const NODE_KEY = "k8s.io/node";
export const REGION_KEY = "REGION";
export const ZONE_KEY = "AVAILABILITY_ZONE";
export const IPV4_KEY = "AWS_INSTANCE_IPV4";
export const IPV6_KEY = "AWS_INSTANCE_IPV6";
export const CNAME_KEY = "AWS_INSTANCE_CNAME";
export const ALIAS_KEY = "AWS_ALIAS_DNS_NAME";
export const PORT_KEY = "AWS_INSTANCE_PORT";
export const MESH_KEY = "appmesh.k8s.aws/mesh";
export const VIRTUAL_NODE_KEY = "appmesh.k8s.aws/virtualNode";
/** Taken by RegisterInstance only; never compared. */
export const INIT_HEALTH_KEY = "AWS_INIT_HEALTH_STATUS";

/** Keys that only this tool writes: never taken from a tenant, refused in the configuration. */
export const CORE_KEYS: readonly string[] = [
  OWNER_KEY,
  CLUSTER_KEY,
  POD_KEY,
  POD_NAMESPACE_KEY,
  KUBE_SERVICE_KEY,
  NODE_KEY,
  REGION_KEY,
  ZONE_KEY,
  MESH_KEY,
  VIRTUAL_NODE_KEY,
];

/**
 * Cloud Map's limits on the attributes of one instance: RegisterInstance's API page gives the patterns, the length of a
 * key (255) and of a value (1,024), the number of custom ones (30) and the characters of all keys and values (5,000).
 */
const MAX_CUSTOM = 30;
const MAX_KEY = 255;
const MAX_VALUE = 1024;
const MAX_CHARACTERS = 5000;
const KEY_PATTERN = /^[!-~]+$/;
const VALUE_PATTERN = /^[!-~](?:[ \t!-~]*[!-~])?$/;

/** Room for what may come on top of the composed attributes without a new decision: zones once nodes are readable, the first health. */
const RESERVED: readonly Entry[] = [
  [REGION_KEY, "x".repeat(32)],
  [ZONE_KEY, "x".repeat(32)],
  [INIT_HEALTH_KEY, "UNHEALTHY"],
];

/** Labels that controllers generate, the first to be dropped where attributes do not fit. */
export const GENERATED_LABELS: readonly string[] = [
  "pod-template-hash",
  "controller-revision-hash",
  "pod-template-generation",
  "rollouts-pod-template-hash",
  "controller-uid",
  "job-name",
  "batch.kubernetes.io/controller-uid",
  "batch.kubernetes.io/job-name",
  "apps.kubernetes.io/pod-index",
  "statefulset.kubernetes.io/pod-name",
];

/** What an endpoint's attributes are made of; later parts win. */
export type AttributeParts = {
  readonly labels: Attributes;
  readonly mapping: Attributes;
  readonly core: Attributes;
  /** What others keep on the observed instance, carried over as it is, unchecked. */
  readonly carried: Attributes;
};

/** `dropped`: labels left out so that the rest fits. */
export type Composed =
  | { readonly attributes: Attributes; readonly dropped: readonly string[] }
  | { readonly problem: string };

/**
 * Composes attributes within Cloud Map's limits, keys sorted. Only labels are ever dropped; what else cannot fit is a
 * problem that names it. An empty value is left out, but for the tool's own: a reader of an export wants its key.
 */
export function composeAttributes({ labels, mapping, core, carried }: AttributeParts): Composed {
  const kept = new Map(Object.entries(carried));
  const size: Size = { custom: 0, characters: 0 };
  for (const [key, value] of kept) count(size, key, value);
  for (const [key, value] of RESERVED)
    if (!Object.hasOwn(core, key) && !Object.hasOwn(carried, key)) count(size, key, value);
  const asked = Object.keys(mapping).filter((key) => !Object.hasOwn(core, key) && isTenants(key, mapping[key] ?? ""));
  for (const key of [...Object.keys(core), ...asked.toSorted()]) {
    if (kept.has(key)) continue;
    const isOwn = Object.hasOwn(core, key);
    const value = (isOwn ? core : mapping)[key] ?? "";
    const isMeant = value === "" && isOwn;
    const problem =
      (isMeant ? undefined : problemOf(key, value)) ?? (fits(size, key, value) ? undefined : crowded(key));
    if (problem !== undefined) return { problem };
    kept.set(key, value);
  }
  const dropped: string[] = [];
  const wanted = Object.entries(labels).filter(([key, value]) => !kept.has(key) && isTenants(key, value));
  for (const [key, value] of sortByWorth(wanted)) {
    if (problemOf(key, value) === undefined && fits(size, key, value)) kept.set(key, value);
    else dropped.push(key);
  }
  const entries = [...kept.keys()].toSorted().map((key): Entry => [key, kept.get(key) ?? ""]);
  return { attributes: Object.fromEntries(entries), dropped: dropped.toSorted() };
}

/** Whether a tenant's label may become an attribute at all. */
export function canBeAttribute(key: string, value: string): boolean {
  return isTenants(key, value) && problemOf(key, value) === undefined;
}

/** Labels in the order in which they are kept: plain keys, then prefixed ones, then generated ones; each alphabetically. */
export function sortByWorth(labels: readonly Entry[]): readonly Entry[] {
  return labels.toSorted((a, b) => rankOf(a[0]) - rankOf(b[0]) || byKey(a, b));
}

/** The labels that the configuration wants as attributes. */
export function selectLabels(labels: Attributes, globs: Configuration["labels"]): Attributes {
  return pick(labels, (key) => matchesAny(key, globs.include) && !matchesAny(key, globs.exclude));
}

/**
 * The keys in which two sets of attributes differ, `AWS_INIT_HEALTH_STATUS` and the ignored ones left out. What should be empty may
 * be absent: AWS does not say whether it takes or keeps empty values.
 */
export function differingKeys(
  desired: Attributes,
  observed: Attributes,
  ignored: readonly string[],
): readonly string[] {
  const isAsGood = (key: string) =>
    desired[key] === observed[key] || (desired[key] === "" && observed[key] === undefined);
  const differs = (key: string) => key !== INIT_HEALTH_KEY && !ignored.includes(key) && !isAsGood(key);
  const keys = [...Object.keys(desired).filter(differs), ...Object.keys(observed).filter(differs)];
  return keys.length === 0 ? keys : [...new Set(keys)].toSorted(byText);
}

export function pick(attributes: Attributes, wanted: (key: string) => boolean): Attributes {
  const all = Object.keys(attributes);
  const keys = all.filter(wanted);
  // As nearly always, of labels all and of what is carried over nothing: no copy is made then.
  if (keys.length === all.length) return attributes;
  return Object.fromEntries(keys.map((key): Entry => [key, attributes[key] ?? ""]));
}

/** Tenants and their manifests never set what the tool or AWS gives a meaning to; an empty value sets nothing. */
function isTenants(key: string, value: string): boolean {
  return value !== "" && !isReserved(key);
}

/** Whether AWS or this tool gives the key its meaning. */
export function isReserved(key: string): boolean {
  return key.startsWith("AWS_") || key.startsWith(OWN_PREFIX) || CORE_KEYS.includes(key);
}

function problemOf(key: string, value: string): string | undefined {
  if (key.length > MAX_KEY || !KEY_PATTERN.test(key))
    return `the attribute key ${JSON.stringify(key)} is not 1 to ${MAX_KEY} printable ASCII characters without spaces; rename it or leave it out`;
  if (value.length > MAX_VALUE || !VALUE_PATTERN.test(value))
    return `the value of attribute ${key} is not 1 to ${MAX_VALUE} printable ASCII characters without a space at either end; correct it or leave it out`;
  return undefined;
}

function crowded(key: string): string {
  const kept = RESERVED.filter(([reserved]) => isCustom(reserved)).map(([reserved]) => reserved);
  return `attribute ${key} does not fit: Cloud Map allows ${MAX_CUSTOM} custom attributes, of which this tool needs some and keeps room for ${kept.join(" and ")}, and ${MAX_CHARACTERS} characters in all; leave some out`;
}

type Size = { custom: number; characters: number };

function count(size: Size, key: string, value: string): void {
  if (isCustom(key)) size.custom += 1;
  size.characters += key.length + value.length;
}

/** Whether one more attribute fits; if so, it is counted. */
function fits(size: Size, key: string, value: string): boolean {
  const custom = size.custom + (isCustom(key) ? 1 : 0);
  if (custom > MAX_CUSTOM || size.characters + key.length + value.length > MAX_CHARACTERS) return false;
  count(size, key, value);
  return true;
}

function isCustom(key: string): boolean {
  return !key.startsWith("AWS_");
}

function rankOf(key: string): number {
  if (GENERATED_LABELS.includes(key)) return 2;
  return key.includes("/") ? 1 : 0;
}

type Entry = readonly [key: string, value: string];

function byKey(a: Entry, b: Entry): number {
  return byText(a[0], b[0]);
}
