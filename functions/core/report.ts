import type { Change, Held, HeldReason } from "./change.ts";
import type { Differences } from "./differences.ts";
import type { ClaimProblem } from "./claim-problem.ts";
import type { ServiceKind } from "./model.ts";

/** What one pass found and did: logs, metrics, the CLI and the answer of a resync are renderings of it. */
export type Report = {
  /** The release of this tool. */
  readonly version: string;
  /** Sorted by namespace and service. */
  readonly services: readonly ServiceReport[];
  readonly drift: Drift;
  /** What is wrong with claims that were made in the cluster: a tenant's to correct, and no failure of the pass. */
  readonly claims: readonly ReportedClaim[];
  /** Instances of this owner, or of a previous one, that other clusters registered: left alone. */
  readonly otherClusters: readonly ReportedOtherCluster[];
  /** Those of the document that could be read, each once, sorted. */
  readonly namespaces: readonly ReportedNamespace[];
  /** Failures of no single service: a source, a namespace, a name that matches nothing. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  /** False where something failed; what is held on purpose is no failure. */
  readonly ok: boolean;
};

/** Differences between desired and observed, counted before they are repaired, held or not. */
export type Drift = {
  readonly missing: number;
  readonly stale: number;
  readonly changed: number;
  readonly health: number;
};

export type ServiceReport = {
  readonly namespace: string;
  readonly service: string;
  /** The Kubernetes namespaces that its mappings select pods from. */
  readonly podNamespaces: readonly string[];
  /** Endpoints that should be registered. */
  readonly desired: number;
  /** Our instances after the pass; before it, where it changes nothing. */
  readonly registered: number;
  /** Instances that are not ours, after the pass; before it, where it changes nothing. Of a service that could not be read, none are known. */
  readonly foreign: number;
  /** Of those, what is to be taken over or removed, held or not; absent where there are none. */
  readonly takeOver?: number;
  /** What the service was created as, or in a dry run is to be created as. */
  readonly creates?: ServiceKind;
  /** Made, or in a dry run to be made. Sorted by id. */
  readonly changes: readonly ReportedChange[];
  readonly held: readonly ReportedHeld[];
  /** Whether the service, being empty, unclaimed and created by this owner, was deleted. */
  readonly deleted?: true;
  readonly error: string | null;
  /** The end of `error` that is not about this service: what failed, as others may have failed by it too, and what to do. */
  readonly cause?: string;
};

/** `destroyed`: a person has asked for all of this owner to be removed, whoever claims it. */
export type ReportedReason = Change["reason"] | "destroyed";

export type ReportedChange = {
  readonly kind: Change["kind"];
  readonly id: string;
  readonly reason: ReportedReason;
  /** `namespace/name` in Kubernetes. */
  readonly pod: string | null;
  /** The same of a Service, of whose load balancer it is: then there is no pod. */
  readonly kubernetesService?: string;
  /** The attributes that differed. */
  readonly keys?: readonly string[];
  /** Of a registration in a dry run: each attribute that it sets, changes or takes away. */
  readonly attributes?: Differences;
  /** Of a registration that was made: how long after the pod turned ready it was confirmed, in seconds. */
  readonly seconds?: number;
  /** Why it could not be made. */
  readonly error?: string;
};

export type ReportedHeld = {
  readonly kind: Held["kind"];
  readonly id: string;
  readonly reason: HeldReason;
  /** Why the change would be made; null where there is none to make. */
  readonly why: ReportedReason | null;
  readonly pod: string | null;
  readonly kubernetesService?: string;
  readonly remedy: string;
  /** Whether it is a failure, and not somebody's decision, a tenant's mistake, or a matter of waiting. */
  readonly isFailure: boolean;
};

export type ReportedClaim = {
  readonly reason: ClaimProblem["reason"];
  /** The claiming object, e.g. `Service shop/web`; of several that disagree, all of them. */
  readonly claim: string;
  /** The Kubernetes namespace that claims. */
  readonly from: string;
  /** `null` where it names none. */
  readonly service: string | null;
  readonly problem: string;
};

export type ReportedNamespace = {
  readonly namespace: string;
  /** How many it held when its services were listed, whoever registered them: its quota is of them all. 0: they were not. */
  readonly instances: number;
  /** Whether orphans were looked for in it. */
  readonly swept: boolean;
};

/** `owner`: the value that they carry; `cluster`: the UID of the namespace kube-system there. */
export type OtherCluster = { readonly cluster: string; readonly owner: string; readonly instances: number };

export type ReportedOtherCluster = OtherCluster & { readonly remedy: string };
