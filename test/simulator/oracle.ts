import type { Cluster, PodTruth } from "./cluster.ts";
import { ownershipOf } from "./ownership.ts";
import type { Attributes, Ownership } from "./ownership.ts";
import type { Document } from "./story.ts";
import { isLiving } from "./wishes.ts";
import type { Wish, Wishes } from "./wishes.ts";

/** What becomes of one id in a quiet pass. `undetermined`: the documentation leaves it open, or it takes another pass. */
export type Expectation =
  | { readonly kind: "is"; readonly alternatives: readonly Wish[] }
  | { readonly kind: "absent" | "unchanged" | "undetermined" }
  /** With whatever attributes. */
  | { readonly kind: "there" };

/** A service as a quiet pass finds it. `before`: what it holds, by id. */
export type Found = {
  readonly document: Document;
  readonly cluster: Cluster;
  readonly wishes: Wishes;
  readonly hasCustomHealth: boolean;
  readonly before: ReadonlyMap<string, Attributes>;
  /** Pods that another service is to take over first, or holds as they cannot be its instances. */
  readonly awaited: ReadonlySet<PodTruth>;
  /** Whether all that was registered as this document's owner comes from another cluster, and nobody has said that this may be. */
  readonly isDoubtful: boolean;
};

/** An instance of ours that nothing wants; the pod, or load balancer, that it names, where that lives there. */
type Unwanted = { readonly id: string; readonly pod: PodTruth | undefined };

/** The pod that an instance names, where it still lives at the instance's address, or on its node; or the load balancer that has its name. */
export function livingPodOf(
  id: string,
  attributes: Attributes,
  cluster: Cluster,
  document: Document,
): PodTruth | undefined {
  const at = [attributes["AWS_INSTANCE_IPV4"], attributes["AWS_INSTANCE_IPV6"], id];
  const { "k8s.io/pod": name, "k8s.io/service": service, "k8s.io/node": node } = attributes;
  const holders = name === undefined ? cluster.balancers : cluster.pods;
  return holders.find(
    (pod) =>
      pod.namespace === attributes["k8s.io/namespace"] &&
      pod.name === (name ?? service) &&
      isLiving(pod, cluster, document) &&
      (node === undefined ? pod.ips.some((ip) => at.includes(ip)) : pod.node === node),
  );
}

/** The second half of the oracle: what a quiet full pass makes of a service. Ids that are not named are absent. */
export function expectationsOf(found: Found): ReadonlyMap<string, Expectation> {
  const { document, cluster, wishes, before } = found;
  if (document.policy === "dry-run" || found.isDoubtful)
    return new Map([...before.keys()].map((id) => [id, { kind: "unchanged" }]));
  const expected = new Map<string, Expectation>();
  const unwanted: Unwanted[] = [];
  for (const [id, ways] of wishes.wanted) expected.set(id, wantedOf(found, id, ways));
  for (const [id, attributes] of before) {
    if (wishes.wanted.has(id)) continue;
    const pod = livingPodOf(id, attributes, cluster, document);
    const owned = ownershipOf(attributes, document, cluster.uid);
    if (owned === "ours") unwanted.push({ id, pod });
    if (owned === "ours" && pod === undefined && isShared(wishes, attributes))
      expected.set(id, { kind: "undetermined" });
    else
      expected.set(
        id,
        isStrayed(found, attributes, pod) ? { kind: "there" } : unwantedOf(found, owned, attributes, pod),
      );
  }
  // A cluster that lists nothing at all looks like the wrong one: nothing is removed. Load balancers are registered without pods too.
  if (cluster.pods.length > 0) guard(found, unwanted, expected);
  else for (const id of before.keys()) if (!wishes.wanted.has(id)) expected.set(id, { kind: "unchanged" });
  return expected;
}

function wantedOf({ document, cluster, before }: Found, id: string, ways: readonly Wish[]): Expectation {
  const is = { kind: "is", alternatives: ways } as const;
  const held = before.get(id);
  if (held === undefined) return is;
  const owned = ownershipOf(held, document, cluster.uid);
  if (owned === "ours") return is;
  if (owned === "unusable") return { kind: "undetermined" };
  const named = livingPodOf(id, held, cluster, document);
  const isItself = named !== undefined;
  if (owned === "left" || owned === "elsewhere") {
    if (named === undefined) return owned === "left" ? is : { kind: "unchanged" };
    return ways.some(({ pod }) => pod === named) ? is : { kind: "undetermined" };
  }
  return owned === "adoptable" && (isItself || document.adopt.appMesh === "exclusive") ? is : { kind: "unchanged" };
}

function unwantedOf(found: Found, owned: Ownership, attributes: Attributes, pod: PodTruth | undefined): Expectation {
  const { document, wishes } = found;
  if (owned === "foreign" || (owned === "elsewhere" && pod === undefined)) return { kind: "unchanged" };
  // While its pod lives here what chooses that says more than is told here.
  if ((owned === "left" || owned === "elsewhere") && pod !== undefined) return { kind: "undetermined" };
  if (owned === "unusable") return { kind: "undetermined" };
  if (owned === "adoptable") {
    if (pod !== undefined) return { kind: "undetermined" };
    return document.adopt.appMesh === "live" || !wishes.isClaimed ? { kind: "unchanged" } : removal(wishes, document);
  }
  if (pod === undefined) return removal(wishes, document);
  if (wishes.held.has(pod) || isBlocked(found, attributes, pod)) return { kind: "there" };
  if (found.awaited.has(pod)) return { kind: "undetermined" };
  if (!wishes.unready.has(pod)) return removal(wishes, wishes.policyOf(pod));
  if (wishes.isDark ? document.whenAllUnready === "keep" : found.hasCustomHealth) return { kind: "there" };
  return found.hasCustomHealth ? { kind: "undetermined" } : removal(wishes, wishes.policyOf(pod));
}

/**
 * The id that is to replace it, for one of its pods, is somebody else's, so that it is the pod's only one of this owner: it stays
 * until a person has settled whose the other is. At a node's address it stands for all pods there.
 */
function isBlocked(found: Found, { "k8s.io/node": node }: Attributes, pod: PodTruth): boolean {
  const isMeant = (one: PodTruth) => one === pod || (node !== undefined && one.node === node);
  return found.wishes.wanted
    .entries()
    .some(([id, ways]) => ways.some((way) => isMeant(way.pod)) && wantedOf(found, id, ways).kind === "unchanged");
}

/** Its pod is gone, and another at the same address, or on the same node, is held: it may be what answers there. */
function isShared({ held }: Wishes, attributes: Attributes): boolean {
  const { AWS_INSTANCE_IPV4: ipv4 = "", AWS_INSTANCE_IPV6: ipv6 = "", "k8s.io/node": node } = attributes;
  return held.values().some((pod) => pod.node === node || pod.ips.includes(ipv4) || pod.ips.includes(ipv6));
}

/** It names a VirtualNode that is there and does not choose its living pod: a person has to say which of the two is wrong. */
function isStrayed({ cluster, document, wishes }: Found, attributes: Attributes, pod: PodTruth | undefined): boolean {
  const named = attributes["appmesh.k8s.aws/virtualNode"];
  if (pod === undefined || wishes.unready.has(pod) || wishes.held.has(pod) || isElsewhere(wishes, pod)) return false;
  if (ownershipOf(attributes, document, cluster.uid) !== "ours" || document.sources.virtualNodes === false)
    return false;
  return cluster.claims.some(
    ({ kind, isThere, namespace, name }) => kind === "VirtualNode" && isThere && `${name}_${namespace}` === named,
  );
}

/** What no mapping wants goes as the strictest policy of the service's mappings allows. */
function removal({ policies }: Wishes, own: Document | Document["policy"]): Expectation {
  const first = typeof own === "string" ? own : own.policy;
  return [first, ...policies].every((policy) => policy === "sync") ? { kind: "absent" } : { kind: "undetermined" };
}

/**
 * Removals of pods that live, and that nothing chooses, are held where they would leave the service to nobody, or are most of
 * it and many. What is counted as staying may have been registered by this very pass, or not: then either will do.
 */
function guard(found: Found, unwanted: readonly Unwanted[], expected: Map<string, Expectation>): void {
  const { document, cluster, wishes, before } = found;
  const leaving = unwanted.filter(
    ({ id, pod }) =>
      pod !== undefined && !wishes.unready.has(pod) && expected.get(id)?.kind === "absent" && !isElsewhere(wishes, pod),
  );
  if (leaving.length === 0) return;
  const staying = [...before].filter(
    ([id, held]) =>
      ownershipOf(held, document, cluster.uid) === "ours" &&
      livingPodOf(id, held, cluster, document) !== undefined &&
      !leaving.some((one) => one.id === id),
  );
  // Whether what waits for another service stays or leaves is not said.
  const waiting = unwanted.filter(
    ({ pod }) => pod !== undefined && found.awaited.has(pod) && !wishes.held.has(pod),
  ).length;
  const now = isSuspicious(leaving.length, staying.length - waiting);
  const later = isSuspicious(leaving.length, Math.max(staying.length, wishes.wanted.size));
  for (const { id } of leaving)
    if (now && later) expected.set(id, { kind: "unchanged" });
    else if (now || later) expected.set(id, { kind: "undetermined" });
}

function isSuspicious(leaving: number, staying: number): boolean {
  return staying === 0 || (leaving > 10 && leaving > 0.5 * (leaving + staying));
}

/** Its pod is registered under another id. */
function isElsewhere(wishes: Wishes, pod: PodTruth): boolean {
  return wishes.wanted.values().some((ways) => ways.some((way) => way.pod === pod));
}

/** Whether attributes are the expected ones. What this version of the tool adds on its own does not count, nor the first health. */
export function isLike({ attributes: expected, isOpen }: Wish, held: Attributes): boolean {
  const free = new Set(["AWS_INIT_HEALTH_STATUS"]);
  const keys = new Set(
    [...Object.keys(expected), ...(isOpen ? [] : Object.keys(held))].filter((key) => !free.has(key)),
  );
  return keys.values().every((key) => expected[key] === held[key]);
}
