import { messageOf } from "./errors.ts";
import { byText, podName } from "./model.ts";
import type { Change, DeregisterReason, Held, HeldReason, Read, RegisterReason, ServiceKey } from "./model.ts";
import type { Plan } from "./plan.ts";
import type { Outcome } from "./ports.ts";
import type { Subject } from "./resolve.ts";

/** What one pass found and did: logs, metrics, the CLI and the answer of a resync are renderings of it. */
export type Report = {
  /** Sorted by namespace and service. */
  readonly services: readonly ServiceReport[];
  readonly drift: Drift;
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
  /** Instances that are not ours; of a service that could not be read, none are known. */
  readonly foreign: number;
  /** Made, or in a dry run to be made. Sorted by id. */
  readonly changes: readonly ReportedChange[];
  readonly held: readonly ReportedHeld[];
  /** Whether the service, being empty, unclaimed and created by this owner, was deleted. */
  readonly deleted?: true;
  readonly error: string | null;
};

export type ReportedChange = {
  readonly kind: Change["kind"];
  readonly id: string;
  readonly reason: RegisterReason | DeregisterReason | "ready";
  /** `namespace/name` in Kubernetes. */
  readonly pod: string | null;
  /** The attributes that differed. */
  readonly keys?: readonly string[];
  /** Of a registration that was made: how long after the pod turned ready it was confirmed, in seconds. */
  readonly seconds?: number;
  /** Why it could not be made. */
  readonly error?: string;
};

export type ReportedHeld = {
  readonly kind: Held["kind"];
  readonly id: string;
  readonly reason: HeldReason;
  readonly pod: string | null;
  readonly remedy: string;
};

/** One service's plan, and what became of it. */
export type Result = {
  readonly subject: Subject;
  readonly plan: Read<Plan>;
  /** How many instances of ours the registry held before the pass, as far as it was read. */
  readonly ours: number;
  readonly outcomes: readonly Outcome[];
  readonly failure?: Error;
};

type Parts = {
  readonly results: readonly Result[];
  readonly deleted: readonly ServiceKey[];
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  readonly request: { readonly dryRun: boolean };
  /** Milliseconds since the epoch, after the last change. */
  readonly now: number;
};

/** The only place where plan and outcome meet. */
export function reportOf({ results, deleted, errors, warnings, request, now }: Parts): Report {
  const services = results
    .map((result) => ({
      ...serviceReport(result, request.dryRun, now),
      ...(deleted.includes(result.subject.key) ? { deleted: true as const } : {}),
    }))
    .filter((service, index) => isTold(service, results[index]));
  const plans = results.flatMap(({ plan }) => ("value" in plan ? [plan.value] : []));
  return {
    services,
    drift: driftOf(plans),
    errors,
    warnings: [...new Set([...warnings, ...plans.flatMap((plan) => plan.warnings)])],
    ok:
      errors.length === 0 &&
      services.every(({ error, held }) => error === null && !held.some(({ reason }) => isFailure(reason))),
  };
}

const FAILURES: ReadonlySet<HeldReason> = new Set(["ambiguous", "invalid", "unfinished", "source-failed"]);

/** Whether it is held because something is wrong; the other reasons are somebody's decision, or wait for one. */
export function isFailure(reason: HeldReason): boolean {
  return FAILURES.has(reason);
}

function serviceReport(
  { subject, plan, ours: before, outcomes, failure }: Result,
  dryRun: boolean,
  now: number,
): ServiceReport {
  const podNamespaces = [...new Set(subject.mappings.map(({ pods }) => pods.namespace))].toSorted();
  const about = { ...subject.key, podNamespaces };
  if ("failure" in plan) {
    const held = subject.held.map(reportedHeld);
    return { ...about, desired: 0, registered: before, foreign: 0, changes: [], held, error: messageOf(plan.failure) };
  }
  const { changes, held, desired, ours, foreign } = plan.value;
  const made = dryRun ? changes.map((change): Outcome => ({ change, result: "done", at: now })) : outcomes;
  const unmade = [...made.flatMap(heldOutcome), ...(failure === undefined ? [] : unsent(changes, outcomes))];
  return {
    ...about,
    desired,
    registered: dryRun ? ours.length : countRegistered(ours, outcomes),
    foreign,
    changes: made
      .flatMap((outcome) => reportedChange(outcome, dryRun))
      .toSorted((a, b) => byText(a.id, b.id) || byText(a.kind, b.kind)),
    held: [...held, ...unmade].map(reportedHeld).toSorted((a, b) => byText(a.id, b.id) || byText(a.kind, b.kind)),
    error: errorOf(failure, outcomes),
  };
}

function countRegistered(ours: readonly string[], outcomes: readonly Outcome[]): number {
  const ids = new Set(ours);
  for (const { change, result } of outcomes) {
    if (result !== "done") continue;
    if (change.kind === "register") ids.add(change.id);
    if (change.kind === "deregister") ids.delete(change.id);
  }
  return ids.size;
}

function reportedChange(outcome: Outcome, dryRun: boolean): readonly ReportedChange[] {
  const { change } = outcome;
  if (outcome.result !== "done" && outcome.result !== "failed") return [];
  return [
    {
      kind: change.kind,
      id: change.id,
      reason: change.reason,
      pod: change.pod === undefined ? null : podName(change.pod),
      ...(change.kind === "register" && change.keys.length > 0 ? { keys: change.keys } : {}),
      ...(change.kind === "register" && change.reason === "missing" && outcome.result === "done" && !dryRun
        ? { seconds: Math.max(0, (outcome.at - Date.parse(change.since)) / 1000) }
        : {}),
      ...(outcome.result === "failed" ? { error: messageOf(outcome.error) } : {}),
    },
  ];
}

function heldOutcome({ change, result }: Outcome): readonly Held[] {
  const told = { kind: change.kind, id: change.id, pod: change.pod, change };
  switch (result) {
    case "done":
    case "failed":
      return [];
    case "quota":
      return [
        {
          ...told,
          reason: "quota",
          remedy: "Cloud Map refuses more instances; spread the pods over several services, or ask for a higher quota",
        },
      ];
    case "pending":
      return [
        { ...told, reason: "unfinished", remedy: "Cloud Map still carries it out; the next pass sees the result" },
      ];
    case "not-begun":
      return [{ ...told, reason: "unfinished", remedy: "the time was up; the next pass goes on" }];
    default:
      return result satisfies never;
  }
}

/** Changes that a failure kept from being sent at all. */
function unsent(changes: readonly Change[], outcomes: readonly Outcome[]): readonly Held[] {
  const sent = new Set(outcomes.map(({ change }) => change));
  return changes
    .filter((change) => !sent.has(change))
    .map((change) => ({
      kind: change.kind,
      id: change.id,
      pod: change.pod,
      change,
      reason: "unfinished",
      remedy: "something failed before its turn; the next pass goes on",
    }));
}

function reportedHeld({ kind, id, reason, pod, remedy }: Held): ReportedHeld {
  return { kind, id, reason, pod: pod === undefined ? null : podName(pod), remedy };
}

function errorOf(failure: Error | undefined, outcomes: readonly Outcome[]): string | null {
  if (failure !== undefined) return messageOf(failure);
  const failed = outcomes.flatMap((outcome) => (outcome.result === "failed" ? [messageOf(outcome.error)] : []));
  const [first, ...others] = new Set(failed);
  if (first === undefined) return null;
  return others.length === 0 ? first : `${first} (and ${others.length} more)`;
}

/** Services that nobody claims and where nothing of ours is are not worth a line. */
function isTold({ changes, held, registered, error, deleted }: ServiceReport, result: Result | undefined): boolean {
  const isClaimed = result !== undefined && result.subject.mappings.length > 0;
  return isClaimed || changes.length + held.length + registered > 0 || error !== null || deleted === true;
}

function driftOf(plans: readonly Plan[]): Drift {
  const drift = { missing: 0, stale: 0, changed: 0, health: 0 };
  for (const { changes, held } of plans) {
    for (const change of changes) drift[driftKind(change)] += 1;
    for (const { kind, change } of held) {
      if (change !== undefined) drift[driftKind(change)] += 1;
      else if (kind === "register") drift.missing += 1;
    }
  }
  return drift;
}

function driftKind(change: Change): keyof Drift {
  switch (change.kind) {
    case "register":
      return change.reason === "missing" ? "missing" : "changed";
    case "deregister":
      return "stale";
    case "set-health":
      return "health";
    default:
      return change satisfies never;
  }
}
