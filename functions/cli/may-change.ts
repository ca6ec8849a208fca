import type { Report } from "../core/report.ts";
import { renderReport } from "./render.ts";
import { countChanges } from "./render-changes.ts";
import type { Terminal } from "./session.ts";
import { counted, fit } from "./text.ts";

/**
 * Shows the plan and asks, where somebody sits there and it removes instances, takes over somebody else's, or changes anything while
 * it is in doubt whether the cluster is the one that is meant. `header`: whom it is about; `doubt`: the reason for it.
 */
export async function mayChange(
  planned: Report,
  header: string,
  terminal: Terminal,
  doubt?: string,
): Promise<"unasked" | "agreed" | "declined"> {
  if (terminal.ask === undefined) return "unasked";
  const changes = planned.services.flatMap((service) => service.changes);
  const removals = planned.services.reduce((sum, service) => sum + countChanges(service, "remove"), 0);
  const takeOvers = changes.filter(({ reason }) => reason === "adopted").length;
  if (removals + takeOvers === 0 && (doubt === undefined || changes.length === 0)) return "unasked";
  terminal.err(header + renderReport(planned, "plan", terminal.style));
  const parts = [
    ...(takeOvers === 0 ? [] : [`take over ${counted(takeOvers, "instance")} of others`]),
    ...(removals === 0 ? [] : [`remove ${counted(removals, "instance")}`]),
  ];
  if (doubt !== undefined) terminal.err(`${fit(`warning: ${doubt}`, terminal.style)}\n`);
  const question = `Apply this${doubt === undefined ? "" : " from this cluster"}${parts.length === 0 ? "" : `, and ${parts.join(" and ")}`}?`;
  return (await agree(question, terminal.ask, terminal)) ? "agreed" : "declined";
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
