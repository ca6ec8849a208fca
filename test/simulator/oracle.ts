import type { Cluster, PodTruth } from "./cluster.ts";
import type { Document } from "./story.ts";
import { isLiving } from "./wishes.ts";
import type { Wishes } from "./wishes.ts";

export type Attributes = Readonly<Record<string, string>>;

/** What becomes of one id in a quiet pass. `undetermined`: the documentation leaves it open, or it takes another pass. */
export type Expectation =
  | { readonly kind: "is"; readonly alternatives: readonly Attributes[] }
  | { readonly kind: "absent" | "unchanged" | "undetermined" }
  /** As before, or gone. */
  | { readonly kind: "there" };

export const OWNER_KEY = "eks-cloudmap-sync/owner";
const MESH_KEY = "appmesh.k8s.aws/mesh";

/** Whose an instance is, as the document sees it. `unusable`: ours by its owner, but it names no pod that could be. */
export function ownershipOf(attributes: Attributes, { owner }: Document): "ours" | "foreign" | "unusable" {
  if (attributes[OWNER_KEY] !== owner) return "foreign";
  return isName(attributes["k8s.io/pod"]) && isName(attributes["k8s.io/namespace"]) ? "ours" : "unusable";
}

function isName(text: string | undefined): boolean {
  return text !== undefined && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(text);
}

/** The pod that an instance names, where it still lives at the instance's address. */
export function livingPodOf(id: string, attributes: Attributes, cluster: Cluster): PodTruth | undefined {
  const at = [attributes["AWS_INSTANCE_IPV4"], attributes["AWS_INSTANCE_IPV6"], id];
  return cluster.pods.find(
    (pod) =>
      pod.namespace === attributes["k8s.io/namespace"] &&
      pod.name === attributes["k8s.io/pod"] &&
      isLiving(pod, cluster) &&
      pod.ips.some((ip) => at.includes(ip)),
  );
}

/** What a quiet full pass makes of a service that holds `before`. */
export function expectationsOf(
  document: Document,
  cluster: Cluster,
  wishes: Wishes,
  before: ReadonlyMap<string, Attributes>,
): ReadonlyMap<string, Expectation> {
  const expected = new Map<string, Expectation>();
  if (document.policy === "dry-run") return new Map([...before.keys()].map((id) => [id, { kind: "unchanged" }]));
  const unwanted: { readonly id: string; readonly pod: PodTruth | undefined }[] = [];
  for (const [id, attributes] of before) {
    if (wishes.wanted.has(id)) continue;
    const owned = ownershipOf(attributes, document);
    if (owned === "unusable") expected.set(id, { kind: "undetermined" });
    else if (owned === "ours") unwanted.push({ id, pod: livingPodOf(id, attributes, cluster) });
    else expected.set(id, foreignOf(document, cluster, wishes, id, attributes));
  }
  for (const [id, ways] of wishes.wanted) expected.set(id, wantedOf(document, cluster, ways, id, before.get(id)));
  for (const { id, pod } of unwanted) expected.set(id, unwantedOf(document, wishes, pod));
  guard(document, cluster, wishes, unwanted, before, expected);
  // A cluster that lists nothing at all looks like the wrong one.
  if (cluster.pods.length === 0) for (const { id } of unwanted) expected.set(id, { kind: "unchanged" });
  return expected;
}

function wantedOf(
  document: Document,
  cluster: Cluster,
  ways: Wishes["wanted"] extends ReadonlyMap<string, infer W> ? W : never,
  id: string,
  held: Attributes | undefined,
): Expectation {
  if (ways.every(({ pod }) => pod === undefined)) return { kind: "undetermined" };
  const is = { kind: "is", alternatives: ways.map(({ attributes }) => attributes) } as const;
  if (held === undefined) return is;
  const owned = ownershipOf(held, document);
  if (owned === "unusable") return { kind: "undetermined" };
  if (owned === "ours") return is;
  const isAdopted =
    document.adopt.appMesh !== "off" && held[MESH_KEY] !== undefined && held["k8s.io/pod"] !== undefined;
  if (!isAdopted) return { kind: "unchanged" };
  const isItself = livingPodOf(id, held, cluster) !== undefined;
  return isItself || document.adopt.appMesh === "exclusive" ? is : { kind: "unchanged" };
}

function foreignOf(document: Document, cluster: Cluster, wishes: Wishes, id: string, held: Attributes): Expectation {
  const isMesh = held[MESH_KEY] !== undefined && held["k8s.io/pod"] !== undefined;
  if (document.adopt.appMesh !== "exclusive" || !isMesh || !wishes.isClaimed) return { kind: "unchanged" };
  return livingPodOf(id, held, cluster) === undefined ? { kind: "undetermined" } : { kind: "undetermined" };
}

/** As far as the guard has nothing against it. */
function unwantedOf(document: Document, wishes: Wishes, pod: PodTruth | undefined): Expectation {
  if (pod === undefined) return allows(wishes.policies) ? { kind: "absent" } : { kind: "undetermined" };
  if (wishes.held.has(pod)) return { kind: "there" };
  if (!allows([wishes.policyOf(pod), ...wishes.policies])) return { kind: "undetermined" };
  if (!wishes.unready.has(pod)) return { kind: "absent" };
  if (wishes.isDark) return document.whenAllUnready === "keep" ? { kind: "there" } : { kind: "absent" };
  return document.services.customHealth ? { kind: "undetermined" } : { kind: "absent" };
}

function allows(policies: readonly Document["policy"][]): boolean {
  return policies.every((policy) => policy === "sync");
}

/**
 * Removals of pods that live, and that nothing chooses, are held where they would leave the service to nobody, or are most of
 * it and many. What is counted as staying may have been registered by this very pass, or not: then either will do.
 */
function guard(
  document: Document,
  cluster: Cluster,
  wishes: Wishes,
  unwanted: readonly { readonly id: string; readonly pod: PodTruth | undefined }[],
  before: ReadonlyMap<string, Attributes>,
  expected: Map<string, Expectation>,
): void {
  const leaving = unwanted.filter(
    ({ id, pod }) =>
      pod !== undefined && !wishes.unready.has(pod) && expected.get(id)?.kind === "absent" && !isElsewhere(wishes, pod),
  );
  if (leaving.length === 0) return;
  const staying = [...before].filter(
    ([id, held]) =>
      ownershipOf(held, document) === "ours" &&
      livingPodOf(id, held, cluster) !== undefined &&
      !leaving.some((one) => one.id === id),
  );
  const isMost = (staying: number) =>
    staying === 0 || (leaving.length > 10 && leaving.length > 0.5 * (leaving.length + staying));
  const now = isMost(staying.length);
  const later = isMost(Math.max(staying.length, wishes.wanted.size));
  for (const { id } of leaving)
    if (now && later) expected.set(id, { kind: "unchanged" });
    else if (now || later) expected.set(id, { kind: "undetermined" });
}

/** Its pod is registered under another id. */
function isElsewhere(wishes: Wishes, pod: PodTruth): boolean {
  return [...wishes.wanted.values()].some((ways) => ways.some((way) => way.pod === pod));
}

/** Whether attributes are the expected ones. What this version of the tool adds on its own does not count, nor the first health. */
export function isLike(expected: Attributes, held: Attributes): boolean {
  const free = new Set(["AWS_INIT_HEALTH_STATUS", "eks-cloudmap-sync/cluster"]);
  const keys = new Set([...Object.keys(expected), ...Object.keys(held)].filter((key) => !free.has(key)));
  return [...keys].every((key) => expected[key] === held[key]);
}
