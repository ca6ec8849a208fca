// Made of the configuration's schema by `npm run docs`.

/** The configuration document (docs/configuration.md), without the cluster, which is a prop of its own. */
export type SyncConfiguration = {
  /** Stamped on every instance registered. Default: the EKS cluster's ARN; with a kubeconfig, found out as docs/operations.md says. */
  readonly owner?: string;
  /** Where several documents share a cluster: the name of this one, which becomes a part of the owner. Default: `""`. */
  readonly part?: string;
  /** Owner values that this document takes over: where a mapping chooses their living pods they are re-stamped. */
  readonly previousOwners?: readonly string[];
  /** Clusters that are gone, by the UID of their namespace kube-system: what they registered under this owner is ours. */
  readonly previousClusters?: readonly string[];
  /** Services whose mapping was taken away on purpose, as `service` or `namespace/service`: the guard lets their living pods go. */
  readonly retired?: readonly string[];
  /** The Cloud Map namespaces that may be written: names, ids or ARNs. No other is ever touched. Default: the ids of the prop `namespaces`. */
  readonly namespaces?: readonly string[];
  /** `upsert-only` removes nothing, `dry-run` changes nothing; what they hold back is reported. Default: `"sync"`. */
  readonly policy?: "sync" | "upsert-only" | "dry-run";
  /** Which pods belong to which service. */
  readonly mappings?: readonly {
    /** The Cloud Map service that the pods are instances of. */
    readonly service: string;
    /** The service's Cloud Map namespace, written as in `namespaces`. Default: the only one there. */
    readonly namespace?: string;
    /** Which pods. */
    readonly pods: {
      /** The Kubernetes namespace of the pods. */
      readonly namespace: string;
      /** A Kubernetes label selector. Default: every pod of the namespace. */
      readonly selector?: string;
    };
    /** A number, or the name of a container port. Default: none, and no `AWS_INSTANCE_PORT`. */
    readonly port?: number | string;
    /** Whose address its instances have: the pod's, or its node's. Default: the document's own. */
    readonly address?: "pod" | "node";
    /** Attributes of the instances; they win over labels. */
    readonly attributes?: Readonly<Record<string, string>>;
    /** Which changes are made to its service. Default: the document's own. */
    readonly policy?: "sync" | "upsert-only" | "dry-run";
    /** What its instances are called. Default: the document's own. */
    readonly id?: "ip" | "ip-port";
    /** Which labels of its pods become attributes. */
    readonly labels?: {
      /** Globs of those that do. Default: the document's own. */
      readonly include?: readonly string[];
      /** Globs of those that do not. Default: the document's own. */
      readonly exclude?: readonly string[];
    };
    /** TTL of the service's DNS records, where it is created. Default: `services.ttl`. */
    readonly ttl?: number;
    /** Give the service a custom health check, where it is created. Default: `services.customHealth`. */
    readonly customHealth?: boolean;
  }[];
  /** Kinds of Kubernetes objects that claim services. `auto`: on where the cluster serves the kind. */
  readonly sources?: {
    /** Kubernetes Services that carry `eks-cloudmap-sync/service`. Default: `false`. */
    readonly services?: boolean | "auto";
    /** App Mesh's VirtualNodes. Default: `"auto"`. */
    readonly virtualNodes?: boolean | "auto";
    /** ServiceExports of the multi-cluster services API. Default: `false`. */
    readonly serviceExports?: boolean | "auto";
  };
  /** Which Kubernetes namespaces may claim which services. Empty: any may claim any. */
  readonly allow?: readonly {
    /** A Kubernetes namespace. */
    readonly from: string;
    /** Globs of the services that it may claim. */
    readonly services: readonly string[];
  }[];
  /** Limits on what is claimed in the cluster. */
  readonly claims?: {
    /** How many claims of one Kubernetes namespace count, the oldest first; the others are held and reported. Default: `1000`. */
    readonly perNamespace?: number;
  };
  /** Instances of others that are taken over. */
  readonly adopt?: {
    /** Take over instances that App Mesh's controller left behind. Default: `"off"`. */
    readonly appMesh?: "off" | "live" | "exclusive";
    /** Take over instances that external-dns registered. Default: `"off"`. */
    readonly externalDns?: "off" | "live";
  };
  /** Create services that are missing. Default: `true`. */
  readonly createServices?: boolean;
  /** Delete services that this owner created, once they are unclaimed and empty. Default: `false`. */
  readonly deleteServices?: boolean;
  /** How services are created; those that exist stay as they are. */
  readonly services?: {
    /** TTL of DNS records, in seconds. Default: `60`. */
    readonly ttl?: number;
    /** Give them a custom health check, set from the pods' readiness. Default: `false`. */
    readonly customHealth?: boolean;
    /** Tags of one's own, beside the owner's. */
    readonly tags?: Readonly<Record<string, string>>;
  };
  /** Whose address instances have: the pod's, or its node's, with a `hostPort` or a `nodePort`. Default: `"pod"`. */
  readonly address?: "pod" | "node";
  /** What instances are called: the address, or `<address>:<port>`. Default: `"ip"`. */
  readonly id?: "ip" | "ip-port";
  /** Pod labels as attributes. */
  readonly labels?: {
    /** Globs of the pod labels that become attributes. */
    readonly include?: readonly string[];
    /** Globs of those that do not. */
    readonly exclude?: readonly string[];
  };
  /** Attribute keys that others write: carried over, never drift. */
  readonly ignoreAttributes?: readonly string[];
  /** What becomes of a service's instances when none of its pods is ready. Default: `"keep"`. */
  readonly whenAllUnready?: "keep" | "remove";
  /** What is asked about nodes. */
  readonly nodes?: {
    /** Read nodes, for `REGION`, `AVAILABILITY_ZONE` and nodes that are leaving. Default: `true`. */
    readonly zones?: boolean;
    /** Ask EC2 for the states of nodes: pods on a machine that stops or is terminated are gone, before Kubernetes notices. Default: `false`. */
    readonly ec2?: boolean;
  };
  /** Protection from a mistaken selector. */
  readonly guard?: {
    /** Removals of living pods' instances are held above this part of the service's own living pods … Default: `0.5`. */
    readonly maxRemovalRatio?: number;
    /** … when they are also more than this number. Default: `10`. */
    readonly minInstances?: number;
  };
  /** Our instances in services that nobody claims any more. */
  readonly orphans?: {
    /** How often orphans are looked for, in minutes; each time in 40 Cloud Map namespaces at most, those that have waited longest. Default: `10`. */
    readonly everyMinutes?: number;
  };
  /** Quotas that `doctor` warns of. */
  readonly quotas?: {
    /** Cloud Map's quota of instances in a namespace, where AWS has raised it for this account. Default: `2000`. */
    readonly instancesPerNamespace?: number;
  };
  /** How long a pass waits, from its last write on, until what it wrote has taken effect, in seconds. Default: 15, in the CLI 300. */
  readonly confirmSeconds?: number;
  /** The Lambda that follows the pods. */
  readonly watch?: {
    /** For how long changes of pods are gathered, in milliseconds. Default: `300`. */
    readonly coalesceMs?: number;
  };
  /** CloudWatch metrics. */
  readonly metrics?: {
    /** Metrics for each service, which CloudWatch charges for one by one. Default: `false`. */
    readonly perService?: boolean;
  };
  /** Rates of Cloud Map's operations, as `RegisterInstance: "50:100"`: per second and burst. */
  readonly rates?: Readonly<Partial<Record<"RegisterInstance" | "DeregisterInstance" | "ListInstances" | "ListServices" | "GetOperation" | "GetInstancesHealthStatus" | "UpdateInstanceCustomHealthStatus" | "CreateService", string>>>;
};
