import { toError } from "../../core/errors.ts";
import type { Agenda } from "./agenda.ts";
import type { Follow } from "./follow.ts";

/** Passes under way at once: each reads its instances again, until Cloud Map has carried out what it wrote. */
const MAX_PASSES = 8;
/** Pauses before what failed is tried again, in milliseconds. */
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 30_000;

type Options = Pick<Follow, "pass" | "logger" | "signal"> & {
  /** Kubernetes namespaces in which something changed. */
  readonly agenda: Agenda;
  /** For how long changes are gathered, in milliseconds. */
  readonly coalesceMs: number;
  /** Leaves out the namespaces that no mapping names. */
  readonly mapped: (namespaces: readonly string[]) => Promise<readonly string[]>;
  readonly count: { passes: number; failures: number };
};

/**
 * Makes passes over the namespaces of the agenda when they are due, until the signal; then one over all that is left. Passes
 * overlap, as each waits for Cloud Map's confirmations, but share what they write (share-writes.ts). What one failed at goes
 * back to the agenda, ever later; it never rejects.
 */
export async function makePasses({ agenda, coalesceMs, mapped, pass, logger, count, signal }: Options): Promise<void> {
  const running = new Set<Promise<void>>();
  /** The next pause of each namespace that failed: another's success says nothing of it. */
  const pauses = new Map<string, number>();
  while (!signal.aborted) {
    await agenda.wait(signal);
    if (running.size >= MAX_PASSES) await Promise.race(running);
    // Windows that are open close together.
    else if (!signal.aborted) begin(agenda.take(Date.now() + coalesceMs));
  }
  begin(agenda.take(Infinity));
  await Promise.all(running);

  function begin(namespaces: readonly string[]): void {
    const begun = passOver(namespaces).finally(() => running.delete(begun));
    running.add(begun);
  }

  async function passOver(namespaces: readonly string[]): Promise<void> {
    const failed = await attempt(namespaces).catch((error: unknown) => {
      logger.error("a pass of the watch failed", toError(error));
      return namespaces;
    });
    for (const namespace of namespaces) if (!failed.includes(namespace)) pauses.delete(namespace);
    if (failed.length === 0) return;
    count.failures += 1;
    for (const namespace of failed) {
      const pause = pauses.get(namespace) ?? FIRST_PAUSE;
      agenda.add(namespace, Date.now() + pause);
      pauses.set(namespace, Math.min(LONGEST_PAUSE, pause * 2));
    }
  }

  /** The namespaces in which something failed. */
  async function attempt(namespaces: readonly string[]): Promise<readonly string[]> {
    const here = namespaces.length === 0 ? [] : await mapped(namespaces);
    if (here.length === 0) return [];
    count.passes += 1;
    const report = await pass(here.map((namespace) => ({ kind: "namespace", namespace })));
    if (report === undefined) return [];
    if (report.errors.length > 0) return here;
    const failed = report.services.filter(({ error }) => error !== null).flatMap(({ podNamespaces }) => podNamespaces);
    return here.filter((namespace) => failed.includes(namespace));
  }
}
