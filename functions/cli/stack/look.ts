import { CloudWatchClient, DescribeAlarmsCommand, GetMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { DescribeAccessEntryCommand, EKSClient } from "@aws-sdk/client-eks";
import { GetFunctionConcurrencyCommand, GetFunctionConfigurationCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { GetScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { Environment } from "../../runtime/configuration/environment.ts";
import { awsFailure, clientSettings } from "./aws.ts";
import type { Found } from "./find-deployment.ts";

/** Of each function that is on, by its entry file: `Active`, or what Lambda calls it else. */
export async function readStates({ functions }: Found, environment: Environment): Promise<ReadonlyMap<string, string>> {
  const client = new LambdaClient(clientSettings(environment));
  const read = Object.entries(functions).map(async ([name, FunctionName]) => {
    const { State = "", LastUpdateStatus } = await told(
      client.send(new GetFunctionConfigurationCommand({ FunctionName })),
      `function ${FunctionName} could not be looked at`,
      "lambda:GetFunctionConfiguration",
    );
    return [name, LastUpdateStatus === "Failed" ? "its last update failed" : State] as const;
  });
  return new Map(await Promise.all(read));
}

/** Of the functions that are on those that Lambda never runs, since their reserved concurrency is 0. */
export async function listStopped({ functions }: Found, environment: Environment): Promise<readonly string[]> {
  const client = new LambdaClient(clientSettings(environment));
  const read = Object.entries(functions).map(async ([name, FunctionName]) => {
    const { ReservedConcurrentExecutions } = await told(
      client.send(new GetFunctionConcurrencyCommand({ FunctionName })),
      `the concurrency of ${FunctionName} could not be looked at`,
      "lambda:GetFunctionConcurrency",
    );
    return ReservedConcurrentExecutions === 0 ? [name] : [];
  });
  return (await Promise.all(read)).flat();
}

/** What EventBridge Scheduler says of a schedule: `ENABLED`, `DISABLED`; undefined where there is none of that name. */
export async function readSchedule(Name: string, environment: Environment): Promise<string | undefined> {
  const client = new SchedulerClient(clientSettings(environment));
  const asked = client.send(new GetScheduleCommand({ Name })).then(
    ({ State }) => State,
    (error: unknown) => {
      if (error instanceof Error && error.name === "ResourceNotFoundException") return undefined;
      throw error;
    },
  );
  return told(asked, `schedule ${Name} could not be looked at`, "scheduler:GetSchedule");
}

/** Whether the cluster has an access entry of the role. */
export async function isLetIn(role: string, { cluster }: Found, environment: Environment): Promise<boolean> {
  const { region, eksEndpoint: endpoint } = environment;
  const client = new EKSClient({ ...clientSettings({ region }), ...(endpoint === undefined ? {} : { endpoint }) });
  const asked = client.send(new DescribeAccessEntryCommand({ clusterName: cluster, principalArn: role })).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && error.name === "ResourceNotFoundException") return false;
      throw error;
    },
  );
  return told(asked, `the access entries of ${cluster} could not be looked at`, "eks:DescribeAccessEntry");
}

export type LastPass = {
  /** Milliseconds since the epoch, to the minute. */
  readonly at: number;
  readonly isOk: boolean;
};

/** How far back is looked for it, in milliseconds. */
const WINDOW = 3 * 3_600_000;

/** The last pass over every service that has ended, by its metric, which takes a minute or two to show; undefined where there is none. */
export async function readLastPass(
  { metricsNamespace, cluster, deployment }: Found,
  environment: Environment,
): Promise<LastPass | undefined> {
  const Dimensions = Object.entries({ cluster, deployment }).map(([Name, Value]) => ({ Name, Value }));
  const Metric = { Namespace: metricsNamespace, MetricName: "Passes", Dimensions };
  const now = Date.now();
  const { MetricDataResults: [result] = [] } = await told(
    new CloudWatchClient(clientSettings(environment)).send(
      new GetMetricDataCommand({
        MetricDataQueries: [{ Id: "passes", MetricStat: { Metric, Period: 60, Stat: "Minimum" } }],
        StartTime: new Date(now - WINDOW),
        EndTime: new Date(now + 60_000),
        ScanBy: "TimestampDescending",
      }),
    ),
    "the metric of the passes could not be read",
    "cloudwatch:GetMetricData",
  );
  const [[at], [value]] = [result?.Timestamps ?? [], result?.Values ?? []];
  return at === undefined ? undefined : { at: at.getTime(), isOk: value === 1 };
}

/** What a description begins with, which says to whoever gets the e-mail whose alarm it is; older stacks name the tool alone. */
const WHOSE = /^(?:eks-cloudmap-sync|\S+ \(eks-cloudmap-sync, [^)]*\)): /;

/** The alarms that are in ALARM. */
export async function listRinging(
  { alarms }: Found,
  environment: Environment,
): Promise<readonly { readonly name: string; readonly meaning: string }[]> {
  if (alarms.length === 0) return [];
  const { MetricAlarms = [] } = await told(
    new CloudWatchClient(clientSettings(environment)).send(
      new DescribeAlarmsCommand({ AlarmNames: [...alarms], StateValue: "ALARM" }),
    ),
    "the alarms could not be looked at",
    "cloudwatch:DescribeAlarms",
  );
  return MetricAlarms.map(({ AlarmName = "", AlarmDescription = "" }) => ({
    name: AlarmName,
    meaning: AlarmDescription.replace(WHOSE, ""),
  }));
}

/** Messages that wait in each queue, or are being worked on. */
export async function countMessages(
  { queues }: Found,
  environment: Environment,
): Promise<Readonly<Record<keyof Found["queues"], number>>> {
  const client = new SQSClient(clientSettings(environment));
  const count = async (QueueUrl: string) => {
    const { Attributes = {} } = await told(
      client.send(
        new GetQueueAttributesCommand({
          QueueUrl,
          AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        }),
      ),
      "the queues could not be looked at",
      "sqs:GetQueueAttributes",
    );
    return Object.values(Attributes).reduce((sum, one) => sum + Number(one), 0);
  };
  const [scopes, deadLetters, failures] = await Promise.all([
    count(queues.scopes),
    count(queues.deadLetters),
    count(queues.failures),
  ]);
  return { scopes, deadLetters, failures };
}

async function told<T>(asked: Promise<T>, what: string, right: string): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    throw awsFailure(what, right, error);
  }
}
