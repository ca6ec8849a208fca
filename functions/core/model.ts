/** Plain, readonly data that every layer shares. */

export type Attributes = Readonly<Record<string, string>>;

/** A Cloud Map service in its namespace: the unit of reconciling. `namespace` is the namespace's name, or its id where two allowed namespaces share a name. */
export type ServiceKey = { readonly namespace: string; readonly service: string };

/** What an instance stands for: a pod; or a Kubernetes Service, for its load balancer. */
export type PodKey = { readonly namespace: string; readonly name: string; readonly kind?: "Service" };

export type Policy = "sync" | "upsert-only" | "dry-run";

export type Health = "HEALTHY" | "UNHEALTHY";

/** The source of the operator's own mappings; what the cluster's objects claim comes after it. */
export const OPERATORS = { source: "configuration", rank: 0 } as const;

/** What made a mapping. */
export type Origin = {
  /** As the configuration's `sources` call it, or that of `OPERATORS`. */
  readonly source: string;
  /** Where several sources claim one pod for one service, the lowest wins. */
  readonly rank: number;
  /** For people: `mappings[0]`, `VirtualNode shop/web`. */
  readonly name: string;
};

/**
 * Which pods: a Kubernetes label selector, of which the empty one selects every pod of the namespace; `name`: that one alone. `kind`:
 * the load balancer of the Service of that name.
 */
export type PodQuery = {
  readonly namespace: string;
  readonly labelSelector: string;
  readonly name?: string;
  readonly kind?: "Service";
};

/** What is kept of a pod's labels: all of them, where it has no more than `MOST_LABELS`. */
export type KeepLabels = (labels: Attributes) => Attributes;

/** A rule that binds pods to a service. Sources differ only in how they make one. */
export type Mapping = {
  readonly service: ServiceKey;
  readonly origin: Origin;
  readonly pods: PodQuery;
  /** What the API server cannot select by (v1beta1 VirtualNodes: an annotation, an owner). */
  readonly chooses: (pod: Pod) => boolean;
  /** Whether the pods themselves say that they belong here, so that no selector does. */
  readonly isNamedByPods?: true;
  /** A pod has those that resolve. Ids that are IPs use the first; ids with a port make an instance of each. */
  readonly ports: readonly MappingPort[];
  /** Undefined: the configuration's own; so are those below. */
  readonly address: Address | undefined;
  readonly id: InstanceId | undefined;
  readonly labels: LabelGlobs | undefined;
  /** How its service is created, where that is still to do. */
  readonly creation: { readonly ttl: number | undefined; readonly customHealth: boolean | undefined };
  /** The operator's. */
  readonly attributes: Attributes;
  /** The tool's: mesh, virtual node. */
  readonly coreAttributes: Attributes;
  /** What an instance of an address is called, where that is not the address itself. */
  readonly idOf?: (address: string) => string;
  /** The tool's, of each pod. */
  readonly podAttributes?: (pod: Pod) => Attributes;
  /** What becomes of pods that are not ready: hidden, or published as if they were (`publishNotReadyAddresses`). */
  readonly unready: "hide" | "publish";
  /** Undefined: the configuration's own. */
  readonly policy: Policy | undefined;
};

/** Whose address an instance has: the pod's own; its node's, where the pod is behind a port of the node; or a Service's load balancer's. */
export type Address = "pod" | "node" | "load-balancer";

/** What instances are called: the address, or `<address>:<port>`. */
export type InstanceId = "ip" | "ip-port";

/** Which labels of a pod become attributes. */
export type LabelGlobs = { readonly include: readonly string[]; readonly exclude: readonly string[] };

export type Protocol = "TCP" | "UDP" | "SCTP";

export type MappingPort = {
  /** A number, or the name of a container port. */
  readonly target: number | string;
  /** Which of the container ports of that name; undefined: the first. */
  readonly protocol: Protocol | undefined;
  /** The tool's, of an instance of this port. */
  readonly attributes: Attributes;
  /** Where every node forwards to it, if a Kubernetes Service has them do so. */
  readonly nodePort?: number | undefined;
};

/** What a source asks for: a mapping whose Cloud Map namespace is still a name, id or ARN as somebody wrote it. */
export type Claim = Omit<Mapping, "service"> & {
  /** Undefined: the only one of the configuration's namespaces. */
  readonly namespace: string | undefined;
  readonly service: string;
  /** The Kubernetes namespace that claims; undefined for the configuration, which may claim anything. */
  readonly from: string | undefined;
  /** RFC 3339: when the claiming object was made; the oldest claims of a namespace count first. */
  readonly createdAt?: string | undefined;
};

export type ContainerPort = {
  readonly name: string | undefined;
  readonly number: number;
  readonly protocol: Protocol;
  /** Where the pod's own node forwards to it. */
  readonly hostPort?: number | undefined;
};

/** A pod, projected page by page: about 300 bytes where the API sends 7,000; or a Service's load balancer (balancers.ts). */
export type Pod = {
  readonly key: PodKey;
  /** The primary address first, as in `status.podIPs`; of a load balancer names too. */
  readonly ips: readonly string[];
  readonly labels: Attributes;
  /** What its Envoy says, else the annotation `appmesh.k8s.aws/mesh`. */
  readonly mesh: string | undefined;
  /** What its Envoy says, else the annotation `appmesh.k8s.aws/virtualNode`. */
  readonly virtualNode: string | undefined;
  /** The controlling owner, e.g. `{ kind: "ReplicaSet", name: "web-7997f7f687" }`. */
  readonly controller: { readonly kind: string; readonly name: string } | undefined;
  /** The pod by itself; what its node says comes on top. */
  readonly state: "ready" | "not-ready" | "gone";
  /**
   * Whether its containers and its readiness gates are ready, whatever its condition Ready says. A kubelet says the same of both: where
   * they differ, the node controller has called the pod unready because it did not hear the node.
   */
  readonly containersReady: boolean;
  readonly node: string | undefined;
  /** Its own name in DNS, where it has one: a StatefulSet's pods do, below the Service that governs them. */
  readonly host: { readonly name: string; readonly subdomain: string } | undefined;
  readonly ports: readonly ContainerPort[];
  /** RFC 3339. */
  readonly createdAt: string;
  /** RFC 3339: when its readiness last changed. */
  readonly since: string;
};

/** `leaving`: its pods count as not ready. `lost`: EC2 says that the machine stops or is gone, and so are its pods. */
export type Node = {
  readonly name: string;
  /** Its InternalIPs, in the order of its status. */
  readonly addresses: readonly string[];
  readonly region: string | undefined;
  readonly zone: string | undefined;
  /** From `spec.providerID`, e.g. `i-0123456789abcdef0`; Fargate's nodes have none. */
  readonly instanceId: string | undefined;
  readonly state: "here" | "leaving" | "lost";
  /** Whether its kubelet has stopped to report, which is as if it were leaving, unless most do. */
  readonly isSilent: boolean;
};

export type NamespaceType = "DNS_PRIVATE" | "DNS_PUBLIC" | "HTTP";

export type CloudMapNamespace = {
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  readonly type: NamespaceType;
};

export type RecordType = "A" | "AAAA" | "SRV" | "CNAME";

/** What a service asks of its instances. `records` is empty in HTTP namespaces. */
export type ServiceKind = {
  readonly records: readonly RecordType[];
  readonly health: "custom" | "route53" | "none";
  /** Of its DNS records, in seconds. */
  readonly ttl?: number | undefined;
  /** Whether the routing policy of its DNS records is WEIGHTED, as aliases and CNAME records need it, and not MULTIVALUE. */
  readonly isWeighted?: boolean;
};

/** A service as Cloud Map holds it. */
export type Service = ServiceKind & {
  readonly namespace: CloudMapNamespace;
  readonly name: string;
  readonly id: string;
  readonly arn: string;
  readonly instanceCount: number;
};

/** What Cloud Map holds of an endpoint. `health` is its custom health where the service has such a check and it is known. */
export type Instance = { readonly id: string; readonly attributes: Attributes; readonly health: Health | undefined };

/** A failure stays with the thing that failed; the others go on. */
export type Read<T> = { readonly value: T } | { readonly failure: Error };

/** What one trigger asks to reconcile. Names only: state is always read again. */
export type Scope =
  | { readonly kind: "all" }
  | { readonly kind: "service"; readonly service: string; readonly namespace: string | undefined }
  | { readonly kind: "namespace"; readonly namespace: string }
  | { readonly kind: "node"; readonly node: string };

export function serviceName(key: ServiceKey): string {
  return `${key.namespace}/${key.service}`;
}

export function titleOf({ namespace, name }: Pick<Service, "namespace" | "name">): string {
  return serviceName({ namespace: namespace.name, service: name });
}

/** `namespace/name` of a pod, `Service namespace/name` of a Service: no pod is called so. */
export function podName({ kind, namespace, name }: PodKey): string {
  return `${kind === undefined ? "" : `${kind} `}${namespace}/${name}`;
}

export function queryKey(query: PodQuery): string {
  return JSON.stringify([query.namespace, query.labelSelector, query.name ?? ""]);
}

/** The same with its kind, for people. */
export function holderName(key: PodKey): string {
  return key.kind === undefined ? `pod ${podName(key)}` : podName(key);
}

/** Code-point order: the same on every machine, whatever its locale. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
