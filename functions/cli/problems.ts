import type { Report } from "../core/report.ts";
import { reportTitle } from "./service-table.ts";
import type { Terminal } from "./session.ts";
import { printable } from "./text.ts";

/** What a person should see even where standard output goes into another program. */
export function tellProblems(
  {
    warnings,
    errors,
    services,
  }: Pick<Report, "warnings" | "errors"> & {
    readonly services: readonly Pick<Report["services"][number], "namespace" | "service" | "error">[];
  },
  terminal: Terminal,
): void {
  for (const warning of warnings) terminal.err(`warning: ${printable(warning)}\n`);
  for (const error of errors) terminal.err(`error: ${printable(error)}\n`);
  for (const service of services)
    if (service.error !== null && !errors.includes(service.error))
      terminal.err(`error: ${printable(`${reportTitle(service)}: ${service.error}`)}\n`);
}
