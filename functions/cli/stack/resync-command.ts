import { InputError } from "../../core/errors.ts";
import type { Answer } from "../../runtime/lambda/answer.ts";
import { parseEnvironment } from "../../runtime/configuration/environment.ts";
import { VERSION } from "../../runtime/version.ts";
import { renderLines } from "../about.ts";
import { exitCodeOf } from "../exit-code.ts";
import { mayChange } from "../may-change.ts";
import { tellProblems } from "../problems.ts";
import { renderReport } from "../render.ts";
import { checkCredentials, scopesOf } from "../session.ts";
import type { Options, Terminal } from "../session.ts";
import type { Style } from "../text.ts";
import { findDeployment } from "./find-deployment.ts";
import type { Found } from "./find-deployment.ts";
import { invokeResync } from "./invoke-resync.ts";
import type { ResyncPayload } from "./invoke-resync.ts";

export type ResyncOptions = Pick<Options, "service" | "output"> & {
  readonly stack: string;
  readonly namespace?: string;
  readonly node?: string;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly yes?: boolean;
  readonly exitCode?: boolean;
};

/** Lets the deployed function make a pass, and tells its report. Returns the exit code. */
export async function runResync(options: ResyncOptions, terminal: Terminal): Promise<number> {
  const { stack, dryRun = false, force = false, yes = false, exitCode = false } = options;
  const scope = scopeOf(options);
  await checkCredentials(terminal);
  const environment = parseEnvironment(terminal.environment);
  const found = await findDeployment(stack, environment);
  const caller = `${terminal.environment["USER"] ?? terminal.environment["USERNAME"] ?? "somebody"}, with the command line`;
  const ask = (wanted: Omit<ResyncPayload, "scope">) => {
    terminal.progress(`waiting for ${found.resync}, for up to two minutes`);
    return invokeResync(found.resync, { ...wanted, ...(scope === undefined ? {} : { scope }) }, caller, environment);
  };
  const header = renderFound(found, terminal.style);
  if (force && !dryRun && !yes && terminal.ask !== undefined) {
    const planned = await ask({ dryRun: true, force });
    terminal.progress("");
    if ((await mayChange(planned, header, terminal)) === "declined") return 1;
  }
  terminal.onInterrupt(() => `interrupted; ${found.resync} goes on, and writes its report to its log`);
  const answer = await ask({ dryRun, force });
  terminal.progress("");
  tell(answer, found, { ...options, dryRun }, header, terminal);
  return exitCodeOf(answer, dryRun ? "plan" : "apply", exitCode);
}

/** The function takes one. */
function scopeOf({ service, namespace, node }: ResyncOptions): ResyncPayload["scope"] {
  const scopes = [
    ...(service ?? []).map((name) => ({ service: name })),
    ...(namespace === undefined ? [] : [{ namespace }]),
    ...(node === undefined ? [] : [{ node }]),
  ];
  if (scopes.length > 1)
    throw new InputError("a resync takes one of --service, --namespace and --node, once; run it once for each");
  if (service !== undefined) scopesOf({ service });
  return scopes[0];
}

function tell(
  answer: Answer,
  found: Found,
  { output, dryRun }: Pick<ResyncOptions, "output" | "dryRun">,
  header: string,
  terminal: Terminal,
): void {
  const { deployment: stack, cluster: eksCluster, resync, account, region } = found;
  if (output === "json") {
    const about = { stack, eksCluster, function: resync, account, region };
    terminal.out(`${JSON.stringify({ about, ...answer }, null, 2)}\n`);
    tellProblems(answer, terminal);
  } else terminal.out(header + renderReport(answer, dryRun === true ? "plan" : "apply", terminal.style, "resync"));
  for (const remark of remarksOn(answer, found)) terminal.err(`warning: ${remark}\n`);
}

function remarksOn({ cutTo, counts, version }: Answer, { resync }: Found): readonly string[] {
  return [
    ...(version === VERSION ? [] : [`the function is of release ${version}, and this command line of ${VERSION}`]),
    ...(cutTo === undefined
      ? []
      : [
          `the report was too large for an answer: of ${counts.changes} changes and ${counts.held} held, the first ${cutTo} of each reason of a service are shown, of ${counts.services} services as many as fit; name a --service, or read the log of ${resync}`,
        ]),
  ];
}

/** Which function was asked. */
export function renderFound(
  {
    deployment,
    cluster,
    resync,
    account,
    region,
  }: Pick<Found, "deployment" | "cluster" | "resync" | "account" | "region">,
  style: Style,
): string {
  const lines = [
    ["stack", deployment],
    ["cluster", `EKS ${cluster}`],
    ["function", resync],
    ["AWS", `account ${account}, region ${region}`],
  ] as const;
  return renderLines(lines, style);
}
