import type { Report } from "../core/report.ts";
import { failuresOf } from "./failures.ts";
import type { Failing } from "./failures.ts";
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
    readonly services: readonly Failing[];
  },
  terminal: Terminal,
): void {
  for (const warning of warnings) terminal.err(`warning: ${printable(warning)}\n`);
  for (const error of errors) terminal.err(`error: ${printable(error)}\n`);
  const { own, shared } = failuresOf(services, errors);
  for (const service of own) terminal.err(`error: ${printable(`${reportTitle(service)}: ${service.error}`)}\n`);
  for (const failure of shared) terminal.err(`error: ${printable(failure)}\n`);
}
