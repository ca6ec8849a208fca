import { renderAbout } from "./about.ts";
import { getReady, makePass } from "./pass.ts";
import { tellProblems } from "./reconcile-command.ts";
import { renderStatus } from "./render-status.ts";
import { dryPass, readConfiguration, scopesOf } from "./session.ts";
import type { Options, Terminal } from "./session.ts";
import { deriveStatus } from "./status.ts";

export type StatusOptions = Options & { readonly wide?: boolean };

/** One pass that changes nothing, told as a state. Returns the exit code. */
export async function runStatus(options: StatusOptions, terminal: Terminal): Promise<0 | 1> {
  const scopes = scopesOf(options);
  const configuration = await readConfiguration(options, terminal);
  const ready = await getReady(configuration, options, terminal);
  const report = await makePass(dryPass(scopes, ready.world), ready);
  terminal.progress("");
  const status = deriveStatus(report, ready.reads, ready.world.settings, options.wide === true);
  const about = ready.about();
  if (options.output === "table")
    terminal.out(renderAbout(about, terminal.style) + renderStatus(status, terminal.style));
  else {
    terminal.out(`${JSON.stringify({ about, ...status }, null, 2)}\n`);
    tellProblems(status, terminal);
  }
  return status.ok ? 0 : 1;
}
