import type { Report } from "../core/report.ts";
import { renderAbout } from "./about.ts";
import type { About } from "./about.ts";
import { exitCodeOf } from "./exit-code.ts";
import { getReady, makePass } from "./pass.ts";
import { renderReport, reportTitle } from "./render.ts";
import { countChanges } from "./render-changes.ts";
import type { Verb } from "./render-changes.ts";
import { dryPass, readConfiguration, scopesOf } from "./session.ts";
import type { Options, Terminal } from "./session.ts";
import { counted, printable } from "./text.ts";

export type ReconcileOptions = Options & {
  readonly force?: boolean;
  readonly newCluster?: boolean;
  readonly exitCode?: boolean;
  readonly yes?: boolean;
};

/** `plan` and `apply`: one pass, told. Returns the exit code. */
export async function runReconcile(verb: Verb, options: ReconcileOptions, terminal: Terminal): Promise<number> {
  const scopes = scopesOf(options);
  const configuration = await readConfiguration(options, terminal);
  const ready = await getReady(configuration, options, terminal);
  const { force = false, newCluster = false, yes = false } = options;
  const passOf = (dryRun: boolean) => makePass({ ...dryPass(scopes, ready.world), force, newCluster, dryRun }, ready);
  if (force)
    terminal.err(`--force: removals that the guard objects to ${verb === "plan" ? "are shown as made" : "are made"}\n`);
  if (verb === "apply" && !yes && terminal.ask !== undefined) {
    const planned = await passOf(true);
    terminal.progress("");
    if (!(await mayRemove(planned, ready.about(), terminal, terminal.ask))) return 1;
  }
  if (verb === "apply") terminal.onInterrupt(ready.left);
  const report = await passOf(verb === "plan");
  terminal.progress("");
  write(report, ready.about(), verb, options.output, terminal);
  return exitCodeOf(report, verb, options.exitCode === true);
}

/** Shows the plan and asks, where it removes anything. */
async function mayRemove(
  planned: Report,
  about: About,
  terminal: Terminal,
  ask: NonNullable<Terminal["ask"]>,
): Promise<boolean> {
  const removals = planned.services.reduce((sum, service) => sum + countChanges(service, "remove"), 0);
  if (removals === 0) return true;
  terminal.err(renderAbout(about, terminal.style) + renderReport(planned, "plan", terminal.style));
  const answer = await ask(`Apply this, and remove ${counted(removals, "instance")}? [y/N] `);
  if (/^\s*y(es)?\s*$/i.test(answer)) return true;
  terminal.err("nothing was changed\n");
  return false;
}

function write(report: Report, about: About, verb: Verb, output: Options["output"], terminal: Terminal): void {
  switch (output) {
    case "table":
      terminal.out(renderAbout(about, terminal.style) + renderReport(report, verb, terminal.style));
      return;
    case "json":
      terminal.out(`${JSON.stringify({ about, ...report }, null, 2)}\n`);
      tellProblems(report, terminal);
      return;
    default:
      output satisfies never;
  }
}

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
