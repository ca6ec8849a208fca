import type { Day } from "./day.ts";

/** Something that happens in a cluster's day. */
export type Scenario = {
  readonly name: string;
  /** Whether it is in the short cut too. */
  readonly isShort?: boolean;
  /** For how long nobody could have known better though the cluster answered, in seconds: in favour of what was missing or stayed. */
  readonly blind?: number;
  readonly run: (day: Day, scale: Scale) => Promise<void>;
};

/** What differs between a day and its short cut. */
export type Scale = {
  /** How often the schedule is woken, in seconds. */
  readonly every: number;
  /** To how many pods a Deployment is scaled. */
  readonly most: number;
  readonly churnSeconds: number;
  /** For how long a program of the control plane is gone, and how long the API server hangs, in seconds. */
  readonly goneSeconds: number;
  readonly hungSeconds: number;
  /** How many pods roll at once. */
  readonly crowd: number;
};

/** How long the watch may not know of a claim that is new or other, in seconds, as docs/operations.md says. */
export const CLAIMS = 60;
