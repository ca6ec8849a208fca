import { reconcile } from "../core/reconcile.ts";
import type { Report } from "../core/report.ts";
import { exitCodeOf } from "./exit-code.ts";
import { followPass } from "./follow.ts";
import { reportTitle, renderReport } from "./render.ts";
import type { Verb } from "./render-changes.ts";
import { dryPass, openWorld, readConfiguration, scopeOf } from "./session.ts";
import type { Options, Terminal } from "./session.ts";
import { printable } from "./text.ts";

export type ReconcileOptions = Options & {
  readonly force?: boolean;
  readonly newCluster?: boolean;
  readonly exitCode?: boolean;
};

/** `plan` and `apply`: one pass, told. Returns the exit code. */
export async function runReconcile(verb: Verb, options: ReconcileOptions, terminal: Terminal): Promise<number> {
  const scope = scopeOf(options);
  const configuration = await readConfiguration(options, terminal);
  const { world, left } = followPass(await openWorld(configuration, options, terminal), terminal.progress);
  if (verb === "apply") terminal.onInterrupt(left);
  const { force = false, newCluster = false } = options;
  if (force)
    terminal.err(`--force: removals that the guard objects to ${verb === "plan" ? "are shown as made" : "are made"}\n`);
  const report = await reconcile({ ...dryPass(scope, world), force, newCluster, dryRun: verb === "plan" }, world);
  terminal.progress("");
  write(report, verb, options.output, terminal);
  return exitCodeOf(report, verb, options.exitCode === true);
}

function write(report: Report, verb: Verb, output: Options["output"], terminal: Terminal): void {
  switch (output) {
    case "table":
      terminal.out(renderReport(report, verb, terminal.style));
      return;
    case "json":
      terminal.out(`${JSON.stringify(report, null, 2)}\n`);
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
