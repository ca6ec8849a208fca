import { styleText } from "node:util";
import { Table } from "console-table-printer";
import type { Report, ReportedChange, ReportedHeld, ServiceReport } from "../core/report.ts";

export type Verb = "plan" | "apply";

/** How loud a piece of text is. On anything but a terminal, everything is plain. */
type Paint = (style: "green" | "yellow" | "red" | "bold" | "dim", text: string) => string;

/** The report as a person reads it: an overview, the changes with their reasons, what is held and what to do about it. */
export function renderReport(report: Report, verb: Verb, isColoured: boolean): string {
  const paint: Paint = (style, text) => (isColoured ? styleText(style, text, { validateStream: false }) : text);
  const parts = [
    report.services.length === 0 ? "" : overview(report.services, verb),
    ...report.services.map((service) => story(service, verb, paint)),
    ...report.warnings.map((warning) => `${paint("yellow", "warning:")} ${printable(warning)}`),
    ...report.errors.map((error) => `${paint("red", "error:")} ${printable(error)}`),
    paint("bold", summary(report, verb)),
  ];
  return `${parts.filter((part) => part !== "").join("\n")}\n`;
}

function overview(services: readonly ServiceReport[], verb: Verb): string {
  const [registers, removals] = verb === "plan" ? ["to register", "to remove"] : ["registers", "removals"];
  const columns = ["service", "pods ask for", "registered", registers, removals, "health", "held", "state"];
  const table = new Table({
    shouldDisableColors: true,
    columns: columns.map((name) => ({ name, alignment: name === "service" || name === "state" ? "left" : "right" })),
  });
  for (const service of services) {
    const count = (kind: ReportedChange["kind"]) => service.changes.filter((change) => change.kind === kind).length;
    table.addRow({
      service: printable(nameOf(service)),
      "pods ask for": service.error !== null && service.desired === 0 ? "?" : service.desired,
      registered: service.error !== null && service.registered === 0 ? "?" : service.registered,
      [registers]: count("register"),
      [removals]: count("deregister"),
      health: count("set-health"),
      held: service.held.length,
      state: stateOf(service, verb),
    });
  }
  return table.render();
}

function stateOf({ error, deleted, changes, held }: ServiceReport, verb: Verb): string {
  if (error !== null) return "failed";
  if (deleted === true) return "deleted";
  if (held.length > 0) return "held";
  if (changes.length === 0) return "true";
  return verb === "plan" ? "differs" : "changed";
}

/** One service's changes and holds; nothing where there is nothing to tell. */
function story(service: ServiceReport, verb: Verb, paint: Paint): string {
  const lines = [
    ...service.changes.map((change) => `  ${changeLine(change, verb, paint)}`),
    ...groupHolds(service.held).flatMap((holds) => holdLines(holds, paint)),
    ...(service.deleted === true ? ["  deleted: empty, and claimed by nobody"] : []),
    ...(service.error === null ? [] : [`  ${paint("red", "failed:")} ${printable(service.error)}`]),
  ];
  return lines.length === 0 ? "" : `${paint("bold", printable(nameOf(service)))}\n${lines.join("\n")}\n`;
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
    case "unmapped":
      return "no mapping names this service any more";
    case "replaced":
      return "its pod is registered under another id";
    default:
      return reason satisfies never;
  }
}

/** Holds of one reason and remedy are told once, with what they concern. */
function groupHolds(held: readonly ReportedHeld[]): readonly (readonly [ReportedHeld, ...ReportedHeld[]])[] {
  const groups = new Map<string, [ReportedHeld, ...ReportedHeld[]]>();
  for (const hold of held) {
    const key = JSON.stringify([hold.kind, hold.reason, hold.remedy]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [hold]);
    else group.push(hold);
  }
  return [...groups.values()];
}

const HELD_WORDS: Readonly<Record<ReportedHeld["kind"], string>> = {
  register: "registering",
  deregister: "removing",
  "set-health": "setting the health of",
  claim: "the claim of",
};

const HELD_SHOWN = 10;

function holdLines(holds: readonly [ReportedHeld, ...ReportedHeld[]], paint: Paint): readonly string[] {
  const [first] = holds;
  const names = holds.slice(0, HELD_SHOWN).map(({ id, pod }) => (pod === null ? id : `${id} (${pod})`));
  const more = holds.length > HELD_SHOWN ? ` and ${holds.length - HELD_SHOWN} more` : "";
  return [
    `  ${paint("yellow", `! held (${first.reason}):`)} ${HELD_WORDS[first.kind]} ${printable(names.join(", "))}${more}`,
    `      ${printable(first.remedy)}`,
  ];
}

function summary({ services, drift, ok }: Report, verb: Verb): string {
  const total = Object.values(drift).reduce((sum, count) => sum + count, 0);
  const parts = Object.entries(drift).flatMap(([kind, count]) => (count === 0 ? [] : [`${count} ${kind}`]));
  const told = total === 0 ? "No drift" : `Drift: ${total} (${parts.join(", ")})`;
  return `${told}. ${nextStep(services, total, ok, verb)}`;
}

function nextStep(services: readonly ServiceReport[], drift: number, ok: boolean, verb: Verb): string {
  const changes = services.reduce((sum, service) => sum + service.changes.length, 0);
  const reasons = new Set(services.flatMap(({ held }) => held.map(({ reason }) => reason)));
  const steps = [
    ...(ok ? [] : ["Something failed: see above, mend it and run this again."]),
    ...(verb === "plan" && changes > 0
      ? [`\`apply\` would make ${changes === 1 ? "this change" : `these ${changes} changes`}.`]
      : []),
    ...(verb === "apply" && ok && changes > 0 ? [`${changes === 1 ? "1 change" : `${changes} changes`} made.`] : []),
    ...(reasons.has("guard") ? ["If the removals that the guard holds are meant, add --force."] : []),
    ...(reasons.size > 0 && !reasons.has("guard") ? ["See what is held, and the remedy below it."] : []),
  ];
  if (steps.length > 0) return steps.join(" ");
  return drift === 0 ? "Cloud Map is as the pods ask for." : "Nothing can be done about it now.";
}

function nameOf({ namespace, service }: ServiceReport): string {
  return namespace === "" ? service : `${namespace}/${service}`;
}

/** Messages carry what servers and tenants wrote; nothing in them may steer a terminal. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, " ");
}
