import { enableCompileCache } from "node:module";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import type { Interrupts } from "./interrupts.ts";
import { run } from "./run.ts";
import type { Terminal } from "./session.ts";
import { fit, shorten } from "./text.ts";

// Shortens the next start: what a command loads is a lot of JavaScript.
enableCompileCache();

const { stdin, stdout, stderr } = process;
const ERASE_LINE = "\r\u001b[2K";

/** Runs the command line of this process, in its terminal or pipes. */
export async function start(interrupts: Interrupts): Promise<void> {
  let input: Promise<string> | undefined;
  let isProgressShown = false;
  const style = { isColoured: stdout.isTTY && stdout.hasColors(), width: widthOf(stdout) };
  const onInterrupt = (say: () => string) =>
    (interrupts.say = () => `${isProgressShown ? ERASE_LINE : "\n"}${fit(say(), style)}`);
  onInterrupt(() => "interrupted: nothing was changed");
  const terminal: Terminal = {
    environment: process.env,
    style,
    input: () => (input ??= text(stdin)),
    out: (report) => stdout.write(report),
    err: (line) => stderr.write(line),
    progress: (step) => {
      if (!stderr.isTTY) return;
      stderr.write(`${ERASE_LINE}${shorten(step, (widthOf(stderr) ?? 80) - 1)}`);
      isProgressShown = step !== "";
    },
    ask: stdin.isTTY && stdout.isTTY ? ask : undefined,
    onInterrupt,
    onStop: (end) => (interrupts.end = end),
  };
  // A reader that leaves early (`| head`) is no failure of this program's.
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  // The exit code is left behind rather than exited with, so that a slow pipe still gets the whole report.
  process.exitCode = await run(process.argv, terminal);
  // What was told to end, and has not, is waited for no longer.
  if (interrupts.exitCode !== undefined) process.exit(process.exitCode === 0 ? interrupts.exitCode : process.exitCode);
}

/** The end of the input is no answer. */
function ask(question: string): Promise<string> {
  const line = createInterface({ input: stdin, output: stderr });
  return new Promise((resolve) => {
    line.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
    line.on("close", () => resolve(""));
    line.question(question, (answer) => {
      resolve(answer);
      line.close();
    });
  });
}

/** A terminal that does not tell its size says 0. */
function widthOf({ isTTY, columns }: NodeJS.WriteStream): number | undefined {
  return isTTY && columns >= 40 ? columns : undefined;
}
