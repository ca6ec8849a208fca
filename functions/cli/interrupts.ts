import { writeSync } from "node:fs";

/** What to do when somebody interrupts, which is settled while a command goes on. */
export type Interrupts = {
  /** What to say then. */
  say: () => string;
  /** What to do at the first interrupt instead of leaving, for what ends by itself then. */
  end: (() => void) | undefined;
  /** The exit code that an interrupt has asked for; undefined where there was none. */
  exitCode: number | undefined;
};

/** Kubernetes ends a pod by SIGTERM: what ends in good order then has not failed. */
const SIGNALS = [
  { signal: "SIGINT", exitCode: 130, afterEnd: 130 },
  { signal: "SIGTERM", exitCode: 143, afterEnd: 0 },
] as const;

/**
 * Listens from now on. A pass may end anywhere and be completed by the next, so there is nothing to wait for; a second interrupt waits
 * for nothing at all.
 */
export function listenForInterrupts(): Interrupts {
  const interrupts: Interrupts = {
    say: () => "\ninterrupted: nothing was changed",
    end: undefined,
    exitCode: undefined,
  };
  for (const { signal, exitCode, afterEnd } of SIGNALS)
    process.on(signal, () => {
      if (interrupts.end !== undefined && interrupts.exitCode === undefined) {
        interrupts.exitCode = afterEnd;
        interrupts.end();
        return;
      }
      writeSync(process.stderr.fd, `${interrupts.say()}\n`);
      process.exit(exitCode);
    });
  return interrupts;
}
