import { SSMProvider } from "@aws-lambda-powertools/parameters/ssm";
import { SSMClient } from "@aws-sdk/client-ssm";
import { InputError, messageOf, toError } from "../../core/errors.ts";
import { createHistory } from "../../core/history.ts";
import type { History } from "../../core/history.ts";
import type { Scope } from "../../core/model.ts";
import { reconcile } from "../../core/reconcile.ts";
import { failedReport } from "../../core/report.ts";
import type { Report } from "../../core/report.ts";
import type { Configuration } from "../../core/settings.ts";
import { CLIENT_SETTINGS } from "../clients.ts";
import { composeWorld } from "../compose.ts";
import type { Composed } from "../compose.ts";
import { parseConfiguration } from "../configuration/document.ts";
import { parseEnvironment, parseLambdaEnvironment } from "../configuration/environment.ts";
import { VERSION } from "../version.ts";
import { createDocumentReader, inDoubt } from "./configuration-cache.ts";
import { createHandling } from "./handling.ts";
import type { Handling, LambdaContext } from "./handling.ts";
import { createFindings } from "./findings.ts";
import { leaveYoung } from "./leave-young.ts";
import { logReport } from "./logger.ts";
import { publishFailedPass, publishMetrics } from "./metrics.ts";
import type { FullPass } from "./metrics.ts";
import { quotaUsed } from "./quota.ts";
import { createThrottleCount } from "./throttles.ts";
import { scopesHere } from "./scopes-here.ts";
import { createTurn } from "./turn.ts";

export type Ask = {
  /** What woke it, for the log: `schedule`, `queue`, `resync`, `watch`. */
  readonly cause: string;
  readonly scopes: readonly Scope[];
  /** Whether to look for orphans too, by the document as it is then; by default not. */
  readonly sweep?: (configuration: Configuration) => boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
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

/** A document read within this many seconds is used again: the longest that a change of it takes to be seen. */
const CONFIGURATION_SECONDS = 60;

/**
 * Time kept for a call that was begun just before the end, which takes 10 s at most, and for the report, in milliseconds. Where
 * the whole time left is less than twice that, half of it.
 */
const MARGIN = 12_000;
/** How long a pass waits until what it wrote has taken effect, in seconds, where the document says nothing else. */
const CONFIRM_SECONDS = 15;

/** So many warnings are remembered as said. */
const MAX_TOLD = 1_000;

/** `isFrequent`: see `composeWorld`. */
export function createLambda(
  variables: Readonly<Record<string, string | undefined>> = process.env,
  { isFrequent = false }: { readonly isFrequent?: boolean } = {},
): Lambda {
  const handling = createHandling(variables);
  const { logger } = handling;
  const ssm = new SSMClient(CLIENT_SETTINGS);
  const parameters = new SSMProvider({ awsSdkV3Client: ssm });
  const countFindings = createFindings();
  const countThrottles = createThrottleCount();
  const told = new Set<string>();
  let [calls, throttles] = [0, 0];
  let composed: { readonly document: string; readonly world: Promise<Composed> } | undefined;
  let remembered: { readonly document: string; readonly history: History } | undefined;

  const document = createDocumentReader({
    read: async () => {
      const { parameter } = parseLambdaEnvironment(variables);
      const text = await parameters
        .get(parameter, { maxAge: CONFIGURATION_SECONDS, decrypt: true })
        .catch((cause: unknown) => {
          throw new InputError(
            `the configuration could not be read from the SSM parameter ${parameter} (CONFIG_PARAMETER): ${messageOf(cause)}; check that it exists and that this function may read it`,
            { cause },
          );
        });
      return text ?? "";
    },
    patience: () => parseLambdaEnvironment(variables).staleMinutes * 60_000,
    onStale: (warning) => logger.warn(warning),
  });

  const readConfiguration = async () => {
    const { parameter, cluster } = parseLambdaEnvironment(variables);
    const text = await document.read();
    return { text, configuration: parseConfiguration(text, `the SSM parameter ${parameter}`, cluster) };
  };

  /** Connections, credentials and what was sent lately are kept as long as the document stays the same. */
  const readWorld = async () => {
    const { text, configuration } = await readConfiguration();
    if (composed?.document !== text) {
      logger.debug("composed anew", { configuration });
      const environment = parseEnvironment(variables);
      const onThrottle = (operation: string) => {
        throttles += 1;
        logger.debug("throttled", { operation });
      };
      const onCall = () => (calls += 1);
      const access = { kind: "eks" } as const;
      const onWarning = (warning: string) => {
        if (isNew(warning)) logger.warn(warning);
      };
      if (remembered?.document !== text) remembered = { document: text, history: createHistory() };
      const { history } = remembered;
      const listeners = { onCall, onThrottle, onWarning };
      const world = composeWorld({ configuration, access, environment, isFrequent, history, ...listeners });
      composed = { document: text, world };
      world.catch(() => (composed = undefined));
    }
    return composed.world;
  };

  /** What stays as it is, such as nodes that may not be listed, is told once a process, not in every pass. */
  const isNew = (warning: string) => {
    if (told.has(warning)) return false;
    if (told.size >= MAX_TOLD) told.clear();
    told.add(warning);
    return true;
  };

  const pass = async (ask: Ask, context: LambdaContext) => {
    const began = Date.now();
    try {
      return await makePass(ask, context, began);
    } catch (error) {
      // It has ended all the same: that nothing runs at all is another alarm.
      if (isFull(ask)) publishFailedPass(originOf(), Date.now() - began);
      throw error;
    }
  };

  const originOf = () => {
    const { metricsNamespace, cluster, deployment } = parseLambdaEnvironment(variables);
    return { namespace: metricsNamespace, cluster, deployment };
  };

  const makePass = async (ask: Ask, context: LambdaContext, began: number) => {
    const { cause, dryRun = false, force = false } = ask;
    const left = context.getRemainingTimeInMillis();
    const deadline = began + left - Math.min(MARGIN, left / 2);
    // Of passes that overlap, each counts the others' too.
    const before = { calls, throttles };
    const tell = (report: Report, full: FullPass | undefined, perService: boolean) => {
      const warnings = force ? report.warnings : report.warnings.filter(isNew);
      logReport(logger, { ...report, warnings }, { calls: calls - before.calls, dryRun });
      const now = Date.now();
      const figures = { milliseconds: now - began, throttles: countThrottles(throttles - before.throttles, now) };
      publishMetrics(report, { ...figures, origin: originOf(), full, perService });
    };
    const world = await readWorld().catch((error: unknown) => {
      // What somebody has to correct is thrown; that the cluster does not answer is a pass that failed.
      if (error instanceof InputError) throw error;
      return toError(error);
    });
    if (world instanceof Error) {
      const report = failedReport(VERSION, world);
      const full = { findings: countFindings(report, false), isDryRun: false, quota: 0 };
      tell(report, isFull(ask) ? full : undefined, false);
      return report;
    }
    const { settings } = world;
    const sweep = ask.sweep?.(settings) ?? false;
    const { scopes, warning } = await scopesHere(ask.scopes, {
      listNodes: () => world.listNodes(deadline),
      listMappings: () => world.knownMappings(deadline),
    });
    if (warning !== undefined && isNew(warning)) logger.warn(warning);
    if (scopes.length === 0) {
      logger.info("nothing to do: no service of this cluster is meant", { cause, scopes: ask.scopes });
      return undefined;
    }
    const isShared = ask.leavesYoung === true && parseLambdaEnvironment(variables).isWatched;
    logger.info("pass begins", { version: VERSION, cause, scopes, sweep, dryRun, force });
    const patience = (settings.confirmSeconds ?? CONFIRM_SECONDS) * 1000;
    const start = Math.random();
    const asked = { scopes, sweep, dryRun, force, newCluster: false, deadline, patience, start };
    const doubt = document.staleness();
    const certain = doubt === undefined ? world : inDoubt(world, doubt);
    const report = await reconcile(asked, isShared ? withoutYoung(certain) : certain);
    const fullPass = () => ({
      findings: countFindings(report, sweep),
      isDryRun: settings.policy === "dry-run",
      quota: quotaUsed(report, settings.quotas.instancesPerNamespace),
    });
    tell(report, isFull(ask) ? fullPass() : undefined, settings.metrics.perService);
    // The cluster may have moved, or its certificate; the next pass describes it anew. Where passes are frequent, too often.
    if (hasFailed(report) && !isFrequent) composed = undefined;
    return report;
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
    world: readWorld,
    forget: () => {
      composed = undefined;
    },
    pass,
  };
}

function withoutYoung(world: Composed): Composed {
  return { ...world, registry: leaveYoung(world.registry, world.now) };
}

/** The schedule's passes alone tell of the whole: what others succeed at must not hide that these have stopped. */
function isFull({ cause }: Ask): boolean {
  return cause === "schedule";
}

function hasFailed({ errors, services }: Report): boolean {
  return errors.length > 0 || services.some(({ error }) => error !== null);
}
