import { SSMProvider } from "@aws-lambda-powertools/parameters/ssm";
import { SQSClient } from "@aws-sdk/client-sqs";
import type { Logger } from "@aws-lambda-powertools/logger";
import { InputError, toError } from "../core/errors.ts";
import type { Node, Scope } from "../core/model.ts";
import type { World } from "../core/ports.ts";
import { reconcile } from "../core/reconcile.ts";
import type { Report } from "../core/report.ts";
import type { Configuration } from "../core/settings.ts";
import { composeWorld } from "./compose.ts";
import { parseConfiguration } from "./configuration.ts";
import { parseEnvironment, parseLambdaEnvironment } from "./environment.ts";
import { createLogger, logReport } from "./logger.ts";
import { publishMetrics } from "./metrics.ts";
import { createQueue } from "./queue.ts";

/** What a Lambda is told about its invocation, as far as it matters here. */
export type LambdaContext = {
  readonly awsRequestId: string;
  readonly getRemainingTimeInMillis: () => number;
};

export type Ask = {
  /** What woke it, for the log: `schedule`, `queue`, `resync`, `watch`. */
  readonly cause: string;
  readonly scopes: readonly Scope[];
  readonly sweep?: boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
};

/** What the entry files share. One a Lambda, kept between invocations. */
export type Lambda = {
  readonly logger: Logger;
  /** The cluster's name, from the environment. */
  readonly cluster: () => string;
  readonly configuration: () => Promise<Configuration>;
  /** One reconcile, told in log and metrics; undefined where none of the scopes means this cluster. */
  readonly pass: (ask: Ask, context: LambdaContext) => Promise<Report | undefined>;
  /** Puts scopes on the queue; throws where the Lambda has none. */
  readonly enqueue: (scopes: readonly Scope[]) => Promise<void>;
  /** Wraps a handler: what it throws is logged once, and thrown again. */
  readonly handle: <T>(
    work: (event: unknown, context: LambdaContext) => Promise<T>,
  ) => (event: unknown, context: LambdaContext) => Promise<T>;
};

/** A document read within this many seconds is used again: the longest that a change of it takes to be seen. */
const CONFIGURATION_SECONDS = 60;

/**
 * Time kept for finishing what is under way and for the report, in milliseconds: an operation that hangs is given up after
 * 30 s. Where the whole time left is less than twice that, half of it.
 */
const MARGIN = 35_000;

export function createLambda(variables: Readonly<Record<string, string | undefined>> = process.env): Lambda {
  const logger = createLogger();
  const parameters = new SSMProvider();
  let throttles = 0;
  let composed: { readonly document: string; readonly world: Promise<World> } | undefined;

  const readDocument = async () => {
    const { parameter } = parseLambdaEnvironment(variables);
    const document = await parameters
      .get(parameter, { maxAge: CONFIGURATION_SECONDS, decrypt: true })
      .catch((cause: unknown) => {
        throw new InputError(
          `the configuration could not be read from the SSM parameter ${parameter} (CONFIG_PARAMETER); check that it exists and that this function may read it`,
          { cause },
        );
      });
    return { document: document ?? "", parameter };
  };

  const readConfiguration = async () => {
    const { document, parameter } = await readDocument();
    const { cluster } = parseLambdaEnvironment(variables);
    return { document, configuration: parseConfiguration(document, `the SSM parameter ${parameter}`, cluster) };
  };

  /** Connections, credentials and what was sent lately are kept as long as the document stays the same. */
  const readWorld = async () => {
    const { document, configuration } = await readConfiguration();
    if (composed?.document !== document) {
      const environment = parseEnvironment(variables);
      const onThrottle = () => (throttles += 1);
      composed = { document, world: composeWorld({ configuration, access: { kind: "eks" }, environment, onThrottle }) };
      composed.world.catch(() => (composed = undefined));
    }
    return composed.world;
  };

  const enqueue = async (scopes: readonly Scope[]) => {
    const { queueUrl } = parseLambdaEnvironment(variables);
    if (queueUrl === undefined) throw new InputError("QUEUE_URL is missing: this function sends to the queue; set it");
    if (scopes.length > 0) await createQueue(new SQSClient({}), queueUrl).send(scopes);
  };

  const pass = async ({ cause, scopes, sweep = false, dryRun = false, force = false }: Ask, context: LambdaContext) => {
    const world = await readWorld();
    const began = world.now();
    const throttlesBefore = throttles;
    const here = await scopesHere(scopes, world);
    logger.info("pass begins", { cause, scopes: here, sweep, dryRun, force });
    if (here.length === 0) return undefined;
    const left = context.getRemainingTimeInMillis();
    const deadline = began + left - Math.min(MARGIN, left / 2);
    const report = await reconcile({ scopes: here, sweep, dryRun, force, deadline }, world);
    logReport(logger, report);
    publishMetrics(report, {
      namespace: parseLambdaEnvironment(variables).metricsNamespace,
      cluster: world.settings.cluster,
      milliseconds: world.now() - began,
      throttles: throttles - throttlesBefore,
      perService: world.settings.metrics.perService,
    });
    // The cluster may have moved, or its certificate; the next pass describes it anew.
    if (!report.ok) composed = undefined;
    await askAgain(report);
    return report;
  };

  /** What the time was too short for is asked for again, where there is a queue; else the schedule's next pass goes on. */
  const askAgain = async ({ services }: Report) => {
    const unfinished = services.filter(({ held }) => held.some(({ reason }) => reason === "unfinished"));
    if (unfinished.length === 0 || parseLambdaEnvironment(variables).queueUrl === undefined) return;
    await enqueue(unfinished.map(({ namespace, service }) => ({ kind: "service", namespace, service })));
  };

  return {
    logger,
    cluster: () => parseLambdaEnvironment(variables).cluster,
    configuration: async () => (await readConfiguration()).configuration,
    pass,
    enqueue,
    handle: (work) => async (event, context) => {
      logger.resetKeys();
      logger.appendKeys({ requestId: context.awsRequestId });
      try {
        return await work(event, context);
      } catch (error) {
        logger.error("the invocation failed", toError(error));
        throw error;
      }
    },
  };
}

/** Events of EC2 name machines of the whole account: those that are no node of this cluster are left out, for one list of nodes. */
async function scopesHere(scopes: readonly Scope[], { cluster }: World): Promise<readonly Scope[]> {
  if (!scopes.some(({ kind }) => kind === "node") || scopes.some(({ kind }) => kind === "all")) return scopes;
  const read = await cluster.listNodes();
  if (read.state !== "read") return scopes;
  const isNode = (name: string) => [...read.nodes.values()].some((node) => isCalled(node, name));
  return scopes.filter((scope) => scope.kind !== "node" || isNode(scope.node));
}

function isCalled({ name, instanceId }: Node, wanted: string): boolean {
  return name === wanted || instanceId === wanted;
}
