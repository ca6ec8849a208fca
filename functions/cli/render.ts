import type { Report, ServiceReport } from "../core/report.ts";
import { countChanges, countServices, KINDS, renderChanges, SIGNS } from "./render-changes.ts";
import type { Verb } from "./render-changes.ts";
import { failuresOf } from "./failures.ts";
import { renderHolds } from "./render-holds.ts";
import { renderSummary } from "./render-summary.ts";
import type { RemarkedService, Seen } from "../runtime/remarks/remarks.ts";
import { renderServiceTable, reportTitle } from "./service-table.ts";
import { createPaint, fit, printable } from "./text.ts";
import type { Paint, Style } from "./text.ts";

/**
 * The report as a person reads it: an overview, the changes with their reasons, what is held and what to do about it. `command`: what
 * would make what is planned.
 */
export function renderReport(report: Seen, verb: Verb, style: Style, command = "apply"): string {
  const paint = createPaint(style);
  const { own, shared } = failuresOf(report.services, report.errors);
  const errors = [...report.errors, ...shared];
  const parts = [
    ...report.services.map((service) => story(service, own.includes(service), verb, paint)),
    ...[...renderErrors({ errors }, paint), ...renderClaims(report, paint), ...renderWarnings(report, paint)].map(
      (line, index, all) => (index === all.length - 1 ? `${line}\n` : line),
    ),
    paint("bold", renderSummary(report, verb, command)),
  ];
  const table =
    report.services.length === 0 ? "" : `${overview(report.services, verb, style)}\n\n${fit(legend(paint), style)}\n\n`;
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
  { head: "ours" },
  { head: "others" },
  { head: "+" },
  { head: "~" },
  { head: "-" },
  { head: "held" },
  { head: "state", isText: true },
];

/** A column of others stands there where there are any. */
function overview(services: readonly RemarkedService[], verb: Verb, { width }: Style): string {
  const isShown = (head: string) => head !== "others" || services.some(({ foreign }) => foreign > 0);
  const rows = services.map((service) => {
    const cells = {
      desired: service.error !== null && service.desired === 0 ? "?" : service.desired,
      ours: service.error !== null && service.registered === 0 ? "?" : service.registered,
      others: service.foreign,
      ...Object.fromEntries(
        KINDS.map((kind) => [SIGNS[kind].sign, countServices(service, kind) + countChanges(service, kind, verb)]),
      ),
      held: service.held.length,
      state: stateOf(service, verb),
    };
    return { service, cells: Object.entries(cells).flatMap(([head, cell]) => (isShown(head) ? [cell] : [])) };
  });
  return renderServiceTable(
    COLUMNS.filter(({ head }) => isShown(head)),
    rows,
    width,
  );
}

function stateOf({ error, deleted, changes, held, empty }: RemarkedService, verb: Verb): string {
  if (error !== null || held.some(({ isFailure }) => isFailure)) return "failed";
  if (deleted === true) return "deleted";
  const found = [
    ...(changes.length === 0 ? [] : [verb === "plan" ? "differs" : "changed"]),
    ...(held.length === 0 ? [] : ["held"]),
  ];
  return found.length === 0 ? (empty ?? "in sync") : found.join(", ");
}

/** One service's changes and holds; nothing where there is nothing to tell. `isOwn`: whether it failed by something of its own. */
function story(service: ServiceReport, isOwn: boolean, verb: Verb, paint: Paint): string {
  const lines = [
    ...othersLine(service),
    ...renderChanges(service, verb, paint),
    ...renderHolds(service.held, paint),
    ...(service.deleted === true ? [`  ${paint("red", "-")} deleted this service: empty, and claimed by nobody`] : []),
    ...(isOwn ? renderFailure(service, paint) : []),
  ];
  return lines.length === 0 ? "" : `${paint("bold", printable(reportTitle(service)))}\n${lines.join("\n")}\n`;
}

function othersLine({ foreign, takeOver = 0 }: ServiceReport): readonly string[] {
  if (foreign === 0) return [];
  if (takeOver === 0) return [`  others: ${foreign}, which this configuration leaves alone`];
  if (takeOver === foreign) return [`  others: ${foreign}, to be taken over or removed`];
  return [`  others: ${foreign}, of which ${takeOver} to be taken over or removed; it leaves the rest alone`];
}

export function renderFailure({ error }: Pick<ServiceReport, "error">, paint: Paint): readonly string[] {
  return error === null ? [] : [`  ${paint("red", "failed:")} ${printable(error)}`];
}

/** What the signs mean, of the table too. */
function legend(paint: Paint): string {
  const signs = KINDS.map((kind) => `${paint(SIGNS[kind].style, SIGNS[kind].sign)} ${kind}`);
  return [...signs, `${paint("yellow", "!")} held: not made`, "ours: of this owner"].join("   ");
}
