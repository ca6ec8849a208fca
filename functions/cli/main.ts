#!/usr/bin/env node
import { Command, CommanderError, Option } from "commander";
import { InputError, messageOf } from "../core/errors.ts";
import { printable } from "./render.ts";
import type { Verb } from "./render.ts";
import { runReconcile } from "./reconcile-command.ts";
import type { ReconcileOptions, Terminal } from "./reconcile-command.ts";

const terminal: Terminal = {
  environment: process.env,
  isColoured: process.stdout.isTTY && process.stdout.hasColors(),
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
};

// A reader that leaves early (`| head`) is no failure of this program's.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

// The exit code is left behind rather than exited with, so that a slow pipe still gets the whole report.
process.exitCode = await main(process.argv);

async function main(argv: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = createProgram(async (verb, options) => {
    exitCode = await runReconcile(verb, options, terminal);
  });
  try {
    await program.parseAsync(argv);
    return exitCode;
  } catch (error) {
    // Usage mistakes and --help: commander has said what there is to say.
    if (error instanceof CommanderError) return error.exitCode;
    terminal.err(`${errorText(error, argv.includes("--debug"))}\n`);
    return 1;
  }
}

function createProgram(run: (verb: Verb, options: ReconcileOptions) => Promise<void>): Command {
  const program = new Command("eks-cloudmap-sync")
    .description("Keeps AWS Cloud Map true to the pods of an EKS cluster")
    .exitOverride()
    .showHelpAfterError("(--help tells more)");
  const plan = program.command("plan").description("tell what apply would do, and change nothing");
  const apply = program.command("apply").description("make Cloud Map true to the pods, once");
  for (const command of [plan, apply]) addOptions(command);
  plan.option("--exit-code", "exit with 2 where Cloud Map differs from what the pods ask for");
  plan.action((options: ReconcileOptions) => run("plan", options));
  apply.action((options: ReconcileOptions) => run("apply", options));
  return program;
}

function addOptions(command: Command): void {
  command
    .requiredOption("--config <file>", "the configuration, YAML or JSON")
    .option("--kubeconfig <file>", "reach the cluster as kubectl does, through this file")
    .option("--context <name>", "reach the cluster as kubectl does, in this context")
    .option("--service <name>", "look at this service alone: [NAMESPACE/]NAME")
    .option("--force", "make the removals that the guard objects to")
    .addOption(new Option("--output <form>", "of the report").choices(["table", "json"]).default("table"))
    .option("--debug", "show the stack of an unexpected error");
}

/** What a person wrote wrongly is told without a stack; anything else with its causes. */
function errorText(error: unknown, isDebugging: boolean): string {
  if (error instanceof InputError) return `error: ${linesOf(error.message)}`;
  if (!(error instanceof Error)) return `error: ${printable(messageOf(error))}`;
  if (isDebugging) return `error: ${linesOf(error.stack ?? error.message)}`;
  return [
    `error: ${printable(error.message)}`,
    ...causesOf(error).map((cause) => `  because: ${printable(cause)}`),
  ].join("\n");
}

function causesOf({ cause }: Error): readonly string[] {
  if (cause === undefined) return [];
  return cause instanceof Error ? [cause.message, ...causesOf(cause)] : [messageOf(cause)];
}

function linesOf(text: string): string {
  return text.split("\n").map(printable).join("\n");
}
