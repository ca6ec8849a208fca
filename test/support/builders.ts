import type {
  Attributes,
  Claim,
  CloudMapNamespace,
  Instance,
  Mapping,
  Node,
  Pod,
  Service,
} from "../../functions/core/model.ts";
import type { NodesRead, SourceRead } from "../../functions/core/ports.ts";
import type { Subject } from "../../functions/core/resolve.ts";
import type { Settings } from "../../functions/core/settings.ts";

/** What the tests are about shows in the call; the rest is one living, ready pod `shop/web-1` of one mapping, in one DNS namespace. */
export const OWNER = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";
export const NAMESPACE = "shop.local";

export function pod(
  wanted: Partial<Omit<Pod, "key" | "ips" | "state">> & {
    readonly name?: string;
    readonly namespace?: string;
    readonly ip?: string;
    readonly ips?: readonly string[];
    readonly ready?: boolean;
    readonly gone?: boolean;
  } = {},
): Pod {
  const {
    name = "web-1",
    namespace = "shop",
    ip = "10.0.0.1",
    ips = [ip],
    ready = true,
    gone = false,
    ...rest
  } = wanted;
  return {
    key: { namespace, name },
    ips,
    state: gone ? "gone" : ready ? "ready" : "not-ready",
    labels: { app: "web" },
    virtualNode: undefined,
    controller: undefined,
    node: "node-1",
    ports: [],
    createdAt: "2026-11-01T08:00:00Z",
    since: "2026-11-01T08:00:05Z",
    ...rest,
  };
}

export function node(wanted: Partial<Node> = {}): Node {
  return { name: "node-1", region: "eu-west-1", zone: "eu-west-1a", instanceId: undefined, state: "here", ...wanted };
}

export function nodes(...wanted: readonly Node[]): NodesRead {
  return { state: "read", nodes: new Map(wanted.map((one) => [one.name, one])) };
}

export const NO_NODES: NodesRead = { state: "off" };

export function mapping(wanted: Partial<Mapping> = {}): Mapping {
  return {
    service: { namespace: NAMESPACE, service: "web" },
    origin: { source: "configuration", name: "mappings[0]" },
    pods: { namespace: "shop", labelSelector: "app=web" },
    chooses: () => true,
    ports: [],
    attributes: {},
    coreAttributes: {},
    unready: "hide",
    policy: undefined,
    ...wanted,
  };
}

export function claim(wanted: Partial<Claim> = {}): Claim {
  const { service: _, ...rest } = mapping();
  return { ...rest, namespace: undefined, service: "web", from: undefined, ...wanted };
}

export function claims(...wanted: readonly Claim[]): SourceRead {
  return { source: wanted[0]?.origin.source ?? "configuration", state: "read", claims: wanted, broken: [] };
}

export function namespace(wanted: Partial<CloudMapNamespace> = {}): CloudMapNamespace {
  const id = wanted.id ?? "ns-1";
  const arn = `arn:aws:servicediscovery:eu-west-1:111122223333:namespace/${id}`;
  return { id, arn, name: NAMESPACE, type: "DNS_PRIVATE", ...wanted };
}

export function service(wanted: Partial<Service> = {}): Service {
  const name = wanted.name ?? "web";
  const id = wanted.id ?? `srv-${name}`;
  return {
    namespace: namespace(),
    name,
    id,
    arn: `arn:aws:servicediscovery:eu-west-1:111122223333:service/${id}`,
    records: ["A"],
    health: "none",
    instanceCount: 1,
    ...wanted,
  };
}

export function subject(wanted: Partial<Subject> = {}): Subject {
  const key = { namespace: NAMESPACE, service: "web" };
  return { key, namespace: { value: namespace() }, service: service(), mappings: [mapping()], held: [], ...wanted };
}

/** An instance as this owner registers `pod()`; attributes given come on top, `undefined` takes one away. */
export function instance(
  wanted: {
    readonly id?: string;
    readonly pod?: string;
    readonly owner?: string | undefined;
    readonly health?: Instance["health"];
    readonly attributes?: Readonly<Record<string, string | undefined>>;
  } = {},
): Instance {
  const { id = "10.0.0.1", pod: name = "web-1", health } = wanted;
  const owner = "owner" in wanted ? wanted.owner : OWNER;
  const all = {
    AWS_INSTANCE_IPV4: id,
    app: "web",
    "eks-cloudmap-sync/owner": owner,
    "k8s.io/namespace": "shop",
    "k8s.io/pod": name,
    ...wanted.attributes,
  };
  return { id, health, attributes: Object.fromEntries(Object.entries(all).filter(isGiven)) as Attributes };
}

export function settings(wanted: Partial<Settings> = {}): Settings {
  return {
    cluster: "prod",
    owner: OWNER,
    previousOwners: [],
    namespaces: [NAMESPACE],
    policy: "sync",
    mappings: [],
    sources: { services: false, virtualNodes: "auto", serviceExports: false },
    allow: [],
    adopt: { appMesh: "off" },
    createServices: true,
    deleteServices: false,
    services: { ttl: 60, customHealth: false },
    id: "ip",
    labels: { include: ["*"], exclude: [] },
    ignoreAttributes: [],
    whenAllUnready: "keep",
    nodes: { zones: true, ec2: false },
    guard: { maxRemovalRatio: 0.5, minInstances: 10 },
    orphans: { everyMinutes: 10 },
    watch: { coalesceMs: 300 },
    metrics: { perService: false },
    rates: {},
    ...wanted,
  };
}

function isGiven(entry: readonly [string, string | undefined]): boolean {
  return entry[1] !== undefined;
}
