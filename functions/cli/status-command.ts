import { writeFile } from "node:fs/promises";
import { InputError, messageOf } from "../core/errors.ts";
import { renderAbout } from "./about.ts";
import { derivePage } from "./page/page.ts";
import { renderPage } from "./page/render-page.ts";
import { getReady, makePass } from "./pass.ts";
import { tellProblems } from "./problems.ts";
import { renderStatus } from "./render-status.ts";
import { dryPass, readConfiguration, scopesOf } from "./session.ts";
import type { Options, Terminal } from "./session.ts";
import { deriveStatus } from "./status.ts";

export type StatusOptions = Options & { readonly wide?: boolean; readonly html?: string };

/** One pass that changes nothing, shown as a state. Returns the exit code. */
export async function runStatus(options: StatusOptions, terminal: Terminal): Promise<0 | 1> {
  const scopes = scopesOf(options);
  const configuration = await readConfiguration(options, terminal);
  const ready = await getReady(configuration, options, terminal);
  const report = await makePass(dryPass(scopes, ready.world), ready);
  terminal.progress("");
  const { reads, world } = ready;
  const status = deriveStatus(report, reads, world.settings, options.wide === true);
  const about = ready.about();
  if (options.output === "table")
    terminal.out(renderAbout(about, terminal.style) + renderStatus(status, terminal.style));
  else {
    terminal.out(`${JSON.stringify({ about, ...status }, null, 2)}\n`);
    tellProblems(status, terminal);
  }
  if (options.html !== undefined) {
    const wide = deriveStatus(report, reads, world.settings, true);
    await writePage(options.html, renderPage(derivePage(wide, report, about, reads, world.now())), terminal);
  }
  return status.ok ? 0 : 1;
}

/** A page is of one moment: the one that was there is replaced. */
async function writePage(file: string, page: string, terminal: Terminal): Promise<void> {
  try {
    await writeFile(file, page);
  } catch (error) {
    throw new InputError(`the page ${file} could not be written: ${messageOf(error)}; name another file`, {
      cause: error,
    });
  }
  terminal.err(`${file} is written: open it in a browser\n`);
}
