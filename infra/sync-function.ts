import { Duration } from "aws-cdk-lib";
import type { RemovalPolicy } from "aws-cdk-lib";
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Architecture, Function, Runtime } from "aws-cdk-lib/aws-lambda";
import { SqsDestination } from "aws-cdk-lib/aws-lambda-destinations";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { bundleOf } from "./bundles.ts";
import { exercisedRights } from "./exercised.ts";
import type { Network } from "./network.ts";
import { rightsOf } from "./permissions.ts";
import type { FunctionName, Reach, Right } from "./permissions.ts";
import type { CloudMapSyncProps } from "./props.ts";

type Setting = {
  readonly id: string;
  readonly description: string;
  readonly timeout: Duration;
  /** Whether it is invoked asynchronously, so that a failure has nowhere to go but a destination. */
  readonly isAsync: boolean;
};

const FUNCTIONS: Readonly<Record<FunctionName, Setting>> = {
  "scheduled-reconcile": {
    id: "ScheduledReconcile",
    description: "Makes Cloud Map true to the pods of an EKS cluster: every service",
    timeout: Duration.minutes(2),
    isAsync: true,
  },
  "event-reconcile": {
    id: "EventReconcile",
    description: "Makes Cloud Map true to the pods of an EKS cluster: services that something happened to",
    timeout: Duration.minutes(2),
    isAsync: false,
  },
  watch: {
    id: "Watch",
    description: "Follows the pods of an EKS cluster and makes Cloud Map true to them",
    // Started every 5 minutes, it follows for 5 minutes and 20 s, so that two hand over; the rest is for ending.
    timeout: Duration.seconds(345),
    isAsync: true,
  },
  "audit-log": {
    id: "AuditLog",
    description: "Asks for passes after changes of pods in the audit log of an EKS cluster",
    timeout: Duration.seconds(30),
    isAsync: true,
  },
  "manual-resync": {
    id: "ManualResync",
    description: "Makes Cloud Map true to the pods of an EKS cluster when a person asks for it",
    timeout: Duration.minutes(2),
    isAsync: true,
  },
};

type Parts = {
  readonly props: CloudMapSyncProps;
  readonly reach: Reach;
  readonly network: Network | undefined;
  readonly failures: IQueue;
  readonly key: IKey | undefined;
  readonly removalPolicy: RemovalPolicy;
  readonly environment: Readonly<Record<string, string>>;
};

export type SyncFunction = {
  readonly name: FunctionName;
  readonly lambda: Function;
  readonly role: Role;
  /** What its role holds. */
  readonly rights: readonly Right[];
};

/** A function with a role of its own, which holds exactly the rights of permissions.ts. */
export function createSyncFunction(scope: Construct, name: FunctionName, parts: Parts): SyncFunction {
  const { props, reach, network, failures, key, removalPolicy, environment } = parts;
  const { id, description, timeout, isAsync } = FUNCTIONS[name];
  const logGroup = new LogGroup(scope, `${id}Logs`, {
    retention: props.logRetention ?? RetentionDays.ONE_MONTH,
    removalPolicy,
    ...(key === undefined ? {} : { encryptionKey: key }),
  });
  const rights = [
    ...rightsOf(name, reach),
    ...exercisedRights(name, reach, {
      logGroupArn: logGroup.logGroupArn,
      failuresArn: isAsync ? failures.queueArn : undefined,
      vpc: network !== undefined,
    }),
  ];
  const role = new Role(scope, `${id}Role`, {
    assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
    description: `eks-cloudmap-sync: ${name}`,
    inlinePolicies: { rights: new PolicyDocument({ statements: rights.map(statementOf) }) },
  });
  const lambda = new Function(scope, id, {
    description,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    code: (props.code ?? bundleOf)(name),
    handler: "index.handler",
    timeout,
    memorySize: memoryOf(name, props),
    // What CDK would add of its own is in the list already, or wider than needed.
    role: role.withoutPolicyUpdates(),
    logGroup,
    environment: { ...environment, NODE_OPTIONS: "--enable-source-maps" },
    ...(isAsync
      ? { retryAttempts: 0, maxEventAge: Duration.seconds(60), onFailure: new SqsDestination(failures) }
      : {}),
    ...network,
  });
  return { name, lambda, role, rights };
}

function memoryOf(name: FunctionName, { memory = 512, watchMemory = 384 }: CloudMapSyncProps): number {
  if (name === "watch") return watchMemory;
  return name === "audit-log" ? 256 : memory;
}

function statementOf({ sid, actions, resources, conditions }: Right): PolicyStatement {
  return new PolicyStatement({
    sid,
    effect: Effect.ALLOW,
    actions: [...actions],
    resources: [...resources],
    ...(conditions === undefined ? {} : { conditions: { ...conditions } }),
  });
}
