import { EVERY, OVERLAP } from "../functions/runtime/watch/times.ts";
/** What a function may do; permissions.ts has the statements. */
export type Ability =
  /** Reads the cluster and Cloud Map, writes instances and creates services. */
  | "pass"
  /** Deletes services, which happens on sweeps alone. */
  | "delete"
  /** Waits for no other of its kind: one that starts while another works ends at once. */
  | "take-turns"
  /** Puts scopes on the queue. */
  | "send";

export type Waking =
  /** EventBridge Scheduler, every so many minutes, or as often as the prop `schedule` says. */
  | {
      readonly by: "schedule";
      /** What the schedule is called in the stack. */
      readonly id: string;
      readonly description: string;
      readonly minutes: number | "schedule";
    }
  /** The queue of scopes and events. */
  | { readonly by: "queue" }
  /** The lines of the EKS audit log that tell of pods. */
  | { readonly by: "subscription" }
  /** Whoever invokes it. */
  | { readonly by: "person" };

type Row = {
  /** What the function is called in the stack. */
  readonly id: string;
  readonly description: string;
  /** The prop that switches it on; without one it is always there. */
  readonly switch?: "watch" | "auditLog";
  /** In seconds. */
  readonly timeout: number;
  readonly memory: {
    readonly megabytes: number;
    /** The prop that says otherwise. */
    readonly prop?: "memory" | "watchMemory";
  };
  readonly wokenBy: Waking;
  readonly abilities: readonly Ability[];
};

/**
 * What every function's process is begun with. The C library keeps memory apart for each thread, and gives little of it back; with one
 * arena for all (mallopt(3), M_ARENA_MAX) a pass over 1,000 pods takes some 8 MB less (bench/README.md).
 */
export const PROCESS_VARIABLES = { MALLOC_ARENA_MAX: "1" };

/** A row a Lambda: its entry is the file of that name in `functions/`, and all that deploys it reads this. */
const ROWS = {
  "scheduled-reconcile": {
    id: "ScheduledReconcile",
    description: "Keeps Cloud Map in sync with the pods of an EKS cluster: every service",
    // Long enough for some 10,000 registrations; what starts meanwhile ends at once.
    timeout: 240,
    memory: { megabytes: 512, prop: "memory" },
    wokenBy: { by: "schedule", id: "Schedule", description: "Every service, reconciled", minutes: "schedule" },
    abilities: ["pass", "delete", "take-turns"],
  },
  "event-reconcile": {
    id: "EventReconcile",
    description: "Keeps Cloud Map in sync with the pods of an EKS cluster: services that something happened to",
    timeout: 120,
    memory: { megabytes: 512, prop: "memory" },
    wokenBy: { by: "queue" },
    abilities: ["pass"],
  },
  "manual-resync": {
    id: "ManualResync",
    description: "Keeps Cloud Map in sync with the pods of an EKS cluster when a person asks for it",
    timeout: 120,
    memory: { megabytes: 512, prop: "memory" },
    wokenBy: { by: "person" },
    abilities: ["pass", "delete"],
  },
  watch: {
    id: "Watch",
    description: "Follows the pods of an EKS cluster and keeps Cloud Map in sync with them",
    switch: "watch",
    // It follows for so long at most; the rest is for ending.
    timeout: (EVERY + OVERLAP) / 1000 + 25,
    memory: { megabytes: 384, prop: "watchMemory" },
    wokenBy: { by: "schedule", id: "WatchSchedule", description: "Starts the watch", minutes: EVERY / 60_000 },
    abilities: ["pass"],
  },
  "audit-log": {
    id: "AuditLog",
    description: "Asks for passes after changes of pods in the audit log of an EKS cluster",
    switch: "auditLog",
    timeout: 30,
    memory: { megabytes: 256 },
    wokenBy: { by: "subscription" },
    abilities: ["send"],
  },
} as const satisfies Readonly<Record<string, Row>>;

/** The Lambdas that the construct deploys, as their files in `functions/` are called. */
export type FunctionName = keyof typeof ROWS;

export const FUNCTIONS: Readonly<Record<FunctionName, Row>> = ROWS;

/** In the order of the table. */
export const FUNCTION_NAMES = Object.keys(ROWS) as readonly FunctionName[];
