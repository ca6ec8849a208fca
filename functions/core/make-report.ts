import { boundAll } from "./bounded.ts";
import type { Change, Held } from "./change.ts";
import { messageOf } from "./errors.ts";
import { byText, podName } from "./model.ts";
import type { ClaimProblem } from "./claim-problem.ts";
import type { Plan } from "./plan.ts";
import { serviceReport } from "./report-service.ts";
import type { PassEnd, Result } from "./report-service.ts";
import type { Drift, OtherCluster, Report, ReportedClaim, ReportedNamespace, ServiceReport } from "./report.ts";

type Parts = {
  readonly version: string;
  /** Sorted. */
  readonly results: readonly Result[];
  readonly claims: readonly ClaimProblem[];
  readonly others: readonly OtherCluster[];
  readonly namespaces: readonly ReportedNamespace[];
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  readonly pass: PassEnd;
};

/** Of a pass that could not even begin. */
export function failedReport(version: string, error: Error): Report {
  const nothing = {
    results: [],
    claims: [],
    others: [],
    namespaces: [],
    warnings: [],
    pass: { dryRun: false, isLate: false },
  };
  return reportOf({ ...nothing, version, errors: [messageOf(error)] });
}

/** Every text in it is bounded. */
export function reportOf({ version, results, claims, others, namespaces, errors, warnings, pass }: Parts): Report {
  const services = results.map((result) => serviceReport(result, pass)).filter(isWorthALine);
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

function reportedClaim({ reason, claim, from, service, problem }: ClaimProblem): ReportedClaim {
  return { reason, claim, from, service: service ?? null, problem };
}

/** What a look found wrong with a tenant's claim: pods in doubt, and pods that cannot be instances. */
function heldClaim({ reason, kind, id, pod, remedy, isOperators }: Held): readonly ReportedClaim[] {
  if (isOperators !== false || (reason !== "ambiguous" && reason !== "invalid")) return [];
  const claim =
    kind === "claim" || pod === undefined ? id : pod.kind === undefined ? `Pod ${podName(pod)}` : podName(pod);
  return [{ reason, claim, from: pod?.namespace ?? "", service: null, problem: remedy }];
}

function uniqueClaims(claims: readonly ReportedClaim[]): readonly ReportedClaim[] {
  const distinct = new Map(claims.map((claim) => [JSON.stringify([claim.reason, claim.claim, claim.service]), claim]));
  return [...distinct.values()].toSorted((a, b) => byText(a.from, b.from) || byText(a.claim, b.claim));
}

function otherRemedy({ cluster, owner, instances }: OtherCluster): string {
  return `${instances} instances of owner ${owner} from cluster ${cluster} are left alone; if that cluster is gone, add it to the document: previousClusters: ["${cluster}"]`;
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
