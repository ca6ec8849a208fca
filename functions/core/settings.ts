import type { Address, Attributes, InstanceId, LabelGlobs, Policy } from "./model.ts";

/** The configuration document with its defaults filled in. What each key means is told in docs/configuration.md. */
export type Configuration = {
  readonly cluster: string;
  readonly owner?: string | undefined;
  readonly part: string;
  readonly previousOwners: readonly string[];
  readonly previousClusters: readonly string[];
  readonly retired: readonly string[];
  readonly namespaces: readonly string[];
  readonly policy: Policy;
  readonly mappings: readonly MappingSettings[];
  /** By their names. */
  readonly sources: Readonly<Record<string, SourceSwitch>>;
  readonly allow: readonly AllowRule[];
  readonly claims: { readonly perNamespace: number };
  readonly adopt: { readonly appMesh: "off" | "live" | "exclusive"; readonly externalDns: "off" | "live" };
  readonly createServices: boolean;
  readonly deleteServices: boolean;
  readonly services: { readonly ttl: number; readonly customHealth: boolean; readonly tags: Attributes };
  readonly address: DocumentAddress;
  readonly id: InstanceId;
  readonly labels: LabelGlobs;
  readonly ignoreAttributes: readonly string[];
  readonly whenAllUnready: "keep" | "remove";
  readonly nodes: { readonly zones: boolean; readonly ec2: boolean };
  readonly guard: { readonly maxRemovalRatio: number; readonly minInstances: number };
  readonly orphans: { readonly everyMinutes: number };
  readonly quotas: { readonly instancesPerNamespace: number };
  readonly confirmSeconds?: number | undefined;
  readonly watch: { readonly coalesceMs: number };
  readonly metrics: { readonly perService: boolean };
  /** API operation → `perSecond:burst`. */
  readonly rates: Readonly<Record<string, string>>;
};

/** The configuration, and who acts by it. */
export type Settings = Configuration & {
  /** What is stamped on instances: whose document this is, its part included. */
  readonly owner: string;
  /** The owner without the part, as the tags of services carry it: parts share services. */
  readonly tagOwner: string;
  readonly identity: Identity;
};

/** Which cluster this is, and how that is known. */
export type Identity = {
  /** The UID of the namespace kube-system. */
  readonly cluster: string;
  /** The EKS cluster's ARN, where the cluster was reached by its name through EKS; undefined through a kubeconfig. */
  readonly arn: string | undefined;
  /** Whether the cluster may be without any pod, as EKS Auto Mode's are that scale to zero. */
  readonly mayBeEmpty: boolean;
  /** Set where the owner is an EKS cluster's ARN, and EKS does not say whether this is that cluster. */
  readonly isUnvouched?: true;
};

/** `auto`: on where the cluster serves the kind. `true`: its absence is a failure. */
export type SourceSwitch = boolean | "auto";

/** A document names pods, which have no load balancer of their own. */
export type DocumentAddress = Exclude<Address, "load-balancer">;

export type MappingSettings = {
  readonly service: string;
  readonly namespace?: string | undefined;
  readonly pods: { readonly namespace: string; readonly selector?: string | undefined };
  readonly port?: number | string | undefined;
  readonly address?: DocumentAddress | undefined;
  readonly attributes: Attributes;
  readonly policy?: Policy | undefined;
  readonly id?: InstanceId | undefined;
  readonly labels?:
    | { readonly include?: readonly string[] | undefined; readonly exclude?: readonly string[] | undefined }
    | undefined;
  readonly ttl?: number | undefined;
  readonly customHealth?: boolean | undefined;
};

/** Which Cloud Map services (globs) a Kubernetes namespace may claim. */
export type AllowRule = { readonly from: string; readonly services: readonly string[] };
