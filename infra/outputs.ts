import { CfnOutput, Fn, Stack } from "aws-cdk-lib/core";
import type { Alarm } from "aws-cdk-lib/aws-cloudwatch";
import type { Function } from "aws-cdk-lib/aws-lambda";
import type { IStringParameter } from "aws-cdk-lib/aws-ssm";
import type { Construct } from "constructs";
import type { Deployment } from "../functions/runtime/deployment.ts";
import { VERSION } from "../functions/runtime/version.ts";
import type { Queues } from "./queues.ts";
import type { SyncFunction } from "./sync-function.ts";

type Parts = {
  readonly deployment: string;
  readonly cluster: string;
  readonly parameter: IStringParameter;
  readonly turn: IStringParameter;
  readonly resync: Function;
  readonly functions: readonly SyncFunction[];
  /** Those for which the stack made an entry of access to the cluster. */
  readonly admitted: readonly SyncFunction[];
  readonly schedules: Deployment["schedules"];
  readonly queues: Queues;
  readonly alarms: readonly Alarm[];
  readonly metricsNamespace: string;
};

/** What people, and the command line, look up of a deployment. */
export function createOutputs(scope: Construct, parts: Parts): void {
  const output = (id: string, description: string, value: string) => new CfnOutput(scope, id, { description, value });
  const { resync, parameter, functions, schedules } = parts;
  output("Deployment", "What the command line's --stack reads", Stack.of(scope).toJsonString(deploymentOf(parts)));
  output("ResyncFunction", "Invoke it to reconcile now", resync.functionName);
  output("ConfigurationParameter", "The SSM parameter with the configuration", parameter.parameterName);
  output("LogGroups", "The functions' logs", listed(functions.map(({ lambda }) => lambda.logGroup.logGroupName)));
  output("Schedules", "What starts the passes: EventBridge Scheduler", listed(Object.values(schedules)));
}

function deploymentOf(parts: Parts): Deployment {
  const { deployment, cluster, parameter, turn, resync, functions, admitted, schedules, queues } = parts;
  return {
    "eks-cloudmap-sync": VERSION,
    deployment,
    cluster,
    parameter: parameter.parameterName,
    turn: turn.parameterName,
    resync: resync.functionName,
    functions: Object.fromEntries(functions.map(({ name, lambda }) => [name, lambda.functionName])),
    schedules,
    roles: Object.fromEntries(admitted.map(({ name, role }) => [name, role.roleArn])),
    queues: {
      scopes: queues.scopes.queueUrl,
      deadLetters: queues.deadLetters.queueUrl,
      failures: queues.failures.queueUrl,
    },
    alarms: parts.alarms.map(({ alarmName }) => alarmName),
    metricsNamespace: parts.metricsNamespace,
  };
}

/** With blanks between them, as a shell takes them. */
function listed(values: readonly string[]): string {
  return Fn.join(" ", [...values]);
}
