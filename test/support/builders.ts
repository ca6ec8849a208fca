import { OPERATORS } from "../../functions/core/model.ts";
import type {
  Attributes,
  Claim,
  CloudMapNamespace,
  ContainerPort,
  Instance,
  Mapping,
  MappingPort,
  Node,
  Pod,
  Service,
} from "../../functions/core/model.ts";
import type { NodesRead, SourceRead } from "../../functions/core/ports.ts";
import type { Request } from "../../functions/core/request.ts";
import type { Settings } from "../../functions/core/settings.ts";
import type { Subject } from "../../functions/core/subject.ts";
import { SOURCES } from "../../functions/mappings/sources.ts";
import { parseConfiguration } from "../../functions/runtime/configuration/document.ts";

/** What the tests are about shows in the call; the rest is one living, ready pod `shop/web-1` of one mapping, in one DNS namespace. */
export const OWNER = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";
/** The UID of its namespace kube-system. */
export const CLUSTER = "0b9a3c2e-0000-4000-8000-000000000001";
export const NAMESPACE = "shop.local";

export function pod(
  wanted: Partial<Omit<Pod, "key" | "ips" | "state" | "ports">> & {
    /** Over TCP where they do not say. */
    readonly ports?: readonly (Omit<ContainerPort, "protocol"> & Partial<ContainerPort>)[];
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
    ports = [],
    ...rest
  } = wanted;
  return {
    key: { namespace, name },
    ips,
    state: gone ? "gone" : ready ? "ready" : "not-ready",
    containersReady: ready,
    labels: { app: "web" },
    mesh: undefined,
    virtualNode: undefined,
    controller: undefined,
    node: "node-1",
    host: undefined,
    ports: ports.map((port) => ({ protocol: "TCP", ...port })),
    createdAt: "2026-11-01T08:00:00Z",
    since: "2026-11-01T08:00:05Z",
    ...rest,
  };
}

export function node(wanted: Partial<Node> = {}): Node {
  return {
    name: "node-1",
    addresses: ["192.168.0.1"],
    region: "eu-west-1",
    zone: "eu-west-1a",
    instanceId: undefined,
    state: "here",
    isSilent: false,
    ...wanted,
  };
}

export function nodes(...wanted: readonly Node[]): NodesRead {
  return { state: "read", nodes: new Map(wanted.map((one) => [one.name, one])) };
}

export const NO_NODES: NodesRead = { state: "off" };

/** A port by its target alone is over any protocol. */
export type Wanted<T extends Pick<Mapping, "ports">> = Partial<Omit<T, "ports">> & {
  readonly ports?: readonly (MappingPort | MappingPort["target"])[];
};

export function mapping({ ports = [], ...wanted }: Wanted<Mapping> = {}): Mapping {
  return {
    service: { namespace: NAMESPACE, service: "web" },
    origin: { source: "configuration", rank: 0, name: "mappings[0]" },
    pods: { namespace: "shop", labelSelector: "app=web" },
    chooses: () => true,
    ports: ports.map((port) =>
      typeof port === "object" ? port : { target: port, protocol: undefined, attributes: {} },
    ),
    address: undefined,
    id: undefined,
    labels: undefined,
    creation: { ttl: undefined, customHealth: undefined },
    attributes: {},
    coreAttributes: {},
    unready: "hide",
    policy: undefined,
    ...wanted,
  };
}

export function claim({ ports = [], ...wanted }: Wanted<Claim> = {}): Claim {
  const { service: _, ...rest } = mapping({ ports });
  return { ...rest, namespace: undefined, service: "web", from: undefined, ...wanted };
}

export function claims(...wanted: readonly Claim[]): SourceRead {
  return { ...sourceOf(wanted[0]?.origin.source ?? SOURCE_NAMES[0]), state: "read", claims: wanted, broken: [] };
}

/** In the order of their precedence. */
export const SOURCE_NAMES: readonly [string, ...string[]] = [OPERATORS.source, ...SOURCES.map(({ name }) => name)];

/** A source as passes know it. */
export function sourceOf(name: string): Pick<SourceRead, "source" | "rank" | "mark" | "hidesUnready"> {
  const { mark, hidesUnready = false } = SOURCES.find((one) => one.name === name) ?? {};
  return { source: name, rank: SOURCE_NAMES.indexOf(name), hidesUnready, ...(mark === undefined ? {} : { mark }) };
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
  return {
    key,
    namespace: { value: namespace() },
    service: service(),
    mappings: [mapping()],
    problems: [],
    mistakes: [],
    withdrawn: [],
    isRetired: false,
    ...wanted,
  };
}

/** An instance as this owner registers `pod()`; attributes given come on top, `undefined` takes one away. */
export function instance(
  wanted: {
    readonly id?: string;
    readonly pod?: string;
    readonly owner?: string | undefined;
    readonly cluster?: string | undefined;
    readonly health?: Instance["health"];
    readonly attributes?: Readonly<Record<string, string | undefined>>;
  } = {},
): Instance {
  const { id = "10.0.0.1", pod: name = "web-1", health } = wanted;
  const owner = "owner" in wanted ? wanted.owner : OWNER;
  const cluster = "cluster" in wanted ? wanted.cluster : owner === undefined ? undefined : CLUSTER;
  const all = {
    AWS_INSTANCE_IPV4: id,
    app: "web",
    "eks-cloudmap-sync/cluster": cluster,
    "eks-cloudmap-sync/owner": owner,
    "k8s.io/namespace": "shop",
    "k8s.io/pod": name,
    ...wanted.attributes,
  };
  return { id, health, attributes: Object.fromEntries(Object.entries(all).filter(isGiven)) as Attributes };
}

const DEFAULTS = parseConfiguration(`cluster: prod\nnamespaces: [${NAMESPACE}]\n`, "defaults");

export function settings(wanted: Partial<Settings> = {}): Settings {
  const { owner = OWNER } = wanted;
  const arn = owner.startsWith("arn:") ? owner : undefined;
  return { ...DEFAULTS, owner, tagOwner: owner, identity: { cluster: CLUSTER, arn, mayBeEmpty: false }, ...wanted };
}

/** A pass over everything, orphans too. */
export function request(wanted: Partial<Request> = {}): Request {
  return {
    scopes: [{ kind: "all" }],
    sweep: true,
    force: false,
    dryRun: false,
    newCluster: false,
    deadline: Number.MAX_SAFE_INTEGER,
    patience: 15_000,
    start: 0,
    ...wanted,
  };
}

function isGiven(entry: readonly [string, string | undefined]): boolean {
  return entry[1] !== undefined;
}
