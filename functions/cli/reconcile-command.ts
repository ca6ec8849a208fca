import { InputError } from "../core/errors.ts";
import type { Report } from "../core/report.ts";
import { parseEnvironment } from "../runtime/configuration/environment.ts";
import { renderAbout } from "./about.ts";
import type { About } from "./about.ts";
import { exitCodeOf } from "./exit-code.ts";
import { agree, mayChange } from "./may-change.ts";
import { getReady, makePass } from "./pass.ts";
import type { Ready } from "./pass.ts";
import { tellProblems } from "./problems.ts";
import { renderReport } from "./render.ts";
import type { Verb } from "./render-changes.ts";
import { dryPass, readConfiguration, scopesOf } from "./session.ts";
import type { Options, Terminal } from "./session.ts";
import { fit } from "./text.ts";
import { whyUnvouched } from "./unvouched.ts";

export type ReconcileOptions = Options & {
  readonly force?: boolean;
  readonly newCluster?: boolean;
  readonly exitCode?: boolean;
  readonly yes?: boolean;
  readonly follow?: boolean;
};

/** `plan` and `apply`: one pass, told. Returns the exit code. */
export async function runReconcile(verb: Verb, options: ReconcileOptions, terminal: Terminal): Promise<number> {
  const scopes = scopesOf(options);
  refuseBesideFollow(options);
  const configuration = await readConfiguration(options, terminal);
  const ready = await getReady(configuration, options, terminal);
  const { force = false, newCluster = false, yes = false } = options;
  const passOf = (dryRun: boolean) => makePass({ ...dryPass(scopes, ready.world), force, newCluster, dryRun }, ready);
  if (force)
    terminal.err(`--force: removals that the guard objects to ${verb === "plan" ? "are shown as made" : "are made"}\n`);
  if (verb === "apply" && !(await mayDiffer(ready, yes, terminal))) return 1;
  let said: readonly string[] = [];
  if (verb === "apply" && !yes && terminal.ask !== undefined) {
    const planned = await passOf(true);
    terminal.progress("");
    const { about, reads, world } = ready;
    const doubt = newCluster ? undefined : whyUnvouched(world.settings, reads, about());
    const answer = await mayChange(planned, renderAbout(about(), terminal.style), terminal, doubt);
    if (answer === "declined") return 1;
    if (answer === "agreed") said = planned.warnings;
  }
  if (options.follow === true) {
    if (ready.world.settings.identity.isUnvouched === true) await passOf(true);
    for (const doubt of ready.doubts()) terminal.err(`${fit(`warning: ${doubt}`, terminal.style)}\n`);
    const { runFollow } = await import("./following/follow-command.ts");
    return runFollow(options, ready.about(), terminal);
  }
  if (verb === "apply") terminal.onInterrupt(ready.left);
  const report = await passOf(verb === "plan");
  terminal.progress("");
  write(report, said, ready.about(), verb, options.output, terminal);
  return exitCodeOf(report, verb, options.exitCode === true);
}

/** Says where functions go by another document of the same cluster, and asks. */
async function mayDiffer({ world }: Ready, yes: boolean, terminal: Terminal): Promise<boolean> {
  const { findDeployed, remarkOnDeployed } = await import("./stack/find-deployed.ts");
  const deployed = await findDeployed(world.settings, parseEnvironment(terminal.environment));
  const remarks = remarkOnDeployed(deployed, world.settings.cluster);
  for (const remark of remarks) terminal.err(fit(`warning: ${remark}\n`, terminal.style));
  if (remarks.length === 0 || yes || terminal.ask === undefined) return true;
  return agree("Apply this document all the same?", terminal.ask, terminal);
}

/** What concerns one pass, or a part of it. */
function refuseBesideFollow({ follow, service, force, exitCode }: ReconcileOptions): void {
  if (follow !== true) return;
  for (const [option, isGiven] of [
    ["--service", service !== undefined],
    ["--force", force === true],
    ["--exit-code", exitCode === true],
  ] as const)
    if (isGiven) throw new InputError(`--follow looks at every service until it is interrupted; leave ${option} away`);
}

/** `said`: the warnings of the plan that was shown, which whoever sits there need not read again. */
function write(
  report: Report,
  said: readonly string[],
  about: About,
  verb: Verb,
  output: Options["output"],
  terminal: Terminal,
): void {
  const unsaid = { ...report, warnings: report.warnings.filter((warning) => !said.includes(warning)) };
  switch (output) {
    case "table":
      terminal.out(renderAbout(about, terminal.style) + renderReport(unsaid, verb, terminal.style));
      return;
    case "json":
      terminal.out(`${JSON.stringify({ about, ...report }, null, 2)}\n`);
      tellProblems(unsaid, terminal);
      return;
    default:
      output satisfies never;
  }
}
