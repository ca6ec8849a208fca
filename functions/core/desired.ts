import { IPV4_KEY, IPV6_KEY, POD_KEY, POD_NAMESPACE_KEY, PORT_KEY, REGION_KEY, ZONE_KEY } from "./attributes.ts";
import { byPrecedence } from "./resolve.ts";
import { byText, podName } from "./model.ts";
import type { Attributes, Mapping, Node, Pod, RecordType, ServiceKind } from "./model.ts";
import type { NodesRead } from "./ports.ts";
import type { Configuration } from "./settings.ts";

/** A desired address, derived from a pod. */
export type Endpoint = {
  readonly id: string;
  readonly pod: Pod;
  readonly ready: boolean;
  readonly mapping: Mapping;
  readonly core: Attributes;
  /** Keys that cannot be known now: carried over from the observed instance. */
  readonly unknown: readonly string[];
};

/** What a service should hold. */
export type Desired = {
  /** One an id, sorted by id. */
  readonly endpoints: readonly Endpoint[];
  /** Every living pod that some mapping chooses, ready or not, by name. */
  readonly chosen: ReadonlyMap<string, Pod>;
  /** Pods that cannot be instances of this service as it is. */
  readonly invalid: readonly { readonly pod: Pod; readonly problem: string }[];
  /** Pods that two mappings of one source claim in different ways. */
  readonly ambiguous: readonly { readonly pod: Pod; readonly mappings: readonly Mapping[] }[];
};

/** A mapping with the pods that the API server selected for it. */
export type Selection = { readonly mapping: Mapping; readonly pods: readonly Pod[] };

/**
 * The endpoints of one service. A pod is an endpoint if a mapping chooses it and it is alive; whether it is ready is the
 * pod's own state, then what its node says, unless the service would lose its last ready endpoint.
 */
export function deriveDesired(
  kind: ServiceKind,
  selections: readonly Selection[],
  nodes: NodesRead,
  settings: Configuration,
): Desired {
  const claims = claimsByPod(selections, nodes);
  const ambiguous: Desired["ambiguous"][number][] = [];
  const invalid: Desired["invalid"][number][] = [];
  const endpoints: Endpoint[] = [];
  for (const { pod, mappings } of claims.values()) {
    const [mapping, ...others] = firstSource(mappings);
    if (mapping === undefined) continue;
    if (others.some((other) => !saysTheSame(mapping, other))) {
      ambiguous.push({ pod, mappings: [mapping, ...others] });
      continue;
    }
    const derived = deriveEndpoints(kind, pod, mapping, nodes, settings);
    if ("problem" in derived) invalid.push({ pod, problem: derived.problem });
    else endpoints.push(...derived.endpoints);
  }
  return {
    endpoints: onePerId(applyNodes(endpoints, nodes)),
    chosen: new Map([...claims].map(([name, { pod }]) => [name, pod])),
    invalid,
    ambiguous,
  };
}

/** The kind of a service that has to be created: it must suit the oldest living pod, whose address family decides. Undefined: no pod yet. */
export function deriveKind(
  isHttp: boolean,
  selections: readonly Selection[],
  nodes: NodesRead,
  settings: Configuration,
): ServiceKind | undefined {
  const claims = [...claimsByPod(selections, nodes).values()];
  const [oldest] = claims.sort((a, b) => byAge(a.pod, b.pod));
  if (oldest === undefined) return undefined;
  const health = settings.services.customHealth ? "custom" : "none";
  if (isHttp) return { records: [], health };
  const exported = firstSource(oldest.mappings).some(({ origin }) => origin.source === "serviceExports");
  if (settings.id === "ip-port" || exported) return { records: ["SRV"], health };
  const records: RecordType[] = [];
  if (oldest.pod.ips.some(isV4)) records.push("A");
  if (oldest.pod.ips.some(isV6)) records.push("AAAA");
  return { records, health };
}

/** A pod on a machine that EC2 has taken away is gone, whatever Kubernetes still says. */
export function isLiving(pod: Pod, nodes: NodesRead): boolean {
  return pod.state !== "gone" && nodeOf(pod, nodes)?.state !== "lost";
}

type PodClaims = Map<string, { readonly pod: Pod; readonly mappings: Mapping[] }>;

function claimsByPod(selections: readonly Selection[], nodes: NodesRead): PodClaims {
  const claims: PodClaims = new Map();
  for (const { mapping, pods } of selections) {
    for (const pod of pods) {
      if (!isLiving(pod, nodes) || !mapping.chooses(pod)) continue;
      const name = podName(pod.key);
      const known = claims.get(name);
      if (known === undefined) claims.set(name, { pod, mappings: [mapping] });
      else known.mappings.push(mapping);
    }
  }
  return claims;
}

/** The claims of the source that takes precedence. */
function firstSource(mappings: readonly Mapping[]): readonly Mapping[] {
  const sorted = mappings.toSorted((a, b) => byPrecedence(a.origin, b.origin));
  return sorted.filter(({ origin }) => origin.source === sorted[0]?.origin.source);
}

function saysTheSame(a: Mapping, b: Mapping): boolean {
  return JSON.stringify(meaningOf(a)) === JSON.stringify(meaningOf(b));
}

function meaningOf({ ports, attributes, coreAttributes, unready, policy }: Mapping): readonly unknown[] {
  return [ports, entries(attributes), entries(coreAttributes), unready, policy];
}

function entries(attributes: Attributes): readonly [string, string][] {
  return Object.entries(attributes).sort(([a], [b]) => byText(a, b));
}

type Derived = { readonly endpoints: readonly Endpoint[] } | { readonly problem: string };

function deriveEndpoints(
  kind: ServiceKind,
  pod: Pod,
  mapping: Mapping,
  nodes: NodesRead,
  settings: Configuration,
): Derived {
  const addresses = chooseAddresses(kind.records, pod);
  if ("problem" in addresses) return addresses;
  const ports = resolvePorts(mapping.ports, pod);
  if ("problem" in ports) return ports;
  const [port] = ports.numbers;
  if (port === undefined && kind.records.includes("SRV"))
    return { problem: "the service has SRV records, which need a port; give the mapping one" };
  if (port === undefined && settings.id === "ip-port")
    return { problem: "`id: ip-port` needs a port; give the mapping one" };
  const zones = zoneAttributes(pod, nodes);
  const endpointAt = (id: string, at: number | undefined): Endpoint => ({
    id: kind.records.includes("SRV") && isV6(addresses.id) ? id.replaceAll(":", "-") : id,
    pod,
    ready: mapping.unready === "publish" || pod.state === "ready",
    mapping,
    core: {
      ...mapping.coreAttributes,
      ...addresses.attributes,
      ...(at === undefined ? {} : { [PORT_KEY]: String(at) }),
      [POD_NAMESPACE_KEY]: pod.key.namespace,
      [POD_KEY]: pod.key.name,
      ...zones.attributes,
    },
    unknown: zones.unknown,
  });
  return {
    endpoints:
      settings.id === "ip-port"
        ? [...new Set(ports.numbers)].map((number) => endpointAt(`${addresses.id}:${number}`, number))
        : [endpointAt(addresses.id, port)],
  };
}

/** DNS records say which address families an instance needs; without A and AAAA records it has what the pod has. */
function chooseAddresses(
  records: readonly RecordType[],
  pod: Pod,
): { readonly id: string; readonly attributes: Attributes } | { readonly problem: string } {
  if (records.includes("CNAME"))
    return {
      problem:
        "the service has a CNAME record, which points to a name; pods have addresses: use a service with A, AAAA or SRV records",
    };
  const v4 = pod.ips.find(isV4);
  const v6 = pod.ips.find(isV6);
  const needsV4 = records.includes("A");
  const needsV6 = records.includes("AAAA");
  if (needsV4 && v4 === undefined) return { problem: "the service has A records, and the pod has no IPv4 address" };
  if (needsV6 && v6 === undefined) return { problem: "the service has AAAA records, and the pod has no IPv6 address" };
  const any = !needsV4 && !needsV6;
  const usedV4 = any || needsV4 ? v4 : undefined;
  const usedV6 = any || needsV6 ? v6 : undefined;
  const id = pod.ips.find((ip) => ip === usedV4 || ip === usedV6);
  if (id === undefined) return { problem: "the pod has no IP address that is IPv4 or IPv6" };
  return {
    id,
    attributes: {
      ...(usedV4 === undefined ? {} : { [IPV4_KEY]: usedV4 }),
      ...(usedV6 === undefined ? {} : { [IPV6_KEY]: usedV6 }),
    },
  };
}

function resolvePorts(
  ports: Mapping["ports"],
  pod: Pod,
): { readonly numbers: readonly number[] } | { readonly problem: string } {
  const numbers: number[] = [];
  for (const port of ports) {
    const number = typeof port === "number" ? port : pod.ports.find(({ name }) => name === port)?.number;
    if (number === undefined) return { problem: `the pod has no container port named ${port}` };
    numbers.push(number);
  }
  return { numbers };
}

function zoneAttributes(
  pod: Pod,
  nodes: NodesRead,
): { readonly attributes: Attributes; readonly unknown: readonly string[] } {
  if (nodes.state === "off") return { attributes: {}, unknown: [] };
  const node = nodeOf(pod, nodes);
  if (node === undefined) return { attributes: {}, unknown: [REGION_KEY, ZONE_KEY] };
  return {
    attributes: {
      ...(node.region === undefined ? {} : { [REGION_KEY]: node.region }),
      ...(node.zone === undefined ? {} : { [ZONE_KEY]: node.zone }),
    },
    unknown: [],
  };
}

function nodeOf(pod: Pod, nodes: NodesRead): Node | undefined {
  return nodes.state === "read" && pod.node !== undefined ? nodes.nodes.get(pod.node) : undefined;
}

function applyNodes(endpoints: readonly Endpoint[], nodes: NodesRead): readonly Endpoint[] {
  const isLeaving = ({ pod, mapping }: Endpoint) =>
    mapping.unready === "hide" && nodeOf(pod, nodes)?.state === "leaving";
  const staysServed = endpoints.some((endpoint) => endpoint.ready && !isLeaving(endpoint));
  if (!staysServed) return endpoints;
  return endpoints.map((endpoint) => (isLeaving(endpoint) ? { ...endpoint, ready: false } : endpoint));
}

/** Pods of the host network share an address: the oldest ready one names the instance. */
function onePerId(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  return [...Map.groupBy(endpoints, ({ id }) => id).values()]
    .flatMap((same) => same.toSorted((a, b) => Number(b.ready) - Number(a.ready) || byAge(a.pod, b.pod)).slice(0, 1))
    .sort((a, b) => byText(a.id, b.id));
}

function byAge(a: Pod, b: Pod): number {
  return byText(a.createdAt, b.createdAt) || byText(podName(a.key), podName(b.key));
}

function isV4(ip: string): boolean {
  return ip.includes(".") && !ip.includes(":");
}

function isV6(ip: string): boolean {
  return ip.includes(":");
}
