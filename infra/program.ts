import { InputError } from "../functions/core/errors.ts";

/** Runs a program. A mistake of the caller is told without a stack trace. */
export function runProgram(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = 1;
  }
}
