import { boundAll } from "./bounded.ts";
import { messageOf } from "./errors.ts";
import { differencesOf } from "./differences.ts";
import type { Differences } from "./differences.ts";
import { byText, podName } from "./model.ts";
import type { Change, ClaimProblem, DeregisterReason, Held, HeldReason, RegisterReason, ServiceKind } from "./model.ts";
import type { Plan } from "./plan.ts";
import type { Outcome } from "./ports.ts";
import type { Subject } from "./resolve.ts";
import { holdChange, isFailure } from "./rules.ts";
import type { Decided } from "./rules.ts";

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
  /** Instances that are not ours; of a service that could not be read, none are known. */
  readonly foreign: number;
  /** What the service was created as, or in a dry run is to be created as. */
  readonly creates?: ServiceKind;
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
  readonly why: Change["reason"] | null;
  readonly pod: string | null;
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

/** `instances`: how many it held when its services were listed, whoever registered them: its quota is of them all. */
export type ReportedNamespace = { readonly namespace: string; readonly instances: number };

/** `owner`: the value that they carry; `cluster`: the UID of the namespace kube-system there. */
export type OtherCluster = { readonly cluster: string; readonly owner: string; readonly instances: number };

export type ReportedOtherCluster = OtherCluster & { readonly remedy: string };

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

type Parts = {
  readonly version: string;
  /** Sorted. */
  readonly results: readonly Result[];
  readonly claims: readonly ClaimProblem[];
  readonly others: readonly OtherCluster[];
  readonly namespaces: readonly ReportedNamespace[];
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  readonly request: { readonly dryRun: boolean };
};

/** Of a pass that could not even begin. */
export function failedReport(version: string, error: Error): Report {
  const nothing = { results: [], claims: [], others: [], namespaces: [], warnings: [], request: { dryRun: false } };
  return reportOf({ ...nothing, version, errors: [messageOf(error)] });
}

/** The only place where plan and outcome meet. Every text in it is bounded. */
export function reportOf({ version, results, claims, others, namespaces, errors, warnings, request }: Parts): Report {
  const services = results.map((result) => serviceReport(result, request.dryRun)).filter(isWorthALine);
  const held = results.flatMap(({ decided }) => decided?.held ?? []);
  return boundAll({
    version,
    services,
    drift: driftOf(results.flatMap(({ first }) => first ?? [])),
    claims: uniqueClaims([...claims.map(reportedClaim), ...held.flatMap(heldClaim)]),
    otherClusters: others.map((other) => ({ ...other, remedy: otherRemedy(other) })),
    namespaces,
    errors,
    warnings: [...warnings, ...others.map(otherRemedy)],
    ok: errors.length === 0 && services.every((one) => one.error === null && !one.held.some((hold) => hold.isFailure)),
  });
}

function serviceReport(result: Result, dryRun: boolean): ServiceReport {
  const { subject, plan, decided, outcomes, failure, before } = result;
  const podNamespaces = [...new Set(subject.mappings.map(({ pods }) => pods.namespace))].toSorted();
  const about = { ...subject.key, podNamespaces };
  const claims = [...subject.problems, ...subject.mistakes].map(heldProblem);
  const deleted = result.isDeleted === true ? { deleted: true as const } : {};
  const mistake = subject.mistakes[0]?.problem;
  const error = errorOf(failure, outcomes) ?? mistake ?? null;
  if (plan === undefined || decided === undefined) {
    const held = [...claims, ...(result.isUnseen === true ? [unseen(subject)] : [])].map(reportedHeld);
    return { ...about, desired: 0, registered: before, foreign: 0, changes: [], held, ...deleted, error };
  }
  const changes = dryRun
    ? plannedChanges(plan, decided)
    : outcomes.filter(({ result: how }) => how === "done" || how === "failed").map((one) => reportedChange(one, false));
  const isCreated = changes.some(({ kind, error: problem }) => kind === "register" && problem === undefined);
  const creates = isCreated && result.creates !== undefined ? { creates: result.creates } : {};
  const unmade = dryRun ? [] : unmadeOf(result, decided);
  return {
    ...about,
    desired: plan.desired,
    registered: dryRun ? plan.ours.length : countRegistered(plan.ours, result.last),
    foreign: plan.foreign,
    ...creates,
    changes: changes.toSorted((a, b) => byText(a.id, b.id) || byText(a.kind, b.kind)),
    held: [...claims, ...decided.held, ...unmade]
      .map(reportedHeld)
      .toSorted((a, b) => byText(a.id, b.id) || byText(a.kind, b.kind)),
    ...deleted,
    error,
  };
}

function plannedChanges({ proposals }: Plan, { changes }: Decided): readonly ReportedChange[] {
  const observed = new Map(proposals.map(({ change, instance }) => [change, instance?.attributes]));
  return changes.map((change) => {
    const planned = reportedChange({ change, result: "done", at: 0 }, true);
    if (change.kind !== "register") return planned;
    return { ...planned, attributes: differencesOf(observed.get(change), change.attributes, change.keys) };
  });
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
    pod: change.pod === undefined ? null : podName(change.pod),
    ...(change.kind === "register" && change.keys.length > 0 ? { keys: change.keys } : {}),
    ...(change.kind === "register" && change.reason === "missing" && outcome.result === "done" && !dryRun
      ? { seconds: Math.max(0, (outcome.at - Date.parse(change.since)) / 1000) }
      : {}),
    ...(outcome.result === "failed" ? { error: messageOf(outcome.error) } : {}),
  };
}

/** Changes of the last look that were not made, and what was accepted and still runs. */
function unmadeOf({ outcomes, last, waiting, failure }: Result, { changes }: Decided): readonly Held[] {
  const pending = outcomes.filter(({ result }) => result === "pending").map(({ change }) => change);
  const full = last.filter(({ result }) => result === "quota").map(({ change }) => change);
  const known = new Set([...pending, ...waiting.flatMap(({ change }) => change ?? [])].map(keyOf));
  for (const { change, result } of last) if (result !== "not-begun") known.add(keyOf(change));
  const why = failure === undefined ? "the time was up" : "something failed before its turn";
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

/** One kind of change of one instance. */
export function keyOf({ kind, id }: Pick<Change, "kind" | "id">): string {
  return `${kind} ${id}`;
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
  const about = { kind, id, reason, why: change?.reason ?? null, pod: pod === undefined ? null : podName(pod) };
  return { ...about, remedy, isFailure: isFailure(held) };
}

function reportedClaim({ reason, claim, from, service, problem }: ClaimProblem): ReportedClaim {
  return { reason, claim, from, service: service ?? null, problem };
}

/** What a look found wrong with a tenant's claim: pods in doubt, and pods that cannot be instances. */
function heldClaim({ reason, kind, id, pod, remedy, isOperators }: Held): readonly ReportedClaim[] {
  if (isOperators !== false || (reason !== "ambiguous" && reason !== "invalid")) return [];
  const claim = kind === "claim" || pod === undefined ? id : `Pod ${podName(pod)}`;
  return [{ reason, claim, from: pod?.namespace ?? "", service: null, problem: remedy }];
}

function uniqueClaims(claims: readonly ReportedClaim[]): readonly ReportedClaim[] {
  const distinct = new Map(claims.map((claim) => [JSON.stringify([claim.reason, claim.claim, claim.service]), claim]));
  return [...distinct.values()].toSorted((a, b) => byText(a.from, b.from) || byText(a.claim, b.claim));
}

function otherRemedy({ cluster, owner, instances }: OtherCluster): string {
  return `${instances} instances of owner ${owner} from cluster ${cluster} are left alone; if that cluster is gone, add it to the document: previousClusters: ["${cluster}"]`;
}

function errorOf(failure: Error | undefined, outcomes: readonly Outcome[]): string | undefined {
  if (failure !== undefined) return messageOf(failure);
  const failed = outcomes.flatMap((outcome) => (outcome.result === "failed" ? [messageOf(outcome.error)] : []));
  const [first, ...others] = new Set(failed);
  return first === undefined || others.length === 0 ? first : `${first} (and ${others.length} more)`;
}

/** Services that nobody claims and where nothing of ours is are not worth a line. */
function isWorthALine({ podNamespaces, changes, held, registered, error, deleted }: ServiceReport): boolean {
  return podNamespaces.length + changes.length + held.length + registered > 0 || error !== null || deleted === true;
}

function driftOf(plans: readonly Plan[]): Drift {
  const drift = { missing: 0, stale: 0, changed: 0, health: 0 };
  for (const { proposals, held } of plans) {
    for (const { change } of proposals) drift[driftKind(change)] += 1;
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
