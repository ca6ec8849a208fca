import type { Logger } from "@aws-lambda-powertools/logger";
import { pauseAfter } from "../../core/backoff.ts";
import { toError } from "../../core/errors.ts";
import type { Scope } from "../../core/model.ts";
import type { SeenPod } from "../../kubernetes/known-pods.ts";
import type { Report, ServiceReport } from "../../core/report.ts";
import type { FindAffected } from "./affected-services.ts";
import type { Agenda } from "./agenda.ts";

/** Passes under way at once: each reads its instances again, until Cloud Map has carried out what it wrote. */
const MAX_PASSES = 16;
/** Pauses before what failed is tried again, in milliseconds. */
const BACKOFF = { first: 1_000, longest: 30_000 };

/** What making passes takes of whoever follows. */
export type Passing = {
  readonly pass: (scopes: readonly Scope[]) => Promise<Report | undefined>;
  readonly logger: Pick<Logger, "debug" | "info" | "error">;
  /** Ends it in good order. */
  readonly signal: AbortSignal;
};

type Options = Passing & {
  /** Pods that changed, as they were or are. */
  readonly agenda: Agenda<SeenPod>;
  /** For how long changes are gathered, in milliseconds. */
  readonly coalesceMs: number;
  /** Which services a pod's change matters to, as it is known at the time. */
  readonly affected: () => Promise<FindAffected>;
  readonly count: { passes: number; failures: number };
};

/**
 * Makes passes over the services of the agenda's pods when they are due, until the signal; then one over all that is left. Passes
 * overlap, as each waits for Cloud Map's confirmations, but share what they write (share-writes.ts). What one failed at, or could
 * not finish, goes back to the agenda, ever later; it never rejects.
 */
export async function makePasses({
  agenda,
  coalesceMs,
  affected,
  pass,
  logger,
  count,
  signal,
}: Options): Promise<void> {
  const running = new Set<Promise<void>>();
  /** How often each pod's services have failed: another's success says nothing of it. */
  const failures = new Map<string, number>();
  while (!signal.aborted) {
    await agenda.wait(signal);
    if (running.size >= MAX_PASSES) await Promise.race(running);
    // Windows that are open close together.
    else if (!signal.aborted) begin(agenda.take(Date.now() + coalesceMs));
  }
  begin(agenda.take(Infinity));
  await Promise.all(running);

  function begin(pods: ReadonlyMap<string, SeenPod>): void {
    const begun = passOver(pods).finally(() => running.delete(begun));
    running.add(begun);
  }

  async function passOver(pods: ReadonlyMap<string, SeenPod>): Promise<void> {
    const failed = await attempt(pods).catch((error: unknown) => {
      logger.error("a pass of the watch failed", toError(error));
      return [...pods.keys()];
    });
    for (const name of pods.keys()) if (!failed.includes(name)) failures.delete(name);
    if (failed.length === 0) return;
    count.failures += 1;
    for (const name of failed) {
      const before = failures.get(name) ?? 0;
      const pod = pods.get(name);
      if (pod !== undefined) agenda.add(name, pod, Date.now() + pauseAfter(BACKOFF, before));
      failures.set(name, before + 1);
    }
  }

  /** The names of those with whose services a pass did not come to an end. */
  async function attempt(pods: ReadonlyMap<string, SeenPod>): Promise<readonly string[]> {
    if (pods.size === 0) return [];
    const find = await affected();
    const wanted = [...pods].map(([name, pod]) => ({ name, scopes: find(pod) }));
    const scopes = distinct(wanted.flatMap((one) => one.scopes));
    if (scopes.length === 0) return [];
    count.passes += 1;
    const report = await pass(scopes);
    if (report === undefined) return [];
    return wanted.filter((one) => one.scopes.some((scope) => isLeft(scope, report))).map(({ name }) => name);
  }
}

function distinct(scopes: readonly Scope[]): readonly Scope[] {
  return [...new Map(scopes.map((scope) => [JSON.stringify(scope), scope]))]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, scope]) => scope);
}

function isLeft(scope: Scope, { errors, services }: Report): boolean {
  return errors.length > 0 || services.some((service) => isUnsettled(service) && mayMean(scope, service));
}

function isUnsettled({ error, held }: ServiceReport): boolean {
  return error !== null || held.some(({ reason }) => reason === "unfinished");
}

function mayMean(scope: Scope, { service, podNamespaces }: ServiceReport): boolean {
  return scope.kind === "service"
    ? scope.service === service
    : "namespace" in scope && podNamespaces.includes(scope.namespace ?? "");
}
