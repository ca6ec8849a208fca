import type { Scope } from "../core/model.ts";

/** A kind of EventBridge event, and where to look after one. */
export type Trigger = {
  /** What the rule is called in the stack. */
  readonly id: string;
  /** What has happened, as a sentence of the rule's description goes on. */
  readonly description: string;
  readonly source: string;
  readonly types: readonly string[];
  /** What the rule asks of the event's `detail` besides, in EventBridge's own words, so that other events cost nothing. */
  readonly detail?: (cluster: string) => Readonly<Record<string, unknown>>;
  /** Whether the events are about machines of the whole account: a node of this cluster is told from others by listing nodes. */
  readonly isOfAccount: boolean;
  /** None where the event says nothing of this cluster. Throws a ZodError for a detail of an unknown shape. */
  readonly scopes: (detail: Readonly<Record<string, unknown>>, cluster: string) => readonly Scope[];
};
