import { CommanderError } from "commander";
import { errorText, messageText } from "./error-text.ts";
import { createProgram } from "./program.ts";
import type { Options, Terminal } from "./session.ts";

/** Runs one command line, given as `process.argv` has it. Never throws: tells the exit code. */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode = 0;
  let isReported = false;
  let form: Options["output"] | undefined;
  const out = (report: string) => {
    isReported = true;
    terminal.out(report);
  };
  try {
    const program = createProgram({ ...terminal, out }, (code) => (exitCode = code));
    program.hook("preAction", (_, command) => void (form = command.opts<Partial<Options>>().output));
    await program.parseAsync(argv);
    return exitCode;
  } catch (error) {
    // Usage mistakes and --help: commander has said what there is to say.
    if (error instanceof CommanderError) return error.exitCode;
    terminal.progress("");
    terminal.err(`${errorText(error, argv.includes("--debug"))}\n`);
    // A script that reads the report must not take nothing for "no problem".
    if (form === "json" && !isReported)
      terminal.out(`${JSON.stringify({ ok: false, errors: [messageText(error)] }, null, 2)}\n`);
    return 1;
  }
}
