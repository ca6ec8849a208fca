import { serviceName } from "../../core/model.ts";
import type { Report, ReportedHeld, ServiceReport } from "../../core/report.ts";
import { alarmOf } from "../../core/rules.ts";

/** What each of these alarms counts; rules.ts says which hold rings which. */
const KINDS = ["Failing", "Drift", "Guard", "Held", "Claims"] as const;
type Kind = (typeof KINDS)[number];

/** How much of each a full pass has found, or the last sweep, where no pass in between looks. */
export type Findings = Readonly<Record<Kind, number>>;

type Finding = {
  readonly kind: Kind;
  /** The same in every pass that finds it. */
  readonly key: string;
  /** Where sweeps alone look, at services that nobody claims: the Cloud Map namespace. */
  readonly unclaimedIn?: string;
};

/**
 * Counts what full passes find, for the alarms. The memory of one process: a new one begins anew.
 *
 * | where                          | counts                                                                       |
 * |--------------------------------|------------------------------------------------------------------------------|
 * | a service that somebody claims | in the passes that find it; drift from the second in a row, as pods come and |
 * |                                | go in every pass, and what lasts is what was found before                    |
 * | elsewhere, where only sweeps   | from the second sweep in a row that finds it until a sweep does not: a       |
 * | look                           | Service that is deleted seconds before its pods is nobody's business         |
 *
 * In a row are the sweeps over one Cloud Map namespace: of many, a sweep takes some.
 */
export function createFindings(): (report: Report, sweep: boolean) => Findings {
  let lastPass: ReadonlySet<string> | undefined;
  let lastSweep: readonly Finding[] = [];
  let standing: readonly Finding[] = [];
  return (report, sweep) => {
    const found = findingsOf(report);
    if (sweep) {
      const isElsewhere = outsideOf(report);
      const swept = found.filter(({ unclaimedIn }) => unclaimedIn !== undefined);
      const known = keysOf(lastSweep);
      standing = [
        ...standing.filter(isElsewhere),
        ...swept.filter(({ key }) => known.has(key) || lastPass?.has(key) === true),
      ];
      lastSweep = [...lastSweep.filter(isElsewhere), ...swept];
    }
    const others = found.filter(
      (finding) => !(sweep && finding.unclaimedIn !== undefined) && (!isDrift(finding) || isLasting(finding)),
    );
    lastPass = keysOf(found);
    return countKinds([...others, ...standing]);
  };

  /** Of the first pass of a process nothing is known before it: where drift lasts, a new process says so. */
  function isLasting({ key }: Finding): boolean {
    return lastPass?.has(key) ?? true;
  }
}

/** Whether it was found in a namespace that this sweep left to those that follow. */
function outsideOf({ namespaces }: Report): (finding: Finding) => boolean {
  const left = new Set(namespaces.flatMap(({ namespace, swept }) => (swept ? [] : [namespace])));
  return ({ unclaimedIn }) => unclaimedIn !== undefined && left.has(unclaimedIn);
}

function isDrift({ kind }: Finding): boolean {
  return kind === "Drift";
}

function countKinds(findings: readonly Finding[]): Findings {
  const keys = (kind: Kind) => keysOf(findings.filter((finding) => finding.kind === kind)).size;
  return Object.fromEntries(KINDS.map((kind) => [kind, keys(kind)])) as Record<Kind, number>;
}

function keysOf(findings: readonly Finding[]): ReadonlySet<string> {
  return new Set(findings.map(({ key }) => key));
}

function findingsOf({ services, errors, claims }: Report): readonly Finding[] {
  return [
    ...errors.map((error) => ({ kind: "Failing", key: `Failing ${error}` }) as const),
    ...claims.map(
      ({ reason, claim, service }) => ({ kind: "Claims", key: `Claims ${reason} ${claim} ${service ?? ""}` }) as const,
    ),
    ...services.flatMap(findingsOfService),
  ];
}

function findingsOfService(service: ServiceReport): readonly Finding[] {
  const { changes, held, error, podNamespaces } = service;
  const finding = (kind: Kind, about: string): Finding => ({
    kind,
    key: `${kind} ${serviceName(service)} ${about}`,
    ...(podNamespaces.length === 0 ? { unclaimedIn: service.namespace } : {}),
  });
  const failing = error !== null || held.some(isFailing) ? [finding("Failing", "")] : [];
  const differences = [...changes, ...held.filter(isUnderWay)].map(({ kind, id }) => finding("Drift", `${kind} ${id}`));
  const holds = held.flatMap((hold) => {
    // A tenant's claim is among the report's claims already.
    const alarm = hold.isFailure || hold.kind === "claim" ? undefined : alarmOf(hold.reason);
    return alarm === undefined ? [] : [finding(alarm, `${hold.kind} ${hold.id}`)];
  });
  return [...failing, ...differences, ...holds];
}

/** What the time did not suffice for is drift while it lasts: a first sync of many pods fails at nothing. */
function isFailing({ isFailure, reason }: ReportedHeld): boolean {
  return isFailure && reason !== "unfinished";
}

function isUnderWay({ reason }: ReportedHeld): boolean {
  return reason === "unfinished" || reason === "pending";
}
