import type { Cluster, NodeTruth, PodTruth } from "./cluster.ts";
import { ageOf, instancesOf, nodePortOf, shapeFor } from "./instances.ts";
import type { Claim } from "./instances.ts";
import { MESH, NODE_PORT, PORT } from "./objects.ts";
import type { ClaimObject, Document } from "./story.ts";

/**
 * The first half of the oracle: what a document asks of one service, from what is true of the cluster. Written from
 * docs/configuration.md alone.
 */
export type Wishes = {
  /** By id: the pods that may name the instance (several where they share an address and an age), with its attributes. */
  readonly wanted: ReadonlyMap<string, readonly Wish[]>;
  /** The ids of chosen pods whose nodes are heard again, though not yet of them: what is registered stays. */
  readonly returning: ReadonlySet<string>;
  /** Living pods that are chosen but not ready. */
  readonly unready: ReadonlySet<PodTruth>;
  /** Pods whose instances are neither made nor removed: their claims cannot be told. */
  readonly held: ReadonlySet<PodTruth>;
  readonly isClaimed: boolean;
  /** Whether no chosen pod is ready. */
  readonly isDark: boolean;
  /** What removals of pods that nothing chooses are allowed by. */
  readonly policies: readonly Document["policy"][];
  readonly policyOf: (pod: PodTruth) => Document["policy"];
};

/** `isOpen`: the instance may have other attributes besides. */
export type Wish = {
  readonly pod: PodTruth;
  readonly attributes: Readonly<Record<string, string>>;
  readonly isOpen: boolean;
};

export type ServiceShape = {
  readonly namespace: string;
  readonly name: string;
  /** Undefined: it does not exist yet. */
  readonly records: readonly string[] | undefined;
  /** Whether aliases can be made in it. */
  readonly isWeighted: boolean;
  readonly isHttp: boolean;
  readonly hasCustomHealth: boolean;
};

/** Kubernetes' own threshold of a zone that is disrupted. */
const DISRUPTED = 0.55;

export function wishesFor(document: Document, cluster: Cluster, service: ServiceShape): Wishes {
  const claims = claimsFor(document, cluster, service);
  const living = [...cluster.pods, ...cluster.balancers].filter((pod) => isLiving(pod, cluster, document));
  const chosen = new Map<PodTruth, Claim>();
  const held = new Set<PodTruth>();
  const areNodesRead = document.nodes.zones || document.nodes.ec2 || asksForNodes(document);
  for (const pod of living) {
    const mine = claims.filter((claim) => claim.namespace === pod.namespace && isMeant(claim, pod));
    const rank = Math.min(...mine.map((claim) => claim.rank));
    const first = mine.filter((claim) => claim.rank === rank);
    const [claim] = first;
    if (claim === undefined) continue;
    const isLost = claim.address === "node" && (!areNodesRead || nodePortOf(claim, cluster, pod) === undefined);
    if (isLost || first.some((one) => one.isHeld || meaningOf(one) !== meaningOf(claim))) held.add(pod);
    else chosen.set(pod, claim);
  }
  const pods = [...chosen.keys()];
  const seen = areNodesRead ? cluster.nodes : [];
  const firm = pods.filter(
    (pod) => chosen.get(pod)?.publishes === true || (isReady(pod, seen) && !isLeaving(pod, seen)),
  );
  const ready = firm.length > 0 ? firm : pods.filter((pod) => isReady(pod, seen));
  const wanted = new Map<string, Wish[]>();
  const shape =
    service.records === undefined
      ? shapeFor(document, cluster, service.isHttp, chosen)
      : { ...service, records: service.records };
  const instancesFor = (pod: PodTruth) => {
    const claim = chosen.get(pod);
    if (claim === undefined) return [];
    const { isOpen } = claim;
    return instancesOf(document, cluster, shape, pod, claim).map((instance) => ({ ...instance, isOpen }));
  };
  for (const pod of ready.toSorted((a, b) => ageOf(a) - ageOf(b)))
    for (const { id, attributes, isOpen } of instancesFor(pod)) {
      const others = wanted.get(id) ?? [];
      if (others[0] === undefined || ageOf(others[0].pod) === ageOf(pod))
        wanted.set(id, [...others, { pod, attributes, isOpen }]);
    }
  const isReturning = (pod: PodTruth) => !pod.isReady && pod.areContainersReady && isHeard(pod, seen);
  const returning = pods.filter((pod) => isReturning(pod) && !isLeaving(pod, seen));
  return {
    wanted,
    returning: new Set(returning.flatMap(instancesFor).map(({ id }) => id)),
    unready: new Set(pods.filter((pod) => !ready.includes(pod))),
    held,
    isClaimed: claims.length > 0,
    isDark: ready.length === 0 && pods.length > 0,
    policies: claims.length === 0 ? [document.policy] : claims.map(({ policy }) => policy),
    policyOf: (pod) => chosen.get(pod)?.policy ?? document.policy,
  };
}

/** Neither terminating nor terminal, with an address, and its machine there where that is looked at. */
export function isLiving(pod: PodTruth, { nodes }: Cluster, document: Pick<Document, "nodes">): boolean {
  const isLost = document.nodes.ec2 && nodes.find(({ name }) => name === pod.node)?.isLost === true;
  return !isLost && !pod.isTerminating && pod.ips.length > 0 && pod.phase !== "Succeeded" && pod.phase !== "Failed";
}

function isReady(pod: PodTruth, nodes: readonly NodeTruth[]): boolean {
  return pod.isReady || (isCutOff(nodes) && pod.areContainersReady && isSilent(pod, nodes));
}

function isLeaving(pod: PodTruth, nodes: readonly NodeTruth[]): boolean {
  const node = nodes.find(({ name }) => name === pod.node);
  if (node === undefined) return false;
  return node.isTainted || node.ready === "False" || (node.ready === "Unknown" && !isCutOff(nodes));
}

function isHeard(pod: PodTruth, nodes: readonly NodeTruth[]): boolean {
  return nodes.some(({ name, ready }) => name === pod.node && ready === "True");
}

function isSilent(pod: PodTruth, nodes: readonly NodeTruth[]): boolean {
  return nodes.some(({ name, ready }) => name === pod.node && ready === "Unknown");
}

/** So many nodes are silent that it must be the control plane that is cut off. */
function isCutOff(nodes: readonly NodeTruth[]): boolean {
  const silent = nodes.filter(({ ready }) => ready === "Unknown").length;
  return silent > 0 && silent >= DISRUPTED * nodes.length;
}

function claimsFor(document: Document, cluster: Cluster, { namespace, name }: ServiceShape): readonly Claim[] {
  const mapped = document.mappings
    .filter((mapping) => mapping.service === name && mapping.namespace === namespace)
    .map(
      ({
        pods,
        port,
        address = "pod" as const,
        attributes = {},
        policy = document.policy,
        id = document.id,
      }): Claim => ({
        rank: 0,
        namespace: pods.namespace,
        app: pods.selector.replace(/^app=/, ""),
        address,
        service: undefined,
        nodePort: undefined,
        ports: port === undefined ? [] : [port],
        attributes,
        core: {},
        publishes: false,
        policy: document.policy === "dry-run" ? "dry-run" : policy,
        id,
        isOpen: false,
        isHeld: false,
      }),
    );
  const claimed = cluster.claims
    .filter((claim) => claim.isThere && claim.isSilent !== true && isOn(document, claim, cluster))
    .filter((claim) => claim.service === name && claim.cloudMapNamespace === namespace)
    .map((claim): Claim => ({
      rank: { Service: 1, VirtualNode: 2, ServiceExport: 3 }[claim.kind],
      namespace: claim.namespace,
      app: claim.app,
      address: claim.address ?? "pod",
      service: claim.address === "load-balancer" ? claim.name : undefined,
      nodePort: claim.address === "node" ? NODE_PORT : undefined,
      ports: claim.port === undefined ? (claim.kind === "VirtualNode" ? [] : [PORT]) : [claim.port],
      attributes: claim.attributes,
      core:
        claim.kind === "VirtualNode"
          ? { "appmesh.k8s.aws/mesh": MESH, "appmesh.k8s.aws/virtualNode": `${claim.name}_${claim.namespace}` }
          : {},
      publishes: claim.kind !== "VirtualNode" && claim.publishesUnready,
      policy: document.policy,
      id: claim.kind === "ServiceExport" ? "ip-port" : document.id,
      isOpen: claim.kind === "ServiceExport",
      isHeld: claim.isBroken || !isAllowed(document, claim),
    }));
  return [...mapped, ...claimed];
}

function isOn({ sources }: Document, { kind }: ClaimObject, cluster: Cluster): boolean {
  const key = ({ Service: "services", VirtualNode: "virtualNodes", ServiceExport: "serviceExports" } as const)[kind];
  return sources[key] !== false && cluster.serves(kind);
}

/** With no rule, anybody may claim anything. */
function isAllowed({ allow }: Document, { namespace, service }: ClaimObject): boolean {
  return allow.length === 0 || allow.some(({ from, services }) => from === namespace && services.includes(service));
}

function meaningOf({ id, address, ports, attributes, core, publishes, policy }: Claim): string {
  return JSON.stringify([id, address, ports, sorted(attributes), sorted(core), publishes, policy]);
}

function sorted(attributes: Readonly<Record<string, string>>): readonly [string, string][] {
  return Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** Whether a claim is about it: pods by their label, a load balancer by its Service. */
function isMeant({ service, app }: Claim, pod: PodTruth): boolean {
  return pod.kind === undefined ? service === undefined && app === pod.app : service === pod.name;
}

function asksForNodes({ mappings }: Document): boolean {
  return mappings.some(({ address }) => address === "node");
}
