import { setTimeout as sleep } from "node:timers/promises";
import { InputError } from "../../core/errors.ts";
import { reconcile } from "../../core/reconcile.ts";
import type { Report } from "../../core/report.ts";
import { parseEnvironment } from "../../runtime/configuration/environment.ts";
import { exitCodeOf } from "../exit-code.ts";
import { agree } from "../may-change.ts";
import { getReady } from "../pass.ts";
import type { Ready } from "../pass.ts";
import { tellProblems } from "../problems.ts";
import { countChanges } from "../render-changes.ts";
import { reportTitle } from "../service-table.ts";
import { accessOf, dryPass, readConfiguration } from "../session.ts";
import type { Options, Terminal } from "../session.ts";
import { findDeployment } from "../stack/find-deployment.ts";
import type { Found } from "../stack/find-deployment.ts";
import { counted, fit } from "../text.ts";
import { composeAnyway } from "./compose-anyway.ts";
import { asDestroyed } from "./destroyed.ts";
import { findLeft, renderLeft } from "./left.ts";
import type { Left } from "./left.ts";
import { renderDestroyed } from "./render-destroyed.ts";
import { stopWrites } from "./stop-writes.ts";
import type { Clock } from "./stop-writes.ts";

export type DestroyOptions = Options & {
  readonly clusterUid?: string;
  readonly deleteServices?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
};

const CLOCK: Clock = { now: Date.now, sleep: (milliseconds) => sleep(milliseconds) };

/** Removes every instance of this owner, part and cluster, and says what is left. Returns the exit code. */
export async function runDestroy(options: DestroyOptions, terminal: Terminal, clock = CLOCK): Promise<number> {
  const { dryRun = false, yes = false, stack } = options;
  if (!dryRun && !yes && terminal.ask === undefined)
    throw new InputError(
      "destroy removes every instance of this owner; where nobody can be asked, add --yes (--dry-run shows what would go)",
    );
  const configuration = await readConfiguration(options, terminal);
  const found = stack === undefined ? undefined : await findDeployment(stack, parseEnvironment(terminal.environment));
  const compose = composeAnyway(accessOf(options), options);
  const ready = await getReady(configuration, options, terminal, { compose, verb: "destroy" });
  if (found === undefined) await warnOfWriters(ready, terminal);
  if (dryRun || !yes) {
    const planned = await makePass(ready, true);
    terminal.progress("");
    if (dryRun) return tell(planned, ready, options, terminal);
    if (!(await isMeant(planned, ready, found, terminal))) return 1;
  }
  if (found !== undefined) await stop(found, terminal, clock);
  terminal.onInterrupt(ready.left);
  const made = await makePass(ready, false);
  // What was emptied just now counts as empty in a pass that begins after that.
  const report = ready.world.settings.deleteServices ? together(made, await makePass(ready, false)) : made;
  return tell(report, ready, options, terminal);
}

/** Functions that go on would register again what goes. */
async function warnOfWriters({ world }: Ready, terminal: Terminal): Promise<void> {
  const { findDeployed } = await import("../stack/find-deployed.ts");
  for (const { parameter, isDry } of await findDeployed(world.settings, parseEnvironment(terminal.environment))) {
    if (isDry) continue;
    const remark = `functions keep cluster ${world.settings.cluster} in sync by ${parameter}, and register again what goes; destroy with --stack instead, or delete their stack before`;
    terminal.err(fit(`warning: ${remark}\n`, terminal.style));
  }
}

function makePass({ world }: Ready, dryRun: boolean): Promise<Report> {
  const request = { ...dryPass([{ kind: "all" }], world), force: true, dryRun, destroys: true } as const;
  return reconcile(request, world).then(withoutForced).then(asDestroyed);
}

/** That it was forced needs no warning: a person has said that all of it goes. */
function withoutForced(report: Report): Report {
  return { ...report, warnings: report.warnings.filter((warning) => !warning.startsWith("forced:")) };
}

async function isMeant(planned: Report, ready: Ready, found: Found | undefined, terminal: Terminal): Promise<boolean> {
  const { ask } = terminal;
  const removals = planned.services.reduce((sum, service) => sum + countChanges(service, "remove"), 0);
  if (ask === undefined || (removals === 0 && found === undefined)) return true;
  terminal.err(renderDestroyed(planned, "plan", ready.about(), terminal.style));
  const everything = `all ${counted(removals, "instance")} of ${ready.world.settings.owner}`;
  return agree(
    found === undefined
      ? `Remove ${everything}?`
      : `Stop all writes of ${found.deployment} (policy: dry-run), and remove ${everything}?`,
    ask,
    terminal,
  );
}

async function stop(found: Found, terminal: Terminal, clock: Clock): Promise<void> {
  terminal.onInterrupt(
    () =>
      `interrupted: no instance was changed; the policy in ${found.parameter} may be dry-run by now: run destroy again, or set it back`,
  );
  await stopWrites(found, parseEnvironment(terminal.environment), clock, terminal.progress);
}

/** Two passes as one: what the second has deleted, and what went wrong in either. */
function together(first: Report, second: Report): Report {
  const deleted = second.services.filter((service) => service.deleted === true);
  const isDeleted = ({ namespace, service }: Report["services"][number]) =>
    deleted.some((one) => one.namespace === namespace && one.service === service);
  const known = first.services.map((service) =>
    isDeleted(service) ? { ...service, deleted: true as const } : service,
  );
  const added = deleted.filter(
    (one) => !first.services.some(({ namespace, service }) => one.namespace === namespace && one.service === service),
  );
  return {
    ...first,
    services: [...known, ...added],
    errors: [...new Set([...first.errors, ...second.errors])],
    warnings: [...new Set([...first.warnings, ...second.warnings])],
    ok: first.ok && second.ok,
  };
}

async function tell(made: Report, ready: Ready, options: DestroyOptions, terminal: Terminal): Promise<number> {
  const { output, dryRun = false, stack } = options;
  const verb = dryRun ? "plan" : "apply";
  const { report, left } = dryRun ? { report: made, left: [] } : await lookAgain(made, ready, terminal);
  terminal.progress("");
  if (output === "json") {
    terminal.out(`${JSON.stringify({ about: ready.about(), ...report, left }, null, 2)}\n`);
    tellProblems(report, terminal);
  } else {
    const text = renderDestroyed(report, verb, ready.about(), terminal.style);
    terminal.out(`${text}${dryRun ? "" : renderLeft(left, terminal.style)}`);
  }
  for (const line of nextSteps(left, dryRun ? undefined : stack)) terminal.err(`${line}\n`);
  return left.some(({ ours }) => ours > 0) ? 1 : exitCodeOf(report, verb, false);
}

/** Whoever still writes as this owner has shown it by then. What cannot be read is no emptiness, but a failure. */
async function lookAgain(
  made: Report,
  ready: Ready,
  terminal: Terminal,
): Promise<{ readonly report: Report; readonly left: readonly Left[] }> {
  terminal.progress("looking at what is left");
  const last = await makePass(ready, true);
  const { composeListTags } = await import("../../runtime/compose.ts");
  const listTags = composeListTags(parseEnvironment(terminal.environment));
  const left = await findLeft(ready.reads, ready.world.settings, listTags);
  const failures = last.services.flatMap((service) =>
    service.error === null ? [] : [`${reportTitle(service)}: ${service.error}`],
  );
  const errors = [...new Set([...made.errors, ...last.errors, ...(made.ok ? failures : [])])];
  return { report: { ...made, errors, ok: made.ok && last.ok }, left };
}

function nextSteps(left: readonly Left[], stack: string | undefined): readonly string[] {
  const ours = left.reduce((sum, one) => sum + one.ours, 0);
  const clusters = left.flatMap((one) => one.clusters);
  const here = ours - clusters.length;
  const elsewhere = [...Map.groupBy(clusters, (uid) => uid)].map(
    ([uid, all]) =>
      `${counted(all.length, "instance")} of this owner left, of cluster ${uid}: run destroy in its context (--context), or where it is gone with --cluster-uid ${uid}`,
  );
  if (ours > 0)
    return [
      ...elsewhere,
      ...(here === 0
        ? []
        : [
            `${counted(here, "instance")} of this owner left, still under way, or registered again by whoever runs as it; stop that, and run destroy again`,
          ]),
    ];
  return stack === undefined
    ? []
    : [
        `nothing writes now: the deployed policy is dry-run; delete stack ${stack} next, or set the policy back to sync`,
      ];
}
