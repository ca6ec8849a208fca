import { Duration } from "aws-cdk-lib/core";
import type { RemovalPolicy } from "aws-cdk-lib/core";
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Architecture, Function, Runtime, RuntimeFamily } from "aws-cdk-lib/aws-lambda";
import { SqsDestination } from "aws-cdk-lib/aws-lambda-destinations";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { bundles, handlerOf } from "./bundles.ts";
import { exercisedRights } from "./exercised.ts";
import type { Network } from "./network.ts";
import { rightsOf } from "./permissions.ts";
import { FUNCTIONS } from "./functions.ts";
import type { FunctionName } from "./functions.ts";
import type { Reach, Right } from "./permissions.ts";
import type { CloudMapSyncProps } from "./props.ts";

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

/** Older versions of CDK do not know it by name. */
const NODE_24 = new Runtime("nodejs24.x", RuntimeFamily.NODEJS, { supportsInlineCode: true });

/** A function with a role of its own, which holds exactly the rights of permissions.ts. */
export function createSyncFunction(scope: Construct, name: FunctionName, parts: Parts): SyncFunction {
  const { props, reach, network, failures, key, removalPolicy, environment } = parts;
  const { id, description, timeout, memory, wokenBy, abilities } = FUNCTIONS[name];
  // The queue keeps what failed by itself; whoever else invokes does not wait, so that a failure needs somewhere to go.
  const isAsync = wokenBy.by !== "queue";
  const logGroup = new LogGroup(scope, `${id}Logs`, {
    retention: props.logRetention ?? RetentionDays.ONE_MONTH,
    removalPolicy,
    ...(key === undefined ? {} : { encryptionKey: key }),
  });
  const rights = [
    ...rightsOf(abilities, reach),
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
    runtime: NODE_24,
    architecture: Architecture.ARM_64,
    code: (props.code ?? bundles)(name),
    handler: handlerOf(name),
    timeout: Duration.seconds(timeout),
    memorySize: (memory.prop && props[memory.prop]) ?? memory.megabytes,
    // What CDK would add of its own is in the list already, or wider than needed.
    role: role.withoutPolicyUpdates(),
    logGroup,
    environment,
    ...(isAsync
      ? { retryAttempts: 0, maxEventAge: Duration.seconds(60), onFailure: new SqsDestination(failures) }
      : {}),
    ...network,
  });
  return { name, lambda, role, rights };
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
