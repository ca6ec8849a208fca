import type { Scope } from "./model.ts";

/** What one pass is asked for. */
export type Request = {
  readonly scopes: readonly Scope[];
  /** Whether to look for orphans too: our instances in services that nobody claims any more. */
  readonly sweep: boolean;
  /** Whether a sweep over many Cloud Map namespaces takes on some of them, and leaves the others to those that follow. */
  readonly spreads?: boolean;
  /** Whether to make the removals that the guard objects to. */
  readonly force: boolean;
  /** Whether to say what would be done, and do nothing. */
  readonly dryRun: boolean;
  /** Through a kubeconfig: that this is another cluster than the one that registered this owner's instances is meant. */
  readonly newCluster: boolean;
  /** Whether all of this owner is to be removed, and so nothing registered. */
  readonly destroys?: true;
  /** Milliseconds since the epoch: every read and write has ended by then, so that there is time for the report. */
  readonly deadline: number;
  /** How long it waits for what was accepted to take effect, in milliseconds. */
  readonly patience: number;
  /** For how long a difference has to last before it is made good, in milliseconds: beside a watch, which makes most at once. */
  readonly ripeAfter?: number;
  /** From 0 up to 1: where in the order of services and changes it begins. Passes that overlap had better differ. */
  readonly start: number;
};
