import { RemovalPolicy, Stack, Tags } from "aws-cdk-lib/core";
import type { Alarm } from "aws-cdk-lib/aws-cloudwatch";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { Function } from "aws-cdk-lib/aws-lambda";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { EVENTS_TARGET_QUEUE_SAME_ACCOUNT } from "aws-cdk-lib/cx-api";
import { ParameterTier, StringParameter } from "aws-cdk-lib/aws-ssm";
import type { IStringParameter } from "aws-cdk-lib/aws-ssm";
import { Construct } from "constructs";
import { CLUSTER_TAG, CONFIGURATION_TAG } from "../functions/runtime/deployment.ts";
import { createAccess } from "./access.ts";
import { acknowledge } from "./acknowledgements.ts";
import { createAlarms, passMetrics } from "./alarms.ts";
import { createDashboard } from "./dashboard.ts";
import { readDocumentFile } from "./document-file.ts";
import { createNetwork } from "./network.ts";
import { FUNCTION_NAMES, FUNCTIONS, PROCESS_VARIABLES } from "./functions.ts";
import type { FunctionName } from "./functions.ts";
import { requireNode } from "./node-version.ts";
import { createOutputs } from "./outputs.ts";
import type { CloudMapSyncProps } from "./props.ts";
import { createQueries } from "./queries.ts";
import { createQueues } from "./queues.ts";
import { reachOf } from "./reach.ts";
import { createSchedules } from "./schedules.ts";
import { createSyncFunction } from "./sync-function.ts";
import type { SyncFunction } from "./sync-function.ts";
import type { SyncConfiguration } from "./sync-configuration.ts";
import { createTriggers } from "./triggers.ts";
import { deploymentOf, refuseTwins } from "./twins.ts";
import type { Writer } from "./twins.ts";
import { warnOfUnlisted } from "./unlisted.ts";
import { clusterNameOf, isParameter, scheduleMinutes, validateProps } from "./validate.ts";
import type { CheckedDocument } from "./validate.ts";

export type { AlarmThresholds, CloudMapSyncProps, SyncNamespace, SyncRights } from "./props.ts";
export type { SyncConfiguration } from "./sync-configuration.ts";
export type { FunctionName } from "./functions.ts";

// Where the package is loaded, before anything that an older one does not know.
requireNode(process.versions.node);

/**
 * Keeps AWS Cloud Map in sync with the pods of an EKS cluster:
 *
 *     new CloudMapSync(this, "Sync", { cluster, configuration: { namespaces: ["shop.local"] } });
 *
 * Throws where props are wrong, with everything that is. Removing it leaves the instances in Cloud Map: run `destroy --stack` before.
 */
export class CloudMapSync extends Construct {
  /** By name, those that are on. Their roles are the only ones that write Cloud Map. */
  readonly functions: Readonly<Partial<Record<FunctionName, Function>>>;
  /** What a person invokes. */
  readonly manualResync: Function;
  /** The configuration's; changing `policy` in it to dry-run stops all writes within a minute, but for those of a pass that is under way. */
  readonly parameter: IStringParameter;
  /** Scopes and events that wait for a pass. */
  readonly queue: Queue;
  /** All of them, e.g. for a composite one; none with `alarms: false`. */
  readonly alarms: readonly Alarm[];
  readonly #writer: Writer;

  constructor(scope: Construct, id: string, props: CloudMapSyncProps) {
    super(scope, id);
    // Whatever the app's flags say: EventBridge may use an encrypted queue for this account's rules alone.
    this.node.setContext(EVENTS_TARGET_QUEUE_SAME_ACCOUNT, true);
    const checked = validateProps(props);
    const cluster = clusterNameOf(props);
    const minutes = scheduleMinutes(props) ?? 1;
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const namespace = props.metricsNamespace ?? "EksCloudMapSync";
    const deployment = deploymentOf(this);
    this.#writer = { construct: this, cluster, document: checked?.settings };
    refuseTwins(this.#writer, this.#otherWriters());
    const key = props.encryptionKey;
    if (key !== undefined) letServicesUse(key, Stack.of(this));

    const parameter = this.#createParameter(props, checked, removalPolicy);
    const turn = this.#createTurn(cluster, parameter);
    const queues = createQueues(this, key);
    const reach = reachOf(this, {
      props,
      settings: checked?.settings,
      parameterArn: parameter.parameterArn,
      turnArn: turn.parameterArn,
      queue: queues.scopes,
      key,
    });
    warnOfUnlisted(this, props, checked?.settings);
    const environment = {
      ...PROCESS_VARIABLES,
      CLUSTER_NAME: cluster,
      CONFIG_PARAMETER: parameter.parameterName,
      QUEUE_URL: queues.scopes.queueUrl,
      TURN_PARAMETER: turn.parameterName,
      ...(props.watch === true ? { WATCH: "on" } : {}),
      POWERTOOLS_METRICS_NAMESPACE: namespace,
      DEPLOYMENT: deployment,
      ...(props.staleConfiguration === undefined
        ? {}
        : { CONFIG_STALE_MINUTES: String(props.staleConfiguration.toMinutes()) }),
    };
    const { failures } = queues;
    const network = createNetwork(this, props);
    const parts = { props, reach, network, failures, key, removalPolicy, environment };
    const functions = FUNCTION_NAMES.filter((name) => isOn(name, props)).map((name) =>
      createSyncFunction(this, name, parts),
    );
    const readers = functions.filter(({ name }) => FUNCTIONS[name].abilities.includes("pass"));
    const resync = invokedByPeople(functions);

    const { access = "view-policy", accessEntry = true } = props;
    createAccess(this, {
      cluster,
      access,
      accessEntry,
      sources: checked?.settings.sources,
      functions: readers,
    });
    const schedules = createSchedules(this, { functions, minutes, failures, key });
    createTriggers(this, {
      cluster,
      queues,
      ec2Events: props.ec2Events ?? (access === "rbac" || !accessEntry),
      functions,
    });
    props.resyncRole?.addToPrincipalPolicy(
      new PolicyStatement({ actions: ["lambda:InvokeFunction"], resources: [resync.functionArn] }),
    );

    const metric = passMetrics(namespace, { cluster, deployment });
    const { alarmTopic: topic, alarms: thresholds = {} } = props;
    const logGroups = readers.map(({ lambda }) => lambda.logGroup);
    this.alarms =
      thresholds === false
        ? []
        : createAlarms(this, { cluster, deployment, metric, queues, minutes, thresholds, topic });
    if (props.dashboard ?? true)
      createDashboard(this, {
        metric,
        queues,
        functions,
        logGroupNames: logGroups.map(({ logGroupName }) => logGroupName),
      });
    createQueries(this, logGroups);
    acknowledge(queues, functions);

    this.functions = Object.fromEntries(functions.map(({ name, lambda }) => [name, lambda]));
    this.manualResync = resync;
    this.parameter = parameter;
    this.queue = queues.scopes;
    createOutputs(this, {
      deployment,
      cluster,
      parameter,
      turn,
      resync,
      functions,
      admitted: accessEntry ? readers : [],
      schedules,
      queues,
      alarms: this.alarms,
      metricsNamespace: namespace,
    });
  }

  /**
   * `cluster` and `configuration` from the document that the command line takes with `--config`, so that both read one file:
   *
   *     new CloudMapSync(this, "Sync", { ...CloudMapSync.propsFromFile("sync.yaml"), services: "tagged" });
   *
   * The path is relative to where the app runs. Throws where the file cannot be read, or is wrong, with everything that is.
   */
  static propsFromFile(file: string): { readonly cluster: string; readonly configuration: SyncConfiguration } {
    return readDocumentFile(file);
  }

  /** The functions write it, and nothing of it is worth keeping. */
  #createTurn(cluster: string, configuration: IStringParameter): IStringParameter {
    const parameter = new StringParameter(this, "Turn", {
      description: "Until when a pass of eks-cloudmap-sync's schedule is at work; the function writes it",
      stringValue: "free",
    });
    parameter.applyRemovalPolicy(RemovalPolicy.DESTROY);
    Tags.of(parameter).add(CLUSTER_TAG, cluster);
    Tags.of(parameter).add(CONFIGURATION_TAG, configuration.parameterName);
    return parameter;
  }

  /** Of this app's other constructs, those that were made before. */
  #otherWriters(): readonly Writer[] {
    return this.node.root.node
      .findAll()
      .flatMap((other) => (other instanceof CloudMapSync && other !== this ? [other.#writer] : []));
  }

  /** Its name is CloudFormation's, so that one that is kept never stands in the way of the next. */
  #createParameter(
    { configuration }: CloudMapSyncProps,
    checked: CheckedDocument | undefined,
    removalPolicy: RemovalPolicy,
  ): IStringParameter {
    if (isParameter(configuration)) return configuration;
    const parameter = new StringParameter(this, "Configuration", {
      description: "The configuration of eks-cloudmap-sync",
      stringValue: Stack.of(this).toJsonString(checked?.document ?? {}),
      tier: ParameterTier.INTELLIGENT_TIERING,
    });
    parameter.applyRemovalPolicy(removalPolicy);
    return parameter;
  }
}

function isOn(name: FunctionName, props: CloudMapSyncProps): boolean {
  const { switch: prop } = FUNCTIONS[name];
  return prop === undefined || props[prop] === true;
}

function invokedByPeople(functions: readonly SyncFunction[]): Function {
  const found = functions.find(({ name }) => FUNCTIONS[name].wokenBy.by === "person");
  if (found === undefined) throw new Error("the table of functions has none that a person invokes; add its row again");
  return found.lambda;
}

/** Has an effect on keys of the same app alone. */
function letServicesUse(key: IKey, { region, partition, account }: Stack): void {
  const actions = ["kms:Decrypt", "kms:GenerateDataKey*"];
  key.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal("events.amazonaws.com")],
      actions,
      resources: ["*"],
      conditions: { StringEquals: { "aws:SourceAccount": account } },
    }),
  );
  key.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal(`logs.${region}.amazonaws.com`)],
      actions: [...actions, "kms:Encrypt", "kms:ReEncrypt*", "kms:DescribeKey"],
      resources: ["*"],
      conditions: { ArnLike: { "kms:EncryptionContext:aws:logs:arn": `arn:${partition}:logs:${region}:${account}:*` } },
    }),
  );
}
