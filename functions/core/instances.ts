import {
  ALIAS_KEY,
  CLUSTER_KEY,
  CNAME_KEY,
  INIT_HEALTH_KEY,
  IPV4_KEY,
  IPV6_KEY,
  KUBE_SERVICE_KEY,
  MESH_KEY,
  NODE_KEY,
  OWNER_KEY,
  POD_KEY,
  POD_NAMESPACE_KEY,
} from "./attributes.ts";
import type { Instance, Pod, PodKey } from "./model.ts";
import type { Settings } from "./settings.ts";

/**
 * Whose an instance is, by its owner value and by the cluster that it says it came from.
 *
 * | owner    | cluster              | it is                | and may be changed                                         |
 * |----------|----------------------|----------------------|------------------------------------------------------------|
 * | ours     | this, or an old one  | ours                 | always                                                     |
 * | ours     | –                    | unstamped            | while its pod lives here                                   |
 * | ours     | another              | other-cluster        | never                                                      |
 * | previous | this, or an old one  | previous             | where a mapping chooses its living pod, or the pod is gone |
 * | previous | another, –           | previous-elsewhere   | where a mapping chooses its living pod                     |
 * | –        | App Mesh's keys      | app-mesh             | as `adopt.appMesh` says                                    |
 * | –        | external-dns's shape | external-dns         | as `adopt.externalDns` says                                |
 * | else     |                      | foreign              | never                                                      |
 *
 * An old cluster is one of `previousClusters`; or any, where this one was reached by its name through EKS and the owner is its
 * ARN, which a new cluster has only once the old one is gone. What carries our keys and names no usable pod is foreign.
 */
export type Ownership =
  | "ours"
  | "unstamped"
  | "other-cluster"
  | "previous"
  | "previous-elsewhere"
  | "app-mesh"
  | "external-dns"
  | "foreign";

type Whose = Pick<Settings, "owner" | "tagOwner" | "previousOwners" | "previousClusters" | "identity">;

export function ownershipOf(instance: Instance, settings: Whose): Ownership {
  const owner = instance.attributes[OWNER_KEY];
  if (owner === undefined) {
    const isAppMesh = instance.attributes[MESH_KEY] !== undefined && podOf(instance) !== undefined;
    if (isAppMesh) return "app-mesh";
    return isExternalDns(instance) ? "external-dns" : "foreign";
  }
  if (podOf(instance) === undefined) return "foreign";
  const cluster = instance.attributes[CLUSTER_KEY];
  if (owner === settings.owner) {
    if (isOfHere(cluster, owner, settings)) return "ours";
    return cluster === undefined ? "unstamped" : "other-cluster";
  }
  if (!settings.previousOwners.includes(owner)) return "foreign";
  return isOfHere(cluster, owner, settings) ? "previous" : "previous-elsewhere";
}

/** Whether it is as external-dns's provider aws-sd registers an address or a name: called by it, with nothing beside it. */
export function isExternalDns({ id, attributes }: Instance): boolean {
  // As nearly all are, and asked of each.
  if (attributes[OWNER_KEY] !== undefined) return false;
  const [address] = addressesOf({ attributes });
  const keys = Object.keys(attributes).filter((key) => key !== INIT_HEALTH_KEY);
  if (address === undefined || keys.length !== 1) return false;
  // What is longer than an id may be goes by its SHA-256.
  return id === address.toLowerCase() || (address.length > MOST_OF_ID && /^[0-9a-f]{64}$/.test(id));
}

/** The most characters of an instance's id (API_RegisterInstance.html, `InstanceId`). */
const MOST_OF_ID = 64;

/** Whether it carries our owner value, and yet says nothing usable of its pod. */
export function isTampered(instance: Instance, { owner }: Pick<Settings, "owner">): boolean {
  return instance.attributes[OWNER_KEY] === owner && podOf(instance) === undefined;
}

/** Whether an instance of this owner came from this cluster, or from one that is gone. */
function isOfHere(
  cluster: string | undefined,
  owner: string,
  { tagOwner, previousClusters, identity }: Whose,
): boolean {
  if (cluster === identity.cluster) return true;
  if (cluster !== undefined && previousClusters.includes(cluster)) return true;
  return identity.arn !== undefined && tagOwner === identity.arn && isOwnerOf(identity.arn, owner);
}

/** Whether the owner value is the cluster's ARN, with a part or without. */
function isOwnerOf(arn: string, owner: string): boolean {
  return owner === arn || owner.startsWith(`${arn}/`);
}

/** Names of pods, Kubernetes namespaces and Services, as the API server takes them: DNS subdomains and labels. */
const POD_NAME = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/;
const LABEL_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** The pod, or the Service, that an instance says it stands for; undefined where none can be called that. */
export function podOf({ attributes }: Pick<Instance, "attributes">): PodKey | undefined {
  const namespace = attributes[POD_NAMESPACE_KEY];
  const name = attributes[POD_KEY];
  const service = attributes[KUBE_SERVICE_KEY];
  if (namespace === undefined || !LABEL_NAME.test(namespace)) return undefined;
  if (name !== undefined) return POD_NAME.test(name) ? { namespace, name } : undefined;
  return service !== undefined && LABEL_NAME.test(service) ? { kind: "Service", namespace, name: service } : undefined;
}

/** What it stands for, in a word. */
export function holderOf(instance: Pick<Instance, "attributes">): "pod" | "Service" {
  return isOfService(instance) ? "Service" : "pod";
}

/** Whether it stands for a Service's load balancer, which the claims show, and not for a pod. */
export function isOfService(instance: Pick<Instance, "attributes">): boolean {
  return podOf(instance)?.kind === "Service";
}

/** Whether an instance, registered or to be, has one of these addresses. */
export function isAt(instance: Pick<Instance, "attributes">, ips: readonly string[]): boolean {
  return addressesOf(instance).some((address) => ips.includes(address));
}

/** Whether the pod is where the instance says: on its node, where the address is a node's, and else at its address. */
export function isPlaceOf(instance: Pick<Instance, "attributes">, { ips, node }: Pick<Pod, "ips" | "node">): boolean {
  const on = nodeOf(instance);
  return on === undefined ? isAt(instance, ips) : on === node;
}

/** The name of the node whose address an instance has; undefined where it is the pod's own. */
export function nodeOf({ attributes }: Pick<Instance, "attributes">): string | undefined {
  return attributes[NODE_KEY];
}

/** Its IPs, or the name that it is an alias of, or points to. */
export function addressesOf({ attributes }: Pick<Instance, "attributes">): readonly string[] {
  return ADDRESS_KEYS.flatMap((key) => attributes[key] ?? []);
}

const ADDRESS_KEYS: readonly string[] = [IPV4_KEY, IPV6_KEY, ALIAS_KEY, CNAME_KEY];
