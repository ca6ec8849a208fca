import { failuresOf } from "./failures.ts";
import { renderFailure, renderMessages } from "./render.ts";
import { holderIn } from "./render-changes.ts";
import { groupHolds } from "./render-holds.ts";
import { inSync } from "./in-sync.ts";
import { renderServiceTable, reportTitle } from "./service-table.ts";
import type { ServiceStatus, Status } from "./status.ts";
import { renderTable } from "./table.ts";
import { counted, createPaint, fit, printable } from "./text.ts";
import type { Paint, Style } from "./text.ts";

/** A line a service, below it what is not as it should be, and in the end whether Cloud Map matches the pods. */
export function renderStatus(status: Status, style: Style): string {
  const paint = createPaint(style);
  const { own, shared } = failuresOf(status.services, status.errors);
  const parts = [
    ...status.services.map((service) => remarks(service, own.includes(service), paint, style)),
    ...renderMessages({ ...status, errors: [...status.errors, ...shared] }, paint),
    paint("bold", summary(status)),
  ];
  const table = status.services.length === 0 ? "" : `${overview(status.services, style)}\n\n`;
  return `${table}${fit(`${parts.filter((part) => part !== "").join("\n")}\n`, style)}`;
}

const COLUMNS = [
  { head: "service" },
  { head: "desired" },
  { head: "ours" },
  { head: "others" },
  { head: "unhealthy" },
  { head: "differs" },
  { head: "held" },
  { head: "state", isText: true },
];

function overview(services: readonly ServiceStatus[], { width }: Style): string {
  const rows = services.map((service) => ({
    service,
    cells: [
      isUnknown(service) ? "?" : service.desired,
      isUnknown(service) ? "?" : service.registered,
      service.others.reduce((sum, { instances }) => sum + instances, 0),
      service.unhealthy ?? "-",
      service.differs,
      service.held.length,
      // What is held hides nothing of what a pass would change.
      service.state === "held" && service.differs > 0 ? "differs, held" : service.state,
    ],
  }));
  return renderServiceTable(COLUMNS, rows, width);
}

/** A failed read tells no numbers. */
export function isUnknown({
  error,
  desired,
  registered,
}: Pick<ServiceStatus, "error" | "desired" | "registered">): boolean {
  return error !== null && desired + registered === 0;
}

const INSTANCE_COLUMNS = [
  { head: "instance" },
  { head: "pod", isText: true },
  { head: "zone", isText: true },
  { head: "port" },
  { head: "health", isText: true },
  { head: "owner", isText: true },
  { head: "since", isText: true },
];

function instanceTable(instances: NonNullable<ServiceStatus["instances"]>, { width }: Style): readonly string[] {
  if (instances.length === 0) return [];
  const rows = instances.map((instance) => {
    const { id, zone, port, health, owner, since } = instance;
    return [id, holderIn(instance), zone, port, health, owner, since].map((cell) => cell ?? "-");
  });
  return [renderTable(INSTANCE_COLUMNS, rows, width)];
}

function remarks(service: ServiceStatus, isOwn: boolean, paint: Paint, style: Style): string {
  const { others, held, instances = [] } = service;
  const lines = [
    ...(others.length === 0
      ? []
      : [`  others: ${others.map(({ owner, instances }) => `${instances} of ${printable(owner)}`).join(", ")}`]),
    ...groupHolds(held).map(
      (holds) => `  ${paint("yellow", `! held (${holds[0].reason}):`)} ${holds.length}; ${printable(holds[0].remedy)}`,
    ),
    ...(isOwn ? renderFailure(service, paint) : []),
    ...instanceTable(instances, style),
  ];
  return lines.length === 0 ? "" : `${paint("bold", printable(reportTitle(service)))}\n${lines.join("\n")}\n`;
}

function summary(status: Status): string {
  const { services, drift, ok } = status;
  const differences = Object.values(drift).reduce((sum, count) => sum + count, 0);
  const isHeld = services.some(({ held }) => held.length > 0);
  const steps = [
    ...(differences > 0 ? [`${counted(differences, "difference")}.`] : []),
    ...(ok ? [] : ["Something failed: see above."]),
    ...(differences > 0 || isHeld ? ["`plan` shows each, and why."] : []),
  ];
  return steps.length === 0 ? inSync(status) : steps.join(" ");
}
