import { SSMClient } from "@aws-sdk/client-ssm";
import { InputError, toError } from "../../core/errors.ts";
import type { Scope } from "../../core/model.ts";
import { reconcile } from "../../core/reconcile.ts";
import { failedReport } from "../../core/make-report.ts";
import type { Report } from "../../core/report.ts";
import type { Configuration } from "../../core/settings.ts";
import { CLIENT_SETTINGS } from "../clients.ts";
import type { Composed } from "../compose.ts";
import { parseLambdaEnvironment } from "../configuration/environment.ts";
import { makeRemarkable, makeRemarkedPass } from "../remarks/remarked-pass.ts";
import { COMMIT, VERSION } from "../version.ts";
import { RIPE_AFTER } from "../watch/times.ts";
import { inDoubt } from "./configuration-cache.ts";
import { deadlineOf } from "./deadline.ts";
import { createHandling } from "./handling.ts";
import type { Handling, LambdaContext } from "./handling.ts";
import { createKnownWorld } from "./known-world.ts";
import { createReadConfiguration } from "./read-configuration.ts";
import { scopesHere } from "./scopes-here.ts";
import { createTelemetry } from "./telemetry.ts";
import { createTurn } from "./turn.ts";

export type Ask = {
  /** What woke it, for the log: `schedule`, `queue`, `resync`, `watch`. */
  readonly cause: string;
  readonly scopes: readonly Scope[];
  /** Whether to look for orphans too, by the document as it is then; by default not. */
  readonly sweep?: (configuration: Configuration) => boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  /** Whether a person waits for the report: what they should know besides is looked for too. */
  readonly remarks?: boolean;
  /** Whether differences that were just found are left to the watch, where there is one. */
  readonly leavesYoung?: boolean;
};

/** What the entry files of passes share. One a Lambda, kept between invocations. */
export type Lambda = Handling & {
  /** The cluster's name, from the environment. */
  readonly cluster: () => string;
  /** What a pass works on, by the configuration as it is. */
  readonly world: () => Promise<Composed>;
  /** Makes the next world anew: the cluster may have moved. */
  readonly forget: () => void;
  /** Does the work unless another process of the same schedule is at it. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T | undefined>;
  /** One reconcile, told in log and metrics; undefined where none of the scopes means this cluster. */
  readonly pass: (ask: Ask, context: LambdaContext) => Promise<Report | undefined>;
};

/** How long a pass waits until what it wrote has taken effect, in seconds, where the document says nothing else. */
const CONFIRM_SECONDS = 15;

/** `isFrequent`: see `composeWorld`. */
export function createLambda(
  variables: Readonly<Record<string, string | undefined>> = process.env,
  { isFrequent = false }: { readonly isFrequent?: boolean } = {},
): Lambda {
  const handling = createHandling(variables);
  const { logger } = handling;
  const ssm = new SSMClient(CLIENT_SETTINGS);
  const telemetry = createTelemetry(logger, variables);
  const configuration = createReadConfiguration(variables, ssm, (warning) => logger.warn(warning));
  const { read: readConfiguration } = configuration;
  const known = createKnownWorld({ variables, readConfiguration, telemetry, logger, isFrequent });

  const pass = async (ask: Ask, context: LambdaContext) => {
    const began = Date.now();
    try {
      return await makePass(ask, deadlineOf(context, began));
    } catch (error) {
      // It has ended all the same: that nothing runs at all is another alarm.
      if (isFull(ask)) telemetry.failed(began);
      throw error;
    }
  };

  const makePass = async (ask: Ask, deadline: number) => {
    const { cause, dryRun = false, force = false } = ask;
    const tell = telemetry.begin();
    const world = await known.read(deadline).catch((error: unknown) => {
      // What somebody has to correct is thrown; that the cluster does not answer is a pass that failed.
      if (error instanceof InputError) throw error;
      return toError(error);
    });
    if (world instanceof Error) {
      const report = failedReport(VERSION, world);
      tell(report, { cause, isFull: isFull(ask), sweep: false, dryRun, force, settings: undefined });
      return report;
    }
    const { settings } = world;
    const sweep = ask.sweep?.(settings) ?? false;
    const { scopes, warning } = await scopesHere(ask.scopes, {
      listNodes: () => world.listNodes(deadline),
      listMappings: () => world.knownMappings(deadline),
    });
    if (warning !== undefined) telemetry.warn(warning);
    if (scopes.length === 0) {
      logger.info("nothing to do: no service of this cluster is meant", { cause, scopes: ask.scopes });
      return undefined;
    }
    // Of passes that come several a second the line that ends them has to do.
    logger[isFrequent ? "debug" : "info"]("pass begins", {
      version: VERSION,
      commit: COMMIT,
      cause,
      scopes,
      sweep,
      dryRun,
      force,
    });
    const patience = (settings.confirmSeconds ?? CONFIRM_SECONDS) * 1000;
    const start = Math.random();
    const ripeAfter = ask.leavesYoung === true && parseLambdaEnvironment(variables).isWatched ? RIPE_AFTER : 0;
    const spreads = isFull(ask);
    const asked = { scopes, sweep, spreads, dryRun, force, newCluster: false, deadline, patience, ripeAfter, start };
    const report = await (ask.remarks === true
      ? makeRemarkedPass(asked, makeRemarkable(certain(world)))
      : reconcile(asked, certain(world)));
    tell(report, { cause, isFull: isFull(ask), sweep, dryRun, force, settings });
    // The next pass describes the cluster anew. Where passes are frequent, that would be too often.
    if (hasFailed(report) && !isFrequent) known.forget();
    return report;
  };

  const certain = (world: Composed): Composed => {
    const doubt = configuration.staleness();
    return doubt === undefined ? world : inDoubt(world, doubt);
  };

  const inTurn = async <T>(work: () => Promise<T>) => {
    const { turnParameter } = parseLambdaEnvironment(variables);
    if (turnParameter === undefined) return work();
    return createTurn(ssm, turnParameter, (problem) => logger.warn(problem)).take(work);
  };

  return {
    ...handling,
    inTurn,
    cluster: () => parseLambdaEnvironment(variables).cluster,
    world: known.read,
    forget: known.forget,
    pass,
  };
}

/** The schedule's passes alone tell of the whole: what others succeed at must not hide that these have stopped. */
function isFull({ cause }: Ask): boolean {
  return cause === "schedule";
}

function hasFailed({ errors, services }: Report): boolean {
  return errors.length > 0 || services.some(({ error }) => error !== null);
}
