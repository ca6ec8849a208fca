import { CommanderError } from "commander";
import { errorText } from "./error-text.ts";
import { createProgram } from "./program.ts";
import type { Terminal } from "./session.ts";

/** Runs one command line, given as `process.argv` has it. Never throws: tells the exit code. */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode = 0;
  try {
    await createProgram(terminal, (code) => (exitCode = code)).parseAsync(argv);
    return exitCode;
  } catch (error) {
    // Usage mistakes and --help: commander has said what there is to say.
    if (error instanceof CommanderError) return error.exitCode;
    terminal.progress("");
    terminal.err(`${errorText(error, argv.includes("--debug"))}\n`);
    return 1;
  }
}
