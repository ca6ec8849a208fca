/** Things carry an `order` in which lists show them, so that a page's token outlives what happens between pages. */
export type Namespace = {
  readonly id: string;
  readonly arn: string;
  readonly order: number;
  /** The account that the namespace belongs to; another than the world's: it is shared with it. */
  readonly owner: string;
  readonly name: string;
  readonly httpName: string;
  readonly type: NamespaceType;
  readonly vpc: string | undefined;
  settings: NamespaceSettings;
  readonly creatorRequestId: string | undefined;
  readonly createdAt: number;
};

/** What an update of a namespace may change. */
export type NamespaceSettings = {
  readonly description: string | undefined;
  /** In seconds; an HTTP namespace has no zone to use it in. */
  readonly soaTtl: number;
};

export type NamespaceType = "DNS_PRIVATE" | "DNS_PUBLIC" | "HTTP";
export type RecordType = "A" | "AAAA" | "SRV" | "CNAME";

export type DnsConfig = {
  readonly RoutingPolicy: "MULTIVALUE" | "WEIGHTED";
  readonly DnsRecords: readonly { readonly Type: RecordType; readonly TTL: number }[];
};

export type HealthCheck = {
  readonly Type: "HTTP" | "HTTPS" | "TCP";
  readonly ResourcePath?: string | undefined;
  readonly FailureThreshold?: number | undefined;
};

/** What UpdateService may change. */
export type ServiceSettings = {
  readonly description: string | undefined;
  readonly dns: DnsConfig | undefined;
  readonly healthCheck: HealthCheck | undefined;
};

export type Service = {
  readonly id: string;
  readonly arn: string;
  readonly order: number;
  readonly namespaceId: string;
  readonly name: string;
  settings: ServiceSettings;
  /** Of the service itself, not of its instances. */
  readonly attributes: Map<string, string>;
  readonly hasCustomHealth: boolean;
  /** Of the whole request that created it. */
  readonly fingerprint: string;
  readonly creatorRequestId: string | undefined;
  readonly createdBy: string;
  readonly createdAt: number;
  /** What ended operations made. */
  readonly instances: Map<string, Instance>;
  /** The operation under way on each instance. */
  readonly running: Map<string, Operation>;
  readonly discovery: Discovery;
};

export type Instance = {
  readonly id: string;
  readonly order: number;
  readonly attributes: Readonly<Record<string, string>>;
  readonly creatorRequestId: string | undefined;
  readonly createdBy: string;
  readonly health: InstanceHealth;
};

export type Health = "HEALTHY" | "UNHEALTHY";

/** `next`: what was sent last, and when; it shows later. */
type InstanceHealth = { status: Health; next: { readonly status: Health; readonly at: number } | undefined };

/** What DiscoverInstances knows, and what it will. */
type Discovery = {
  readonly instances: Map<string, Instance>;
  readonly coming: { readonly at: number; readonly id: string; readonly instance: Instance | undefined }[];
  revision: number;
};

export type Effect =
  | { readonly kind: "create-namespace"; readonly namespace: Namespace; readonly tags: readonly Tag[] }
  | { readonly kind: "delete-namespace"; readonly namespace: Namespace }
  | { readonly kind: "update-namespace"; readonly namespace: Namespace; readonly settings: NamespaceSettings }
  | { readonly kind: "update-service"; readonly service: Service; readonly settings: ServiceSettings }
  | { readonly kind: "register"; readonly service: Service; readonly instance: Instance }
  | { readonly kind: "deregister"; readonly service: Service; readonly id: string };

export type Tag = { readonly Key: string; readonly Value: string };

export type Operation = {
  readonly id: string;
  readonly order: number;
  readonly type: OperationType;
  /** Of the namespace that it is about. */
  readonly owner: string;
  readonly targets: Readonly<Partial<Record<"NAMESPACE" | "SERVICE" | "INSTANCE", string>>>;
  /** What no other operation may run on meanwhile. */
  readonly resource: string;
  readonly effect: Effect;
  readonly creatorRequestId: string | undefined;
  readonly fingerprint: string;
  readonly createdAt: number;
  end:
    | { readonly status: "SUCCESS"; readonly at: number }
    | { readonly status: "FAIL"; readonly at: number; readonly code: string; readonly message: string }
    | undefined;
};

export type OperationType =
  | "CREATE_NAMESPACE"
  | "DELETE_NAMESPACE"
  | "UPDATE_NAMESPACE"
  | "UPDATE_SERVICE"
  | "REGISTER_INSTANCE"
  | "DEREGISTER_INSTANCE";
