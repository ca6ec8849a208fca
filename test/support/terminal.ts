import { onTestFinished, vi } from "vitest";
import type { Terminal } from "../../functions/cli/session.ts";

/** Where a command in this process reads and writes. With `answers` somebody sits there, who gives one after the other. */
export type FakeTerminal = {
  readonly terminal: Terminal;
  readonly out: () => string;
  readonly err: () => string;
  readonly questions: readonly string[];
  /** What an interrupt would say now. */
  readonly interrupted: () => string;
  /** The first interrupt of what ends by itself then. */
  readonly stop: () => void;
};

/** Its environment is the process' too until the test ends, since the SDKs read that. */
export function openTerminal(
  environment: Readonly<Record<string, string>>,
  ...answers: readonly string[]
): FakeTerminal {
  onTestFinished(() => void vi.unstubAllEnvs());
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const out: string[] = [];
  const err: string[] = [];
  const questions: string[] = [];
  let sayInterrupted = sayNothing;
  let end: (() => void) | undefined;
  const terminal: Terminal = {
    environment,
    style: { isColoured: false, width: answers.length === 0 ? undefined : 80 },
    input: () => Promise.resolve(""),
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    progress: () => {},
    ask:
      answers.length === 0
        ? undefined
        : async (question) => {
            questions.push(question);
            return answers[questions.length - 1] ?? "";
          },
    onInterrupt: (say) => (sayInterrupted = say),
    onStop: (stop) => (end = stop),
  };
  return {
    terminal,
    out: () => out.join(""),
    err: () => err.join(""),
    questions,
    interrupted: () => sayInterrupted(),
    stop: () => end?.(),
  };
}

function sayNothing(): string {
  return "";
}
