import type { Cluster, NodeTruth, PodTruth } from "./cluster.ts";
import { HOST_PORT, PORT } from "./objects.ts";
import { CLUSTER_KEY, stampOf } from "./stamp.ts";
import type { Document } from "./story.ts";

/** What somebody asks for a service, and the instances that it makes of a pod or a load balancer. */
export type Claim = {
  readonly rank: number;
  readonly namespace: string;
  readonly app: string;
  readonly address: "pod" | "node" | "load-balancer";
  /** Of the Service that claims for its load balancer. */
  readonly service: string | undefined;
  /** Where every node forwards to its port. */
  readonly nodePort: number | undefined;
  readonly ports: readonly number[];
  readonly attributes: Readonly<Record<string, string>>;
  readonly core: Readonly<Record<string, string>>;
  readonly publishes: boolean;
  readonly policy: Document["policy"];
  readonly id: Document["id"];
  /** ServiceExports: whoever imports wants much more than is told here. */
  readonly isOpen: boolean;
  /** What cannot be understood about it, or is not allowed. */
  readonly isHeld: boolean;
};

/** Times of the API have whole seconds. */
export function ageOf(pod: PodTruth): number {
  return Math.floor(pod.createdAt / 1000);
}

/** Where its node forwards to a pod's port; undefined: nowhere. */
export function nodePortOf({ ports, nodePort }: Claim, { apps }: Cluster, pod: PodTruth): number | undefined {
  if (ports.length === 0) return undefined;
  if (pod.isHostNetwork) return PORT;
  return apps.find(({ name }) => name === pod.app)?.hasHostPort === true ? HOST_PORT : nodePort;
}

/** What records a service has. */
type Shape = { readonly records: readonly string[]; readonly isWeighted: boolean };

/** A service is made to suit the first pod, or load balancer. */
export function shapeFor(
  { id }: Document,
  { nodes }: Cluster,
  isHttp: boolean,
  chosen: ReadonlyMap<PodTruth, Claim>,
): Shape {
  const [first] = [...chosen].toSorted(([a], [b]) => ageOf(a) - ageOf(b));
  if (isHttp || first === undefined) return { records: [], isWeighted: false };
  const [oldest, claim] = first;
  if (claim.address === "load-balancer") return shapeOf(oldest.ips[0] ?? "");
  if (id === "ip-port") return { records: ["SRV"], isWeighted: false };
  const ips = claim.address === "node" ? ipsOf(oldest, nodes) : oldest.ips;
  return { records: ips.some((ip) => ip.includes(":")) ? ["A", "AAAA"] : ["A"], isWeighted: false };
}

function shapeOf(name: string): Shape {
  if (!/[a-z]/.test(name)) return { records: ["A"], isWeighted: false };
  return { records: [name.includes(".elb.") ? "A" : "CNAME"], isWeighted: true };
}

function ipsOf({ node }: PodTruth, nodes: readonly NodeTruth[]): readonly string[] {
  return nodes.flatMap(({ name, ip }) => (name === node ? [ip] : []));
}

export function instancesOf(document: Document, cluster: Cluster, shape: Shape, pod: PodTruth, claim: Claim) {
  return claim.address === "load-balancer"
    ? balancerInstances(document, cluster, shape, pod, claim)
    : podInstances(document, cluster, shape, pod, claim);
}

/** One for each name or address that suits the service's records. */
function balancerInstances(
  document: Document,
  { uid }: Cluster,
  shape: Shape,
  { namespace, name, ips }: PodTruth,
  claim: Claim,
) {
  return ips.flatMap((address) => {
    const key = keyOf(address, shape);
    if (key === undefined) return [];
    const attributes = {
      ...claim.attributes,
      [key]: address,
      "k8s.io/namespace": namespace,
      "k8s.io/service": name,
      "eks-cloudmap-sync/owner": stampOf(document),
      [CLUSTER_KEY]: uid,
    };
    return [{ id: address, attributes }];
  });
}

/** An alias needs A records and their weights; a name a CNAME record, or none at all. */
function keyOf(address: string, { records, isWeighted }: Shape): string | undefined {
  const isA = records.includes("A");
  if (!/[a-z]/.test(address)) return records.includes("CNAME") ? undefined : "AWS_INSTANCE_IPV4";
  if (!isA) return "AWS_INSTANCE_CNAME";
  return isWeighted && address.includes(".elb.") ? "AWS_ALIAS_DNS_NAME" : undefined;
}

function podInstances(document: Document, cluster: Cluster, { records }: Shape, pod: PodTruth, claim: Claim) {
  const isAny = !records.includes("A") && !records.includes("AAAA");
  const isOfNode = claim.address === "node";
  const ips = isOfNode ? ipsOf(pod, cluster.nodes) : pod.ips;
  const used = ips.filter((ip) => isAny || records.includes(ip.includes(":") ? "AAAA" : "A"));
  const [first] = used;
  if (first === undefined) return [];
  const node = cluster.nodes.find(({ name }) => name === pod.node);
  const attributesAt = (port: number | undefined) => ({
    app: pod.app,
    tier: "backend",
    ...claim.attributes,
    ...claim.core,
    ...Object.fromEntries(used.map((ip) => [ip.includes(":") ? "AWS_INSTANCE_IPV6" : "AWS_INSTANCE_IPV4", ip])),
    ...(port === undefined ? {} : { AWS_INSTANCE_PORT: String(port) }),
    "k8s.io/namespace": pod.namespace,
    "k8s.io/pod": pod.name,
    ...(isOfNode ? { "k8s.io/node": pod.node } : {}),
    ...(document.nodes.zones && node !== undefined
      ? { REGION: node.zone.slice(0, -1), AVAILABILITY_ZONE: node.zone }
      : {}),
    "eks-cloudmap-sync/owner": stampOf(document),
    [CLUSTER_KEY]: cluster.uid,
  });
  const port = isOfNode ? nodePortOf(claim, cluster, pod) : undefined;
  const ports = port === undefined ? claim.ports : [port];
  if (claim.id === "ip") return [{ id: first, attributes: attributesAt(ports[0]) }];
  return ports.map((one) => {
    const id = `${first}:${one}`;
    return {
      id: records.includes("SRV") ? id.replaceAll(":", "-") : id,
      attributes: attributesAt(one),
    };
  });
}
