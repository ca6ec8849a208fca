import { readFile } from "node:fs/promises";
import { InputError, messageOf } from "../core/errors.ts";
import type { Scope } from "../core/model.ts";
import { reconcile } from "../core/reconcile.ts";
import type { Report } from "../core/report.ts";
import { composeWorld } from "../runtime/compose.ts";
import type { ClusterAccess } from "../runtime/compose.ts";
import { parseConfiguration } from "../runtime/configuration.ts";
import { parseEnvironment } from "../runtime/environment.ts";
import { exitCodeOf } from "./exit-code.ts";
import { printable, renderReport } from "./render.ts";
import type { Verb } from "./render.ts";

export type ReconcileOptions = {
  readonly config: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly service?: string;
  readonly force?: boolean;
  readonly output: "table" | "json";
  readonly exitCode?: boolean;
};

/** Where a command reads and writes: standard output carries the report alone. */
export type Terminal = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly isColoured: boolean;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
};

/** A person waits, but not forever: no write is begun after this. */
const PATIENCE_MS = 15 * 60_000;

/** `plan` and `apply`: one pass, told. Returns the exit code. */
export async function runReconcile(verb: Verb, options: ReconcileOptions, terminal: Terminal): Promise<number> {
  const scope = parseService(options.service);
  const configuration = parseConfiguration(await readConfiguration(options.config), options.config);
  const world = await composeWorld({
    configuration,
    access: accessOf(options),
    environment: parseEnvironment(terminal.environment),
  });
  const force = options.force === true;
  if (force)
    terminal.err(`--force: removals that the guard objects to ${verb === "plan" ? "are shown as made" : "are made"}\n`);
  const report = await reconcile(
    { scopes: [scope], sweep: true, force, dryRun: verb === "plan", deadline: world.now() + PATIENCE_MS },
    world,
  );
  write(report, verb, options.output, terminal);
  return exitCodeOf(report, options.exitCode === true);
}

async function readConfiguration(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new InputError(
      `cannot read the configuration ${file}: ${messageOf(error)}; name a file that exists with --config`,
      {
        cause: error,
      },
    );
  }
}

/** Either option says that the cluster is reached as kubectl reaches it. */
function accessOf({ kubeconfig, context }: ReconcileOptions): ClusterAccess {
  return kubeconfig === undefined && context === undefined
    ? { kind: "eks" }
    : { kind: "kubeconfig", file: kubeconfig, context };
}

/** `[NAMESPACE/]NAME`: services' names have no slash, while a namespace may be an ARN. */
function parseService(text: string | undefined): Scope {
  if (text === undefined) return { kind: "all" };
  const slash = text.lastIndexOf("/");
  const [namespace, service] = [text.slice(0, Math.max(slash, 0)), text.slice(slash + 1)];
  if (service === "" || slash === 0)
    throw new InputError(`--service ${text}: write the service's name, or NAMESPACE/NAME`);
  return { kind: "service", service, namespace: slash === -1 ? undefined : namespace };
}

function write(report: Report, verb: Verb, output: ReconcileOptions["output"], terminal: Terminal): void {
  switch (output) {
    case "table":
      terminal.out(renderReport(report, verb, terminal.isColoured));
      return;
    case "json":
      terminal.out(`${JSON.stringify(report, null, 2)}\n`);
      for (const warning of report.warnings) terminal.err(`warning: ${printable(warning)}\n`);
      for (const error of report.errors) terminal.err(`error: ${printable(error)}\n`);
      return;
    default:
      output satisfies never;
  }
}
