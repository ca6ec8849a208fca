import type { Report, ReportedHeld, ServiceReport } from "../core/report.ts";
import { countChanges, renderChanges, SIGNS } from "./render-changes.ts";
import type { Kind, Verb } from "./render-changes.ts";
import { renderHolds } from "./render-holds.ts";
import { inSync } from "./remarks.ts";
import type { RemarkedService, Seen } from "./remarks.ts";
import { renderTable } from "./table.ts";
import { counted, createPaint, fit, printable } from "./text.ts";
import type { Paint, Style } from "./text.ts";

/**
 * The report as a person reads it: an overview, the changes with their reasons, what is held and what to do about it. `command`: what
 * would make what is planned.
 */
export function renderReport(report: Seen, verb: Verb, style: Style, command = "apply"): string {
  const paint = createPaint(style);
  const parts = [
    ...report.services.map((service) => story(service, report.errors, verb, paint)),
    ...[...renderErrors(report, paint), ...renderClaims(report, paint), ...renderWarnings(report, paint)].map(
      (line, index, all) => (index === all.length - 1 ? `${line}\n` : line),
    ),
    legend(report, paint),
    paint("bold", summary(report, verb, command)),
  ];
  const table = report.services.length === 0 ? "" : `${overview(report.services, verb, style)}\n\n`;
  return `${table}${fit(`${parts.filter((part) => part !== "").join("\n")}\n`, style)}`;
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
  return [...renderErrors({ errors }, paint), ...renderWarnings({ warnings }, paint)];
}

function renderErrors({ errors }: Pick<Report, "errors">, paint: Paint): readonly string[] {
  return errors.map((error) => `${paint("red", "error:")} ${printable(error)}`);
}

function renderWarnings({ warnings }: Pick<Report, "warnings">, paint: Paint): readonly string[] {
  return warnings.map((warning) => `${paint("yellow", "warning:")} ${printable(warning)}`);
}

const COLUMNS = [
  { head: "service" },
  { head: "desired" },
  { head: "registered" },
  { head: "+" },
  { head: "~" },
  { head: "-" },
  { head: "held" },
  { head: "state", isText: true },
];

function overview(services: readonly RemarkedService[], verb: Verb, { width }: Style): string {
  const rows = services.map((service) => [
    reportTitle(service),
    service.error !== null && service.desired === 0 ? "?" : service.desired,
    service.error !== null && service.registered === 0 ? "?" : service.registered,
    countChanges(service, "create"),
    countChanges(service, "update"),
    countChanges(service, "remove"),
    service.held.length,
    stateOf(service, verb),
  ]);
  return renderTable(COLUMNS, rows, width);
}

function stateOf({ error, deleted, changes, held, empty }: RemarkedService, verb: Verb): string {
  if (error !== null) return "failed";
  if (deleted === true) return "deleted";
  if (held.length > 0) return "held";
  if (changes.length === 0) return empty ?? "in sync";
  return verb === "plan" ? "differs" : "changed";
}

/** One service's changes and holds; nothing where there is nothing to tell, or it failed with what failed for all. */
function story(service: ServiceReport, errors: readonly string[], verb: Verb, paint: Paint): string {
  const lines = [
    ...(service.foreign === 0 ? [] : [`  others: ${service.foreign}, which are never touched`]),
    ...renderChanges(service, verb, paint),
    ...renderHolds(service.held, paint),
    ...(service.deleted === true ? [`  ${paint("red", "-")} deleted this service: empty, and claimed by nobody`] : []),
    ...renderFailure(service, errors, paint),
  ];
  return lines.length === 0 ? "" : `${paint("bold", printable(reportTitle(service)))}\n${lines.join("\n")}\n`;
}

/** Nothing where the failure is among those of the whole. */
export function renderFailure(
  { error }: Pick<ServiceReport, "error">,
  errors: readonly string[],
  paint: Paint,
): readonly string[] {
  return error === null || errors.includes(error) ? [] : [`  ${paint("red", "failed:")} ${printable(error)}`];
}

/** What the signs mean that were used. */
function legend({ services }: Report, paint: Paint): string {
  const signs = (["create", "update", "remove"] as const).flatMap((kind) =>
    services.some((service) => countChanges(service, kind) > 0)
      ? [`${paint(SIGNS[kind].style, SIGNS[kind].sign)} ${kind}`]
      : [],
  );
  const held = services.some((service) => service.held.length > 0) ? [`${paint("yellow", "!")} held: not made`] : [];
  const all = [...signs, ...held];
  return all.length === 0 ? "" : `${all.join("   ")}\n`;
}

function summary(report: Seen, verb: Verb, command: string): string {
  const { services, ok, warnings } = report;
  const held = services.reduce((sum, service) => sum + service.held.length, 0);
  const changes = services.reduce((sum, service) => sum + service.changes.length, 0);
  const steps = [
    ...(ok ? [] : ["Something failed: see above, correct it and run this again."]),
    ...(verb === "plan" && changes > 0 ? [offer(changes, warnings, command)] : []),
    ...(held > 0 ? ["The line under each `!` says what releases it."] : []),
  ];
  const counts = `${countsOf(services, verb)}${withoutPolicy(services)}`;
  if (changes + held > 0) return [`${counts}${held === 0 ? "" : `, ${held} held`}.`, ...steps].join(" ");
  return [...(ok ? [command === "destroy" ? "Nothing to remove." : inSync(report)] : []), ...steps].join(" ");
}

/** `Plan: 2 to create, 1 to update, 0 to remove`; of changes that failed, none counts. */
function countsOf(services: readonly ServiceReport[], verb: Verb): string {
  const made = services.map((service) => ({
    changes: service.changes.filter(({ error }) => verb === "plan" || error === undefined),
  }));
  const count = (kind: Kind) => made.reduce((sum, one) => sum + countChanges(one, kind), 0);
  const [create, update, remove] = [count("create"), count("update"), count("remove")];
  return verb === "plan"
    ? `Plan: ${create} to create, ${update} to update, ${remove} to remove`
    : `Applied: ${create} created, ${update} updated, ${remove} removed`;
}

/** What a policy that forbids every change holds, as a plan without it would count it. */
function withoutPolicy(services: readonly ServiceReport[]): string {
  const held = services.flatMap((service) =>
    service.held.filter(({ reason, remedy }) => reason === "policy" && remedy.startsWith("the policy is dry-run")),
  );
  const count = (isWanted: (hold: ReportedHeld) => boolean) => held.filter(isWanted).length;
  const [create, remove] = [count(({ why }) => why === "missing"), count(({ kind }) => kind === "deregister")];
  const counts = [
    ["create", create],
    ["update", held.length - create - remove],
    ["remove", remove],
  ] as const;
  const told = counts.flatMap(([word, many]) => (many === 0 ? [] : [`${word} ${many}`]));
  return held.length === 0 ? "" : `; would ${told.join(", ")} (held: the policy is dry-run)`;
}

function offer(changes: number, warnings: readonly string[], command: string): string {
  const isForced = warnings.some((warning) => warning.startsWith("forced:"));
  const which = changes === 1 ? "this change" : `these ${counted(changes, "change")}`;
  return `\`${command}${isForced ? " --force" : ""}\` would make ${which}.`;
}

/** As it is written on the command line; a claim may name no namespace. */
export function reportTitle({ namespace, service }: Pick<ServiceReport, "namespace" | "service">): string {
  return namespace === "" ? service : `${namespace}/${service}`;
}
