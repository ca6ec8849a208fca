import type { Report } from "../core/report.ts";
import { renderReport } from "./render.ts";
import { countChanges } from "./render-changes.ts";
import type { Terminal } from "./session.ts";
import { counted } from "./text.ts";

/** Shows the plan and asks, where it removes anything and somebody sits there. `header`: whom it is about. */
export async function mayRemove(planned: Report, header: string, terminal: Terminal): Promise<boolean> {
  const removals = planned.services.reduce((sum, service) => sum + countChanges(service, "remove"), 0);
  if (removals === 0 || terminal.ask === undefined) return true;
  terminal.err(header + renderReport(planned, "plan", terminal.style));
  return agree(`Apply this, and remove ${counted(removals, "instance")}?`, terminal.ask, terminal);
}

/** Whether somebody says yes; no is said to have changed nothing. */
export async function agree(
  question: string,
  ask: NonNullable<Terminal["ask"]>,
  { err }: Pick<Terminal, "err">,
): Promise<boolean> {
  if (/^\s*y(es)?\s*$/i.test(await ask(`${question} [y/N] `))) return true;
  err("nothing was changed\n");
  return false;
}
