/** Pods that one controller makes. Their label `app` is the name; a mapping selects by it. */
export type App = {
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  readonly isHostNetwork: boolean;
  readonly isDualStack: boolean;
  /** Whether its container's port has a hostPort. */
  readonly hasHostPort?: boolean;
};

/** A Kubernetes object that claims a Cloud Map service. */
export type ClaimObject = {
  readonly kind: "Service" | "VirtualNode" | "ServiceExport";
  readonly namespace: string;
  readonly name: string;
  /** The label `app` of the pods that it selects. */
  readonly app: string;
  readonly cloudMapNamespace: string;
  readonly service: string;
  readonly port: number | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  readonly publishesUnready: boolean;
  /** What cannot be understood about it. */
  readonly isBroken: boolean;
  readonly isThere: boolean;
  /** Of Services. */
  readonly address?: "node" | "load-balancer";
  /** The names and addresses of its load balancer. */
  readonly ingress?: readonly string[];
  /** The Service lives on without its annotations. */
  readonly isSilent?: boolean;
};

export type ConfigurationMapping = {
  readonly service: string;
  readonly namespace: string;
  readonly pods: { readonly namespace: string; readonly selector: string };
  readonly port?: number;
  readonly address?: "node";
  readonly attributes?: Readonly<Record<string, string>>;
  readonly policy?: "sync" | "upsert-only" | "dry-run";
  readonly id?: "ip" | "ip-port";
};

/** A configuration document, as an operator writes it; several may run against one registry. The first four are no keys of it. */
export type Document = {
  /** What EKS calls the cluster. */
  readonly clusterArn: string;
  /** Which of the world's clusters it is. */
  readonly place: number;
  /** Whether the cluster is reached by a kubeconfig, and not through EKS. */
  readonly isByKubeconfig?: boolean;
  /** Whether its passes are run with `--new-cluster`. */
  readonly isNewCluster?: boolean;
  readonly cluster: string;
  readonly owner: string;
  /** Several documents on one cluster have a part each, and instances of their own. */
  readonly part: string;
  readonly previousOwners?: readonly string[];
  readonly previousClusters?: readonly string[];
  readonly namespaces: readonly string[];
  readonly mappings: readonly ConfigurationMapping[];
  readonly policy: "sync" | "upsert-only" | "dry-run";
  readonly id: "ip" | "ip-port";
  readonly whenAllUnready: "keep" | "remove";
  readonly sources: Readonly<Record<"services" | "virtualNodes" | "serviceExports", boolean | "auto">>;
  readonly nodes: { readonly zones: boolean; readonly ec2: boolean };
  readonly services: { readonly customHealth: boolean };
  readonly adopt: { readonly appMesh: "off" | "live" | "exclusive" };
  readonly deleteServices: boolean;
  readonly allow: readonly { readonly from: string; readonly services: readonly string[] }[];
};

export type ClusterSetup = {
  readonly name: string;
  readonly namespaces: readonly string[];
  readonly nodes: number;
  readonly addresses: number;
  /** Where its addresses begin, e.g. `10.0`: those of clusters may be the same. */
  readonly network: string;
  readonly region?: string;
  /** The most objects on a page of a list. */
  readonly pageSize: number;
  readonly apps: readonly App[];
  readonly claims: readonly ClaimObject[];
};

/** How a world is before anything happens. */
export type Setup = {
  readonly clusters: readonly ClusterSetup[];
  readonly documents: readonly Document[];
  readonly cloudMap: {
    readonly namespaces: readonly { readonly name: string; readonly type: "DNS_PRIVATE" | "HTTP" }[];
    /** Instances that others hold already, in services that exist. */
    readonly services: readonly {
      readonly namespace: string;
      readonly name: string;
      readonly hasCustomHealth: boolean;
      readonly foreign: number;
    }[];
    /** When reads show a write: once it is accepted, or once its operation has ended. */
    readonly writesShow: "accepted" | "completed";
    /** How long an operation takes, in milliseconds. */
    readonly operations: readonly [fastest: number, slowest: number];
    /** By how much lists of instances lag behind, in milliseconds. */
    readonly lag: number;
  };
  /** When everything that goes wrong has gone wrong, in milliseconds since the beginning. */
  readonly length: number;
};

export type Seam = "list" | "nodes" | "objects" | "registry" | "services" | "write" | "operation" | "ec2";

export type FaultKind =
  /** The API server's: a body cut, a token expired, no right, an error, a broken connection, a page once more, slow, silent. */
  | "cut"
  | "expired"
  | "forbidden"
  | "error"
  | "reset"
  | "repeated"
  | "slow"
  | "silent"
  /** Cloud Map's besides: throttled, accepted with the answer lost, failing operations, operations that do not end, counts of yesterday. */
  | "throttled"
  | "answer-lost"
  | "fails"
  | "hangs"
  | "quota"
  | "stale-counts";

export type Cause = "schedule" | "queue" | "resync";

export type What =
  | {
      readonly kind: "scale-up";
      readonly app: number;
      readonly by: number;
      readonly address: number;
      readonly ready: number;
    }
  | { readonly kind: "delete"; readonly pod: number; readonly grace: number }
  | { readonly kind: "force-delete"; readonly pod: number; readonly successor: boolean }
  | { readonly kind: "finish"; readonly pod: number; readonly phase: "Succeeded" | "Failed" }
  | { readonly kind: "flap"; readonly pod: number; readonly lasts: number }
  | { readonly kind: "unready-all"; readonly app: number; readonly lasts: number }
  | { readonly kind: "restart"; readonly pod: number; readonly ready: number }
  | {
      readonly kind: "rollout";
      readonly app: number;
      readonly ready: number;
      readonly minReady: number;
      readonly grace: number;
      readonly step: number;
    }
  | { readonly kind: "relabel"; readonly pod: number; readonly app: number; readonly back: number }
  | { readonly kind: "drain"; readonly node: number }
  | { readonly kind: "node-dies"; readonly node: number; readonly evicts: number }
  | { readonly kind: "silence"; readonly share: number; readonly step: number; readonly lasts: number }
  | {
      readonly kind: "claim";
      readonly claim: number;
      readonly does: "goes" | "comes" | "breaks" | "selects" | "publishes";
      readonly app: number;
      readonly lasts: number;
    }
  /** A load balancer has other names, as many as `count`; or its Service no longer claims for a while. */
  | {
      readonly kind: "balancer";
      readonly balancer: number;
      readonly does: "names" | "falls-silent";
      readonly count: number;
      readonly lasts: number;
    }
  | { readonly kind: "crd"; readonly lasts: number }
  | { readonly kind: "document"; readonly document: number; readonly change: Partial<Document> }
  | { readonly kind: "foreign"; readonly service: number; readonly at: number }
  | { readonly kind: "mesh"; readonly service: number; readonly pod: number; readonly isGone: boolean }
  | { readonly kind: "restamp"; readonly instance: number }
  | { readonly kind: "person-removes"; readonly instance: number }
  | { readonly kind: "tamper"; readonly instance: number; readonly pod: string | undefined }
  | { readonly kind: "service-goes"; readonly service: number; readonly back: number }
  | {
      readonly kind: "pass";
      readonly document: number;
      readonly cause: Cause;
      readonly scope: number;
      readonly sweep: boolean;
      readonly force: boolean;
      readonly dryRun: boolean;
      readonly isCold: boolean;
      readonly left: number;
      readonly skew: number;
    }
  /** A person takes the document's instances out; whoever else runs by it goes on. */
  | { readonly kind: "destroy"; readonly document: number; readonly left: number }
  | { readonly kind: "watch"; readonly document: number; readonly lasts: number; readonly skew: number }
  | { readonly kind: "kill"; readonly afterCalls: number }
  /**
   * A control plane never answers again: it is silent, or cannot be found. `takesOver` milliseconds later a cluster of the same
   * claims has its documents, whose pods are there already, or begin to come after `pods`. `vouches` milliseconds after it took over
   * a person has said whose the lost one's instances are.
   */
  | {
      readonly kind: "cluster-lost";
      readonly cluster: number;
      readonly isSilent: boolean;
      readonly takesOver: number;
      readonly network: string;
      readonly pods: number;
      /** Under another name, and so another ARN. */
      readonly isRenamed: boolean;
      readonly vouches: number | undefined;
      /** Where it is reached by a kubeconfig: for the new one to register beside the old one's, not to take them over. */
      readonly isBeside: boolean;
    }
  /** Nothing of AWS answers, and no function runs. For good: a deployment in another Region begins with a Cloud Map of its own. */
  | { readonly kind: "region-lost"; readonly lasts: number; readonly isForGood: boolean }
  | {
      readonly kind: "fault";
      readonly seam: Seam;
      readonly fault: FaultKind;
      readonly chance: number;
      readonly lasts: number;
    };

/** Something that happens `at` so many milliseconds after the beginning. Numbers pick from what there is then, round and round. */
export type Event = { readonly at: number } & What;

/** All there is to know of a world; the same story is the same world, whatever is left out of it. */
export type Story = { readonly seed: number; readonly setup: Setup; readonly events: readonly Event[] };

/** A line that tells an event. */
export function tell({ at, kind, ...rest }: Event): string {
  const given = Object.entries(rest).map(
    ([key, value]) => `${key}=${typeof value === "object" ? JSON.stringify(value) : String(value)}`,
  );
  return `${seconds(at)} ${kind}${given.length === 0 ? "" : ` ${given.join(" ")}`}`;
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2).padStart(8)}s`;
}

/** Which kinds of things may happen; each world has a selection of them, so that rare ones meet. */
export type Allowed = (kind: string) => boolean;
