import { reconcile } from "../core/reconcile.ts";
import { followPass } from "./follow.ts";
import { recordReads } from "./record.ts";
import { tellProblems } from "./reconcile-command.ts";
import { renderStatus } from "./render-status.ts";
import { dryPass, openWorld, readConfiguration, scopeOf } from "./session.ts";
import type { Options, Terminal } from "./session.ts";
import { deriveStatus } from "./status.ts";

/** One pass that changes nothing, told as a state. Returns the exit code. */
export async function runStatus(options: Options, terminal: Terminal): Promise<0 | 1> {
  const scope = scopeOf(options);
  const configuration = await readConfiguration(options, terminal);
  const followed = followPass(await openWorld(configuration, options, terminal), terminal.progress);
  const { world, reads } = recordReads(followed.world);
  const report = await reconcile(dryPass(scope, world), world);
  terminal.progress("");
  const status = deriveStatus(report, reads, world.settings);
  if (options.output === "table") terminal.out(renderStatus(status, terminal.style));
  else {
    terminal.out(`${JSON.stringify(status, null, 2)}\n`);
    tellProblems(status, terminal);
  }
  return status.ok ? 0 : 1;
}
