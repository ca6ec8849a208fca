import type { Origin, PodQuery } from "./model.ts";

/** A claim that cannot be understood, e.g. because an annotation is malformed. */
export type BrokenClaim = {
  readonly origin: Origin;
  /** The Kubernetes namespace that claims. */
  readonly from: string;
  /** Which pods it is about, where that much can be understood; undefined: any of its namespace. */
  readonly pods?: PodQuery | undefined;
  /** The Cloud Map namespace and service, as far as they are known. */
  readonly namespace: string | undefined;
  readonly service: string | undefined;
  /** A sentence: what is wrong, and what to do. */
  readonly problem: string;
};

/** What is wrong with a claim that was made in the cluster. It holds the pods that it is about, and nothing else. */
export type ClaimProblem = {
  readonly reason: "not-allowed" | "ambiguous" | "invalid" | "too-many" | "no-service";
  /** The claiming object, e.g. `Service shop/web`; of several, all of them. */
  readonly claim: string;
  /** The Kubernetes namespace that claims. */
  readonly from: string;
  /** As the claim names it; undefined where it names none. */
  readonly service: string | undefined;
  /** A sentence: what is wrong, and what to do. */
  readonly problem: string;
  /** Which pods it is about; undefined: all of its Kubernetes namespace. */
  readonly pods: PodQuery | undefined;
};
