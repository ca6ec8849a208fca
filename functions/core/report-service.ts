import { holdChange, keyOf } from "./change.ts";
import type { Change, Held } from "./change.ts";
import { differencesOf } from "./differences.ts";
import { causeOf, messageOf } from "./errors.ts";
import { byText, podName } from "./model.ts";
import type { ClaimProblem } from "./claim-problem.ts";
import type { PodKey, ServiceKind } from "./model.ts";
import type { Plan } from "./plan.ts";
import type { Outcome } from "./ports.ts";
import type { ReportedChange, ReportedHeld, ServiceReport } from "./report.ts";
import { isFailure } from "./rules.ts";
import type { Decided } from "./hold.ts";
import type { Subject } from "./subject.ts";

/** What became of one service; `ledger.ts` keeps it. */
export type Result = {
  readonly subject: Subject;
  /** How many instances of ours the registry held before the pass, as far as it was read. */
  readonly before: number;
  /** By the first look, which is what drift is counted from. */
  readonly first?: Plan;
  /** What its service is created as, where it was missing. */
  readonly creates?: ServiceKind | undefined;
  /** By the last look. */
  readonly plan?: Plan;
  readonly decided?: Decided;
  /** What was done, failed, was refused or is pending, over all looks. */
  readonly outcomes: readonly Outcome[];
  /** Of the changes of the last look. */
  readonly last: readonly Outcome[];
  /** Removals of the last look that wait for a registration. */
  readonly waiting: readonly Held[];
  readonly failure?: Error;
  readonly isDeleted?: true;
  /** Whether the time was up before it was looked at even once. */
  readonly isUnseen?: true;
};

/** How the pass was meant, and whether it ended because its time was up. */
export type PassEnd = { readonly dryRun: boolean; readonly isLate: boolean };

/** The only place where plan and outcome meet. */
export function serviceReport(result: Result, { dryRun, isLate }: PassEnd): ServiceReport {
  const { subject, plan, decided, outcomes, before } = result;
  const podNamespaces = [...new Set(subject.mappings.map(({ pods }) => pods.namespace))].toSorted();
  const about = { ...subject.key, podNamespaces };
  const claims = heldClaims(subject);
  const deleted = result.isDeleted === true ? { deleted: true as const } : {};
  const failure = errorOf(result);
  if (plan === undefined || decided === undefined) {
    const held = [...claims, ...(result.isUnseen === true ? [unseen(subject)] : [])].map(reportedHeld);
    return { ...about, desired: 0, registered: before, foreign: 0, changes: [], held, ...deleted, ...failure };
  }
  const changes = dryRun
    ? plannedChanges(plan, decided)
    : outcomes.filter(isToldHere).map((one) => reportedChange(one, false));
  const isCreated = changes.some(({ kind, error: problem }) => kind === "register" && problem === undefined);
  const creates = isCreated && result.creates !== undefined ? { creates: result.creates } : {};
  const unmade = dryRun ? [] : unmadeOf(result, decided, isLate);
  const made = dryRun ? [] : result.last;
  const strangers = idsToTakeOver(plan);
  const done = new Set(made.flatMap(({ change, result: how }) => (how === "done" ? [change.id] : [])));
  const takeOver = strangers.filter((id) => !done.has(id)).length;
  return {
    ...about,
    desired: plan.desired,
    registered: countRegistered(plan.ours, made),
    foreign: plan.foreign - (strangers.length - takeOver),
    ...(takeOver === 0 ? {} : { takeOver }),
    ...creates,
    changes: changes.toSorted((a, b) => byText(a.id, b.id) || byText(a.kind, b.kind)),
    held: [...claims, ...decided.held, ...unmade]
      .map(reportedHeld)
      .toSorted((a, b) => byText(a.id, b.id) || byText(a.kind, b.kind)),
    ...deleted,
    ...failure,
  };
}

/** What passes that overlap have both waited for is one change, and told once; that it failed is told by both. */
function isToldHere({ result, isAnothers }: Outcome): boolean {
  return result === "failed" || (result === "done" && isAnothers !== true);
}

function plannedChanges({ proposals }: Plan, { changes }: Decided): readonly ReportedChange[] {
  const observed = new Map(proposals.map(({ change, instance }) => [change, instance?.attributes]));
  return changes.map((change) => {
    const planned = reportedChange({ change, result: "done", at: 0 }, true);
    if (change.kind !== "register") return planned;
    return { ...planned, attributes: differencesOf(observed.get(change), change.attributes, change.keys) };
  });
}

/** What is not ours, and is to be taken over or removed, each once: `adopt`, or a previous owner, allows it. */
function idsToTakeOver({ proposals, ours }: Plan): readonly string[] {
  const known = new Set(ours);
  const changed = proposals.filter(({ instance, isMine }) => instance !== undefined && isMine);
  return [...new Set(changed.map(({ change }) => change.id))].filter((id) => !known.has(id));
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

function reportedChange(outcome: Outcome, dryRun: boolean): ReportedChange {
  const { change } = outcome;
  return {
    kind: change.kind,
    id: change.id,
    reason: change.reason,
    ...reportedHolder(change.pod),
    ...(change.kind === "register" && change.keys.length > 0 ? { keys: change.keys } : {}),
    ...(isTimed(change) && outcome.result === "done" && !dryRun
      ? { seconds: Math.max(0, (outcome.at - Date.parse(change.since)) / 1000) }
      : {}),
    ...(outcome.result === "failed" ? { error: messageOf(outcome.error) } : {}),
  };
}

/** What an instance stands for, a pod or a Service, as a report tells it. */
export function reportedHolder(key: PodKey | undefined): Pick<ReportedChange, "pod" | "kubernetesService"> {
  if (key?.kind === "Service") return { pod: null, kubernetesService: `${key.namespace}/${key.name}` };
  return { pod: key === undefined ? null : podName(key) };
}

/** Nothing says since when a load balancer is there. */
function isTimed(change: Change): change is Change & { readonly kind: "register" } {
  return change.kind === "register" && change.reason === "missing" && change.pod?.kind === undefined;
}

/** Changes of the last look that were not made, and what was accepted and still runs. */
function unmadeOf(
  { outcomes, last, waiting, failure }: Result,
  { changes }: Decided,
  isLate: boolean,
): readonly Held[] {
  const pending = outcomes.filter(({ result }) => result === "pending").map(({ change }) => change);
  const full = last.filter(({ result }) => result === "quota").map(({ change }) => change);
  const known = new Set([...pending, ...waiting.flatMap(({ change }) => change ?? [])].map(keyOf));
  for (const { change, result } of last) if (result !== "not-begun") known.add(keyOf(change));
  const inTheWay = isLate ? "the time was up" : "it could not be begun yet";
  const why = failure === undefined ? inTheWay : "something failed before its turn";
  return [
    ...waiting,
    ...full.map((change) => holdChange(change, "quota", QUOTA_REMEDY)),
    ...last.flatMap((one) => (one.result === "refused" ? holdChange(one.change, "invalid", messageOf(one.error)) : [])),
    ...pending.map((change) =>
      holdChange(change, "pending", "Cloud Map still works on it; the next pass sees what became of it"),
    ),
    ...changes
      .filter((change) => !known.has(keyOf(change)))
      .map((change) => holdChange(change, "unfinished", `${why}; the next pass goes on`)),
  ];
}

/** It failed at nothing: whatever there is to do waits for the next pass. */
function unseen({ key: { service: id } }: Subject): Held {
  const remedy = "the time was up before its turn; the next pass goes on";
  return { kind: "claim", id, pod: undefined, reason: "unfinished", remedy, change: undefined };
}

const QUOTA_REMEDY =
  "Cloud Map refuses more instances though this service is not full, so its namespace is (2,000 instances, unless AWS has raised that): ask AWS for more, or use another namespace";

/** Each once: an object may claim in several Kubernetes namespaces. */
function heldClaims({ problems, mistakes }: Subject): readonly Held[] {
  const all = [...problems, ...mistakes].map(heldProblem);
  return [...new Map(all.map((held) => [JSON.stringify([held.reason, held.id, held.remedy]), held])).values()];
}

function heldProblem({ reason, claim, problem, from }: ClaimProblem): Held {
  return {
    kind: "claim",
    id: claim,
    pod: undefined,
    reason,
    remedy: problem,
    change: undefined,
    isOperators: from === "",
  };
}

function reportedHeld(held: Held): ReportedHeld {
  const { kind, id, reason, pod, remedy, change } = held;
  const about = { kind, id, reason, why: change?.reason ?? null, ...reportedHolder(pod) };
  return { ...about, remedy, isFailure: isFailure(held) };
}

function errorOf({ failure, outcomes, subject }: Result): Pick<ServiceReport, "error" | "cause"> {
  const errors =
    failure === undefined ? outcomes.flatMap((one) => (one.result === "failed" ? [one.error] : [])) : [failure];
  const [first, ...others] = new Set(errors.map(messageOf));
  if (first === undefined) return { error: subject.mistakes[0]?.problem ?? null };
  const error = others.length === 0 ? first : `${first} (and ${others.length} more)`;
  return { error, ...causeOf(errors[0], subject.service?.arn) };
}
