import { writeSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { run } from "./run.ts";
import type { Terminal } from "./session.ts";
import { fit } from "./text.ts";

// Shortens the next start: what a command loads is a lot of JavaScript.
enableCompileCache();

const { stdin, stdout, stderr } = process;
const ERASE_LINE = "\r\u001b[2K";
let input: Promise<string> | undefined;
let sayInterrupted = () => "interrupted";
let endOrderly: (() => void) | undefined;
let isEnding = false;
let isProgressShown = false;

const terminal: Terminal = {
  environment: process.env,
  style: { isColoured: stdout.isTTY && stdout.hasColors(), width: widthOf(stdout) },
  input: () => (input ??= text(stdin)),
  out: (report) => stdout.write(report),
  err: (line) => stderr.write(line),
  progress: (step) => {
    if (!stderr.isTTY) return;
    stderr.write(`${ERASE_LINE}${step.slice(0, (widthOf(stderr) ?? 80) - 1)}`);
    isProgressShown = step !== "";
  },
  ask: stdin.isTTY && stdout.isTTY ? ask : undefined,
  onInterrupt: (say) => (sayInterrupted = say),
  onStop: (end) => (endOrderly = end),
};

// A reader that leaves early (`| head`) is no failure of this program's.
stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

// A pass may end anywhere and be completed by the next, so there is nothing to wait for; a second interrupt waits for nothing at all.
for (const [signal, exitCode] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)
  process.on(signal, () => {
    if (endOrderly !== undefined && !isEnding) {
      isEnding = true;
      endOrderly();
      return;
    }
    writeSync(stderr.fd, `${isProgressShown ? ERASE_LINE : "\n"}${fit(sayInterrupted(), terminal.style)}\n`);
    process.exit(exitCode);
  });

// The exit code is left behind rather than exited with, so that a slow pipe still gets the whole report.
process.exitCode = await run(process.argv, terminal);
// What was told to end, and has not, is waited for no longer.
if (isEnding) process.exit();

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
