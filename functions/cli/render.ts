import { byText } from "../core/model.ts";
import type { Report, ReportedChange, ServiceReport } from "../core/report.ts";
import { renderHolds } from "./render-holds.ts";
import { renderTable } from "./table.ts";
import { counted, createPaint, fit, printable } from "./text.ts";
import type { Paint, Style } from "./text.ts";

export type Verb = "plan" | "apply";

/** Changes of one kind that a service's story tells; the rest is counted. JSON has them all. */
const CHANGES_SHOWN = 25;

/** The report as a person reads it: an overview, the changes with their reasons, what is held and what to do about it. */
export function renderReport(report: Report, verb: Verb, style: Style): string {
  const paint = createPaint(style);
  const parts = [
    report.services.length === 0 ? "" : overview(report.services, verb),
    ...report.services.map((service) => story(service, report.errors, verb, paint)),
    ...renderClaims(report, paint),
    ...renderMessages(report, paint),
    paint("bold", summary(report, verb)),
  ];
  return fit(`${parts.filter((part) => part !== "").join("\n")}\n`, style);
}

/** What is wrong with claims that no service shows: those that name none. */
function renderClaims({ claims, services }: Report, paint: Paint): readonly string[] {
  const told = new Set(services.flatMap(({ held }) => held.map(({ remedy }) => remedy)));
  return claims
    .filter(({ problem }) => !told.has(problem))
    .map(
      ({ reason, claim, problem }) => `${paint("yellow", `! held (${reason}):`)} ${printable(`${claim}: ${problem}`)}`,
    );
}

/** What concerns no single service. */
export function renderMessages(
  { warnings, errors }: Pick<Report, "warnings" | "errors">,
  paint: Paint,
): readonly string[] {
  return [
    ...warnings.map((warning) => `${paint("yellow", "warning:")} ${printable(warning)}`),
    ...errors.map((error) => `${paint("red", "error:")} ${printable(error)}`),
  ];
}

function overview(services: readonly ServiceReport[], verb: Verb): string {
  const rows = services.map((service) => {
    const count = (kind: ReportedChange["kind"]) => service.changes.filter((change) => change.kind === kind).length;
    return {
      service: nameOf(service),
      desired: service.error !== null && service.desired === 0 ? "?" : service.desired,
      registered: service.error !== null && service.registered === 0 ? "?" : service.registered,
      "+": count("register"),
      "-": count("deregister"),
      "~": count("set-health"),
      held: service.held.length,
      state: stateOf(service, verb),
    };
  });
  return renderTable(["service", "desired", "registered", "+", "-", "~", "held", "state"], ["service", "state"], rows);
}

function stateOf({ error, deleted, changes, held }: ServiceReport, verb: Verb): string {
  if (error !== null) return "failed";
  if (deleted === true) return "deleted";
  if (held.length > 0) return "held";
  if (changes.length === 0) return "true";
  return verb === "plan" ? "differs" : "changed";
}

/** One service's changes and holds; nothing where there is nothing to tell, or it failed with what failed for all. */
function story(service: ServiceReport, errors: readonly string[], verb: Verb, paint: Paint): string {
  const lines = [
    ...changeLines(service.changes, verb, paint),
    ...renderHolds(service.held, paint),
    ...(service.deleted === true ? ["  deleted: empty, and claimed by nobody"] : []),
    ...renderFailure(service, errors, paint),
  ];
  return lines.length === 0 ? "" : `${paint("bold", printable(nameOf(service)))}\n${lines.join("\n")}\n`;
}

/** Nothing where the failure is among those of the whole. */
export function renderFailure(
  { error }: Pick<ServiceReport, "error">,
  errors: readonly string[],
  paint: Paint,
): readonly string[] {
  return error === null || errors.includes(error) ? [] : [`  ${paint("red", "failed:")} ${printable(error)}`];
}

function changeLines(changes: readonly ReportedChange[], verb: Verb, paint: Paint): readonly string[] {
  const byKind = Map.groupBy(changes, ({ kind, error }) => `${kind} ${error === undefined ? "" : "failed"}`);
  const hidden = new Set([...byKind.values()].flatMap((group) => group.slice(CHANGES_SHOWN)));
  const shown = changes.filter((change) => !hidden.has(change));
  return [
    ...shown.map((change) => `  ${changeLine(change, verb, paint)}`),
    ...[...byKind]
      .filter(([, group]) => group.length > CHANGES_SHOWN)
      .toSorted(([a], [b]) => byText(a, b))
      .map(([kind, group]) => `  … and ${group.length - CHANGES_SHOWN} more to ${kind.trim()} (--output json has all)`),
  ];
}

function changeLine(change: ReportedChange, verb: Verb, paint: Paint): string {
  const { sign, style, coming, done } = SIGNS[change.kind];
  const word = verb === "apply" && change.error === undefined ? done : coming;
  const pod = change.pod === null ? "" : ` (${change.pod})`;
  const failed = change.error === undefined ? "" : ` ${paint("red", "failed:")} ${printable(change.error)}`;
  return `${paint(style, sign)} ${word} ${printable(`${change.id}${pod}: ${reasonOf(change)}`)}${failed}`;
}

const SIGNS = {
  register: { sign: "+", style: "green", coming: "register", done: "registered" },
  deregister: { sign: "-", style: "red", coming: "remove", done: "removed" },
  "set-health": { sign: "~", style: "yellow", coming: "set health of", done: "set health of" },
} as const;

function reasonOf({ kind, reason, keys }: ReportedChange): string {
  const differing = keys === undefined ? "" : ` (${keys.join(", ")})`;
  switch (reason) {
    case "missing":
      return "ready, and not registered yet";
    case "drifted":
      return `its attributes differ${differing}`;
    case "adopted":
      return `taken over${differing}`;
    case "pod-gone":
      return "its pod is gone";
    case "pod-not-ready":
      return kind === "set-health" ? "unhealthy, its pod is not ready" : "its pod is not ready";
    case "ready":
      return "healthy, its pod is ready";
    case "unselected":
      return "its pod lives on, but no mapping chooses it";
    case "service-gone":
      return "the Service of its export is gone";
    case "unmapped":
      return "no mapping names this service any more";
    case "replaced":
      return "its pod is registered under another id";
    default:
      return reason satisfies never;
  }
}

function summary(report: Report, verb: Verb): string {
  return `${renderDrift(report.drift, report.ok)}. ${nextStep(report, verb)}`;
}

/** `Drift: 3 (2 missing, 1 stale)`. What could not be read may hide some. */
export function renderDrift(drift: Report["drift"], ok: boolean): string {
  const total = Object.values(drift).reduce((sum, count) => sum + count, 0);
  const parts = Object.entries(drift).flatMap(([kind, count]) => (count === 0 ? [] : [`${count} ${kind}`]));
  if (total === 0) return ok ? "No drift" : "No drift seen";
  return `Drift: ${total} (${parts.join(", ")})`;
}

function nextStep({ services, drift, warnings, ok }: Report, verb: Verb): string {
  const isForced = warnings.some((warning) => warning.startsWith("forced:"));
  const changes = services.reduce((sum, service) => sum + service.changes.length, 0);
  const reasons = new Set(services.flatMap(({ held }) => held.map(({ reason }) => reason)));
  const steps = [
    ...(ok ? [] : ["Something failed: see above, mend it and run this again."]),
    ...(verb === "plan" && changes > 0
      ? [
          `\`apply${isForced ? " --force" : ""}\` would make ${changes === 1 ? "this change" : `these ${changes} changes`}.`,
        ]
      : []),
    ...(verb === "apply" && ok && changes > 0 ? [`${counted(changes, "change")} made.`] : []),
    ...(reasons.has("guard") ? ["If the removals that the guard holds are meant, add --force."] : []),
    ...(reasons.size > 0 && !reasons.has("guard") ? ["See what is held, and the remedy below it."] : []),
  ];
  if (steps.length > 0) return steps.join(" ");
  return Object.values(drift).some(Boolean) ? "Nothing can be done about it now." : "Cloud Map is as the pods ask for.";
}

/** As it is written on the command line; a claim may name no namespace. */
export function nameOf({ namespace, service }: Pick<ServiceReport, "namespace" | "service">): string {
  return namespace === "" ? service : `${namespace}/${service}`;
}
