import { Stack } from "aws-cdk-lib/core";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { CfnSchedule } from "aws-cdk-lib/aws-scheduler";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { FUNCTIONS } from "./functions.ts";
import type { FunctionName } from "./functions.ts";
import type { SyncFunction } from "./sync-function.ts";

type Parts = {
  /** Those that a schedule may start; the others are left out. */
  readonly functions: readonly SyncFunction[];
  /** What the prop `schedule` says. */
  readonly minutes: number;
  /** Where invocations go that the scheduler could not make. */
  readonly failures: IQueue;
  readonly key: IKey | undefined;
};

/** EventBridge Scheduler starts the passes, and the watch where there is one. The schedules' names, by the function that each starts. */
export function createSchedules(
  scope: Construct,
  { functions, minutes, failures, key }: Parts,
): Readonly<Partial<Record<FunctionName, string>>> {
  const targets = functions.flatMap((target) => {
    const { wokenBy } = FUNCTIONS[target.name];
    if (wokenBy.by !== "schedule") return [];
    return [{ ...wokenBy, target, minutes: wokenBy.minutes === "schedule" ? minutes : wokenBy.minutes }];
  });
  const role = new Role(scope, "SchedulerRole", {
    assumedBy: new ServicePrincipal("scheduler.amazonaws.com", {
      // Nobody else's schedule may use it.
      conditions: { StringEquals: { "aws:SourceAccount": Stack.of(scope).account } },
    }),
    description: "eks-cloudmap-sync: the schedule",
    inlinePolicies: {
      rights: new PolicyDocument({
        statements: rights(
          targets.map(({ target }) => target),
          failures,
          key,
        ),
      }),
    },
  });
  const schedules = targets.map(({ id, target, minutes: every, description }) => {
    const schedule = new CfnSchedule(scope, id, {
      description: `${description}: eks-cloudmap-sync`,
      // Unlike a rate, it falls on the clock's minutes, of which every so many look for orphans.
      scheduleExpression: every === 60 ? "cron(0 * * * ? *)" : `cron(0/${every} * * * ? *)`,
      scheduleExpressionTimezone: "UTC",
      flexibleTimeWindow: { mode: "OFF" },
      target: {
        arn: target.lambda.functionArn,
        roleArn: role.roleArn,
        input: JSON.stringify({ time: "<aws.scheduler.scheduled-time>" }),
        // An invocation that is late by a pass is of no use.
        retryPolicy: { maximumEventAgeInSeconds: 60, maximumRetryAttempts: 2 },
        deadLetterConfig: { arn: failures.queueArn },
      },
    });
    return [target.name, schedule.ref] as const;
  });
  return Object.fromEntries(schedules);
}

function rights(targets: readonly SyncFunction[], failures: IQueue, key: IKey | undefined): PolicyStatement[] {
  return [
    new PolicyStatement({
      sid: "Invoke",
      actions: ["lambda:InvokeFunction"],
      resources: targets.map(({ lambda }) => lambda.functionArn),
    }),
    new PolicyStatement({ sid: "KeepFailures", actions: ["sqs:SendMessage"], resources: [failures.queueArn] }),
    ...(key === undefined
      ? []
      : [
          new PolicyStatement({
            sid: "UseKey",
            actions: ["kms:Decrypt", "kms:GenerateDataKey"],
            resources: [key.keyArn],
          }),
        ]),
  ];
}
