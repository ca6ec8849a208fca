import { setTimeout as sleep } from "node:timers/promises";
import { toError } from "../../core/errors.ts";
import type { Scope } from "../../core/model.ts";
import type { World } from "../../core/ports.ts";
import { reconcile } from "../../core/reconcile.ts";
import type { Request } from "../../core/request.ts";
import type { Report } from "../../core/report.ts";
import type { Configuration } from "../../core/settings.ts";
import type { ClusterAccess } from "../compose.ts";
import { createIsNew } from "../is-new.ts";
import { createKnownWorld } from "../lambda/known-world.ts";
import { logReport } from "../lambda/log-report.ts";
import type { Log } from "../lambda/log-report.ts";
import { follow } from "./follow.ts";
import { RIPE_AFTER } from "./times.ts";
import { isSweep } from "../../triggers/schedule.ts";

/** How often every service is looked at, how long such a pass may take, and one of the watch, in milliseconds: as the functions have it. */
const EVERY = 60_000;
const PASS = 240_000;
const WATCH_PASS = 120_000;
/** How long a pass waits until what it wrote has taken effect, in seconds, where the document says nothing else. */
const CONFIRM_SECONDS = 15;
/** After so long the pods are followed anew: the cluster may have moved, or its certificate. In milliseconds. */
const ANEW = 3_600_000;
/** Before they are, where they could not be followed, in milliseconds. */
const PAUSE = 30_000;

export type KeepInSync = {
  /** Read before every pass. Throws where it cannot be. */
  readonly readConfiguration: () => Promise<{ readonly text: string; readonly configuration: Configuration }>;
  readonly access: ClusterAccess;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** See `Request`. */
  readonly newCluster: boolean;
  readonly log: Log;
  /** Ends it: no pass is begun after it. */
  readonly signal: AbortSignal;
};

/**
 * What the schedule's function and the watch's do, in one process, until the signal: every minute a pass over every service, and
 * one over those whose pods have changed as soon as they have. What fails is logged, and tried again. Throws only where there is
 * nothing to begin with.
 */
export async function keepInSync(options: KeepInSync): Promise<void> {
  const { log, signal } = options;
  const isNew = createIsNew();
  let [calls, began] = [0, false];
  const telemetry = {
    onCall: () => void (calls += 1),
    onThrottle: () => {},
    warn: (warning: string) => void (isNew(warning) && log.warn(warning)),
  };
  const { environment: variables, readConfiguration, access } = options;
  const shared = { variables, readConfiguration, access, telemetry, logger: log };
  const [whole, watched] = [
    createKnownWorld({ ...shared, isFrequent: false }),
    createKnownWorld({ ...shared, isFrequent: true }),
  ];
  await whole.read(Date.now() + PASS);
  await Promise.all([passEveryMinute(), followPods()]);

  async function passEveryMinute(): Promise<void> {
    while (!signal.aborted) {
      const time = Date.now();
      await passOverAll(time).catch((error: unknown) => log.error("the pass failed", toError(error)));
      began = true;
      await pause(EVERY - (Date.now() % EVERY));
    }
  }

  async function passOverAll(time: number): Promise<void> {
    const world = await whole.read(time + PASS);
    const sweep = !began || isSweep(time, world.settings.orphans.everyMinutes);
    // What is young is the watch's, once it follows.
    const ripeAfter = began ? RIPE_AFTER : 0;
    const report = await pass("schedule", [{ kind: "all" }], { sweep, deadline: time + PASS, ripeAfter }, world);
    if (hasFailed(report)) whole.forget();
  }

  async function followPods(): Promise<void> {
    while (!signal.aborted) {
      const until = AbortSignal.any([signal, AbortSignal.timeout(ANEW)]);
      try {
        await follow({
          alone: 0,
          limit: Infinity,
          signal: until,
          world: watched.read,
          pass: passOverSome,
          logger: log,
        });
      } catch (error) {
        log.error("the pods could not be followed", toError(error));
        await pause(PAUSE);
      }
      watched.forget();
    }
  }

  async function passOverSome(scopes: readonly Scope[]): Promise<Report> {
    const deadline = Date.now() + WATCH_PASS;
    return pass("watch", scopes, { sweep: false, deadline, ripeAfter: 0 }, await watched.read(deadline));
  }

  async function pass(
    cause: string,
    scopes: readonly Scope[],
    given: Pick<Request, "sweep" | "deadline" | "ripeAfter">,
    world: World,
  ): Promise<Report> {
    const before = calls;
    const { newCluster } = options;
    const patience = (world.settings.confirmSeconds ?? CONFIRM_SECONDS) * 1000;
    const asked = {
      scopes,
      ...given,
      spreads: true,
      dryRun: false,
      force: false,
      newCluster,
      patience,
      start: Math.random(),
    };
    const report = await reconcile(asked, world);
    const warnings = report.warnings.filter(isNew);
    logReport(log, { ...report, warnings }, { cause, calls: calls - before, dryRun: false });
    return report;
  }

  /** Ends early at the signal. */
  async function pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal }).catch(() => {});
  }
}

function hasFailed({ errors, services }: Report): boolean {
  return errors.length > 0 || services.some(({ error }) => error !== null);
}
