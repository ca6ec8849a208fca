import { listAllServices } from "../core/all-services.ts";
import { InputError, messageOf } from "../core/errors.ts";
import { reconcile } from "../core/reconcile.ts";
import type { Scope } from "../core/model.ts";
import type { Report } from "../core/report.ts";
import type { Configuration, Settings } from "../core/settings.ts";
import { parseEnvironment } from "../runtime/configuration/environment.ts";
import { checkRights } from "./check-rights.ts";
import { checkTags } from "./check-services.ts";
import { failed, warning } from "./check.ts";
import type { Check } from "./check.ts";
import { checkCluster, checkDocument, checkNamespaces, checkPass } from "./checks.ts";
import { correctFirst } from "../runtime/remarks/correct-first.ts";
import { renderAbout } from "./about.ts";
import type { About } from "./about.ts";
import { getReady } from "./pass.ts";
import type { Reads } from "../runtime/remarks/record.ts";
import { renderChecks } from "./render-checks.ts";
import { accessOf, checkCredentials, dryPass, readConfiguration, scopesOf } from "./session.ts";
import type { Options, Terminal } from "./session.ts";

/** Goes the way that a pass goes, step by step, and tells what is in its way. Returns the exit code: 1 if anything failed. */
export async function runDoctor(options: Options, terminal: Terminal): Promise<0 | 1> {
  const { checks, about } = await examine(options, terminal);
  const ok = checks.every(({ result }) => result !== "failed");
  terminal.progress("");
  terminal.out(
    options.output === "json"
      ? `${JSON.stringify({ about: about ?? null, checks, ok }, null, 2)}\n`
      : `${about === undefined ? "" : renderAbout(about, terminal.style)}${renderChecks(checks, terminal.style)}`,
  );
  return ok ? 0 : 1;
}

/** `about`: whom they are about, where that could be found out. */
type Examined = { readonly checks: readonly Check[]; readonly about?: About };

async function examine(options: Options, terminal: Terminal): Promise<Examined> {
  const scopes = scopesOf(options);
  const stack = await examineStack(options, terminal);
  // Nothing but why it could not be found: then there is no document to look at.
  if (stack.length === 1) return { checks: stack };
  const read = await settle("configuration", () => readConfiguration(options, terminal));
  if ("failure" in read) return { checks: [...stack, read.failure] };
  const configuration = read.value;
  const document = checkDocument(configuration);
  // Without credentials everything below fails for the same reason.
  const credentials = await settle("credentials", () => checkCredentials(terminal));
  if ("failure" in credentials) return { checks: [...stack, document, credentials.failure] };
  const cluster = await settle("cluster", () => reachCluster(configuration, options, terminal));
  const reached = "failure" in cluster ? cluster.failure : cluster.value;
  const checks = [...stack, document, reached];
  if ([document, reached].some(({ result }) => result === "failed"))
    return { checks: [...checks, ...(await examineNamespaces(configuration, terminal))] };
  const pass = await examinePass(scopes, configuration, options, terminal);
  return { ...pass, checks: [...checks, ...pass.checks] };
}

/** What was deployed, where the configuration is a stack's. */
async function examineStack({ stack }: Options, terminal: Terminal): Promise<readonly Check[]> {
  if (stack === undefined) return [];
  const credentials = await settle("credentials", () => checkCredentials(terminal));
  if ("failure" in credentials) return [credentials.failure];
  terminal.progress(`looking at stack ${stack}`);
  const { checkStack } = await import("./stack/check-stack.ts");
  return checkStack(stack, parseEnvironment(terminal.environment));
}

async function reachCluster(configuration: Configuration, options: Options, terminal: Terminal): Promise<Check> {
  const { connectCluster } = await import("../runtime/compose.ts");
  const connection = await connectCluster(configuration, accessOf(options), parseEnvironment(terminal.environment));
  terminal.progress("asking the API server for its version");
  try {
    return checkCluster(await connection.get("/version"), Date.now());
  } catch (error) {
    // A program for credentials says itself what is wrong; the server was not even asked.
    const own = error instanceof Error && error.cause instanceof InputError ? error.cause : error;
    if (own instanceof InputError) return failed("cluster", messageOf(own));
    // Of a connection that was never made: it knows a closed door from a wrong address.
    const remedy = error instanceof Error && "remedy" in error ? `; ${String(error.remedy)}` : "";
    return failed("cluster", `the API server could not be reached: ${messageOf(error)}${remedy}`);
  }
}

async function examinePass(
  scopes: readonly Scope[],
  configuration: Configuration,
  options: Options,
  terminal: Terminal,
): Promise<Examined> {
  const opened = await settle("owner", () => getReady(configuration, options, terminal));
  if ("failure" in opened) return { checks: [opened.failure, ...(await examineNamespaces(configuration, terminal))] };
  const { world, reads, about, unchosen, doubts } = opened.value;
  const request = dryPass(scopes, world);
  const made = await reconcile(request, world);
  const nothing = await unchosen(request.deadline);
  const report = correctFirst(made, nothing, reads);
  const { composeListTags } = await import("../runtime/compose.ts");
  const listTags = composeListTags(parseEnvironment(terminal.environment));
  return {
    checks: [
      ...checkPass(report, reads, nothing, world.settings),
      ...doubts().map((doubt) => warning("owner", doubt)),
      ...(await checkTags(report, reads, world.settings.tagOwner, listTags)),
      // A stack's document is the deployed one, and what its functions may write is their roles' matter.
      ...(options.stack === undefined ? await examineDocument(report, reads, world.settings, terminal) : []),
    ],
    about: about(),
  };
}

/** How long AWS is asked what may be written, in milliseconds. */
const RIGHTS_PATIENCE = 60_000;

/** Whether functions go by another document of the same cluster, and what this identity may write. */
async function examineDocument(
  report: Report,
  reads: Reads,
  settings: Settings,
  terminal: Terminal,
): Promise<readonly Check[]> {
  terminal.progress("asking AWS what is deployed, and what this identity may write");
  const [{ findDeployed, remarkOnDeployed }, { composeAskRight }] = await Promise.all([
    import("./stack/find-deployed.ts"),
    import("../runtime/ask-right.ts"),
  ]);
  const environment = parseEnvironment(terminal.environment);
  const ask = composeAskRight(settings, environment, settings.tagOwner, Date.now() + RIGHTS_PATIENCE);
  const [deployed, rights] = await Promise.all([
    findDeployed(settings, environment),
    checkRights(report, reads, settings, ask),
  ]);
  return [
    ...remarkOnDeployed(deployed, settings.cluster).map((remark) => warning("deployed document", remark)),
    ...rights,
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
