import { nameOf, renderDrift, renderFailure, renderMessages } from "./render.ts";
import { groupHolds } from "./render-holds.ts";
import type { ServiceStatus, Status } from "./status.ts";
import { renderTable } from "./table.ts";
import { createPaint, fit, printable } from "./text.ts";
import type { Paint, Style } from "./text.ts";

/** A line a service, below it what is not as it should be, and in the end whether Cloud Map is true. */
export function renderStatus(status: Status, style: Style): string {
  const paint = createPaint(style);
  const parts = [
    status.services.length === 0 ? "" : overview(status.services),
    ...status.services.map((service) => remarks(service, status.errors, paint)),
    ...renderMessages(status, paint),
    paint("bold", summary(status)),
  ];
  return fit(`${parts.filter((part) => part !== "").join("\n")}\n`, style);
}

function overview(services: readonly ServiceStatus[]): string {
  const rows = services.map((service) => ({
    service: nameOf(service),
    desired: isUnknown(service) ? "?" : service.desired,
    registered: isUnknown(service) ? "?" : service.registered,
    unhealthy: service.unhealthy ?? "-",
    differs: service.differs,
    held: service.held.length,
    others: service.others.reduce((sum, { instances }) => sum + instances, 0),
    state: stateOf(service),
  }));
  return renderTable(
    ["service", "desired", "registered", "unhealthy", "differs", "held", "others", "state"],
    ["service", "state"],
    rows,
  );
}

/** A failed read tells no numbers. */
function isUnknown({ error, desired, registered }: ServiceStatus): boolean {
  return error !== null && desired + registered === 0;
}

function stateOf({ error, held, differs }: ServiceStatus): string {
  if (error !== null) return "failed";
  if (held.length > 0) return "held";
  return differs > 0 ? "differs" : "true";
}

function remarks(service: ServiceStatus, errors: readonly string[], paint: Paint): string {
  const { others, held } = service;
  const lines = [
    ...(others.length === 0
      ? []
      : [`  others: ${others.map(({ owner, instances }) => `${instances} of ${printable(owner)}`).join(", ")}`]),
    ...groupHolds(held).map(
      (holds) => `  ${paint("yellow", `! held (${holds[0].reason}):`)} ${holds.length}; ${printable(holds[0].remedy)}`,
    ),
    ...renderFailure(service, errors, paint),
  ];
  return lines.length === 0 ? "" : `${paint("bold", printable(nameOf(service)))}\n${lines.join("\n")}\n`;
}

function summary({ services, drift, ok }: Status): string {
  const differs = services.some((service) => service.differs + service.held.length > 0);
  const steps = [
    ...(ok ? [] : ["Something failed: see above."]),
    ...(differs ? ["`plan` tells each difference, and why."] : []),
  ];
  return `${renderDrift(drift, ok)}. ${steps.length === 0 ? "Cloud Map is as the pods ask for." : steps.join(" ")}`;
}
