import { listAllServices } from "../core/all-services.ts";
import { messageOf } from "../core/errors.ts";
import type { Scope } from "../core/model.ts";
import { reconcile } from "../core/reconcile.ts";
import type { Configuration } from "../core/settings.ts";
import { parseEnvironment } from "../runtime/configuration/environment.ts";
import { checkTags } from "./check-services.ts";
import { failed } from "./check.ts";
import type { Check } from "./check.ts";
import { checkCluster, checkDocument, checkNamespaces, checkPass } from "./checks.ts";
import { followPass } from "./follow.ts";
import { recordReads } from "./record.ts";
import { renderChecks } from "./render-checks.ts";
import { accessOf, dryPass, openWorld, readConfiguration, scopeOf } from "./session.ts";
import type { Options, Terminal } from "./session.ts";

/** Goes the way that a pass goes, step by step, and tells what is in its way. Returns the exit code: 1 if anything failed. */
export async function runDoctor(options: Options, terminal: Terminal): Promise<0 | 1> {
  const checks = await examine(options, terminal);
  const ok = checks.every(({ result }) => result !== "failed");
  terminal.progress("");
  terminal.out(
    options.output === "json" ? `${JSON.stringify({ checks, ok }, null, 2)}\n` : renderChecks(checks, terminal.style),
  );
  return ok ? 0 : 1;
}

async function examine(options: Options, terminal: Terminal): Promise<readonly Check[]> {
  const scope = scopeOf(options);
  const read = await settle("configuration", () => readConfiguration(options, terminal));
  if ("failure" in read) return [read.failure];
  const configuration = read.value;
  const cluster = await settle("cluster", () => reachCluster(configuration, options, terminal));
  const checks = [checkDocument(configuration), "failure" in cluster ? cluster.failure : cluster.value];
  const pass = checks.some(({ result }) => result === "failed")
    ? examineNamespaces(configuration, terminal)
    : examinePass(scope, configuration, options, terminal);
  return [...checks, ...(await pass)];
}

async function reachCluster(configuration: Configuration, options: Options, terminal: Terminal): Promise<Check> {
  const { connectCluster } = await import("../runtime/compose.ts");
  const connection = await connectCluster(configuration, accessOf(options), parseEnvironment(terminal.environment));
  terminal.progress("asking the API server for its version");
  try {
    return checkCluster(await connection.get("/version"), Date.now());
  } catch (error) {
    // Of a connection that was never made: it knows a closed door from a wrong address.
    const remedy = error instanceof Error && "remedy" in error ? `; ${String(error.remedy)}` : "";
    return failed("cluster", `the API server could not be reached: ${messageOf(error)}${remedy}`);
  }
}

async function examinePass(
  scope: Scope,
  configuration: Configuration,
  options: Options,
  terminal: Terminal,
): Promise<readonly Check[]> {
  const opened = await settle("owner", () => openWorld(configuration, options, terminal));
  if ("failure" in opened) return [opened.failure, ...(await examineNamespaces(configuration, terminal))];
  const { world, reads } = recordReads(followPass(opened.value, terminal.progress).world);
  const report = await reconcile(dryPass(scope, world), world);
  const { composeListTags } = await import("../runtime/compose.ts");
  const listTags = composeListTags(parseEnvironment(terminal.environment));
  return [
    ...checkPass(report, reads, world.settings),
    ...(await checkTags(report, reads, world.settings.tagOwner, listTags)),
  ];
}

/** What can be told without a cluster. */
async function examineNamespaces(configuration: Configuration, terminal: Terminal): Promise<readonly Check[]> {
  const { composeRegistry } = await import("../runtime/compose.ts");
  // Who the owner is matters to writes alone.
  const registry = composeRegistry({ configuration, environment: parseEnvironment(terminal.environment), owner: "" });
  return checkNamespaces(await listAllServices(registry), configuration.quotas.instancesPerNamespace);
}

/** What stands in the way is what this is about: it is told as a check. */
async function settle<T>(
  check: string,
  work: () => Promise<T>,
): Promise<{ readonly value: T } | { readonly failure: Check }> {
  try {
    return { value: await work() };
  } catch (error) {
    return { failure: failed(check, messageOf(error)) };
  }
}
