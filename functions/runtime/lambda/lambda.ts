import { SSMProvider } from "@aws-lambda-powertools/parameters/ssm";
import { InputError, messageOf } from "../../core/errors.ts";
import type { Scope } from "../../core/model.ts";
import { reconcile } from "../../core/reconcile.ts";
import type { Report } from "../../core/report.ts";
import type { Configuration } from "../../core/settings.ts";
import { scopesAgain } from "./again.ts";
import { CLIENT_SETTINGS } from "../clients.ts";
import { composeWorld } from "../compose.ts";
import type { Composed } from "../compose.ts";
import { parseConfiguration } from "../configuration/document.ts";
import { parseEnvironment, parseLambdaEnvironment } from "../configuration/environment.ts";
import { createDocumentReader } from "./configuration-cache.ts";
import { createHandling } from "./handling.ts";
import type { Handling, LambdaContext } from "./handling.ts";
import { createLastingDrift } from "./lasting-drift.ts";
import { logReport } from "./logger.ts";
import { publishMetrics } from "./metrics.ts";
import { scopesHere } from "./scopes-here.ts";

export type Ask = {
  /** What woke it, for the log: `schedule`, `queue`, `resync`, `watch`. */
  readonly cause: string;
  readonly scopes: readonly Scope[];
  readonly sweep?: boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  /** How often this has been asked for already, because a pass could not finish it. */
  readonly attempt?: number;
};

/** What the entry files of passes share. One a Lambda, kept between invocations. */
export type Lambda = Handling & {
  /** The cluster's name, from the environment. */
  readonly cluster: () => string;
  readonly configuration: () => Promise<Configuration>;
  /** What a pass works on, by the configuration as it is. */
  readonly world: () => Promise<Composed>;
  /** Makes the next world anew: the cluster may have moved. */
  readonly forget: () => void;
  /** One reconcile, told in log and metrics; undefined where none of the scopes means this cluster. */
  readonly pass: (ask: Ask, context: LambdaContext) => Promise<Report | undefined>;
};

/** A document read within this many seconds is used again: the longest that a change of it takes to be seen. */
const CONFIGURATION_SECONDS = 60;

/**
 * Time kept for finishing what is under way and for the report, in milliseconds: an operation that hangs is given up after
 * 30 s. Where the whole time left is less than twice that, half of it.
 */
const MARGIN = 35_000;

/** `isFrequent`: see `composeWorld`. */
export function createLambda(
  variables: Readonly<Record<string, string | undefined>> = process.env,
  { isFrequent = false }: { readonly isFrequent?: boolean } = {},
): Lambda {
  const handling = createHandling(variables);
  const { logger, enqueue } = handling;
  const parameters = new SSMProvider({ clientConfig: CLIENT_SETTINGS });
  const countLasting = createLastingDrift();
  const told = new Set<string>();
  let [calls, throttles] = [0, 0];
  let composed: { readonly document: string; readonly world: Promise<Composed> } | undefined;

  const readDocument = createDocumentReader({
    read: async () => {
      const { parameter } = parseLambdaEnvironment(variables);
      const document = await parameters
        .get(parameter, { maxAge: CONFIGURATION_SECONDS, decrypt: true })
        .catch((cause: unknown) => {
          throw new InputError(
            `the configuration could not be read from the SSM parameter ${parameter} (CONFIG_PARAMETER): ${messageOf(cause)}; check that it exists and that this function may read it`,
            { cause },
          );
        });
      return document ?? "";
    },
    patience: () => parseLambdaEnvironment(variables).staleMinutes * 60_000,
    onStale: (warning) => logger.warn(warning),
  });

  const readConfiguration = async () => {
    const { parameter, cluster } = parseLambdaEnvironment(variables);
    const text = await readDocument();
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
      const world = composeWorld({ configuration, access, environment, onCall, onThrottle, onWarning, isFrequent });
      composed = { document: text, world };
      world.catch(() => (composed = undefined));
    }
    return composed.world;
  };

  /** What stays as it is, such as nodes that may not be listed, is told once a process, not in every pass. */
  const isNew = (warning: string) => {
    if (told.has(warning)) return false;
    told.add(warning);
    return true;
  };

  const pass = async (ask: Ask, context: LambdaContext) => {
    const { cause, sweep = false, dryRun = false, force = false } = ask;
    const began = Date.now();
    const left = context.getRemainingTimeInMillis();
    const deadline = began + left - Math.min(MARGIN, left / 2);
    // Of passes that overlap, each counts the others' too.
    const before = { calls, throttles };
    const world = await readWorld();
    const { scopes, warning } = await scopesHere(ask.scopes, world.listNodes);
    if (warning !== undefined && isNew(warning)) logger.warn(warning);
    if (scopes.length === 0) {
      logger.info("nothing to do: none of this cluster's nodes is meant", { cause, scopes: ask.scopes });
      return undefined;
    }
    logger.info("pass begins", { cause, scopes, sweep, dryRun, force });
    const report = await reconcile({ scopes, sweep, dryRun, force, deadline }, world);
    const isFull = !dryRun && scopes.some(({ kind }) => kind === "all");
    const warnings = force ? report.warnings : report.warnings.filter(isNew);
    logReport(logger, { ...report, warnings }, { calls: calls - before.calls, dryRun });
    publishMetrics(report, {
      namespace: parseLambdaEnvironment(variables).metricsNamespace,
      cluster: world.settings.cluster,
      milliseconds: world.now() - began,
      throttles: throttles - before.throttles,
      isFull,
      lastingDrift: isFull ? countLasting(report) : 0,
      perService: world.settings.metrics.perService,
    });
    // The cluster may have moved, or its certificate; the next pass describes it anew. Where passes are frequent, too often.
    if (hasFailed(report) && !isFrequent) composed = undefined;
    await askAgain(report, ask);
    return report;
  };

  /** Without a queue, or while it cannot be reached, the schedule's next pass goes on. */
  const askAgain = async (report: Report, ask: Ask) => {
    const scopes = scopesAgain(report, ask);
    if (scopes.length === 0 || parseLambdaEnvironment(variables).queueUrl === undefined) return;
    const attempt = (ask.attempt ?? 0) + 1;
    try {
      await enqueue(scopes, attempt);
      logger.info("asked for another pass", { scopes, attempt });
    } catch (error) {
      logger.warn(`no other pass could be asked for: ${messageOf(error)}; the schedule's next one goes on`);
    }
  };

  return {
    ...handling,
    cluster: () => parseLambdaEnvironment(variables).cluster,
    configuration: async () => (await readConfiguration()).configuration,
    world: readWorld,
    forget: () => {
      composed = undefined;
    },
    pass,
  };
}

function hasFailed({ errors, services }: Report): boolean {
  return errors.length > 0 || services.some(({ error }) => error !== null);
}
