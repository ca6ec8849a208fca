import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { Key } from "aws-cdk-lib/aws-kms";
import { expect, test } from "vitest";
import { synth } from "./stack.ts";
import { ALL, WIDE } from "./deployments.ts";

const HOLD_DATA = ["AWS::SSM::Parameter", "AWS::SQS::Queue", "AWS::Logs::LogGroup"];

test("two syntheses are the same", () => {
  expect(synth({ ...WIDE }).toJSON()).toEqual(synth({ ...WIDE }).toJSON());
});

test("what holds data keeps its logical id from version to version: with another, a deployment would replace it", () => {
  expect(idsOf(synth(ALL).toJSON())).toEqual([
    "SyncConfiguration5D6EAD47",
    "SyncTurn0B56D9ED",
    "SyncDeadLettersED73839C",
    "SyncFailures641E10EE",
    "SyncScopesCC70C32A",
    "SyncScheduledReconcileLogs4B26FA31",
    "SyncEventReconcileLogsC6DB7FA7",
    "SyncManualResyncLogs4365B308",
    "SyncWatchLogs91ABCC1D",
    "SyncAuditLogLogs51F21739",
  ]);
});

test("no prop that changes replaces what holds data", () => {
  const before = idsOf(synth(WIDE).toJSON());
  const after = synth((stack) => ({
    ...ALL,
    cluster: "other",
    configuration: { ...ALL.configuration, policy: "dry-run" },
    schedule: Duration.minutes(5),
    encryptionKey: new Key(stack, "Key"),
    removalPolicy: RemovalPolicy.DESTROY,
    metricsNamespace: "Other",
    alarms: false,
  }));
  expect(idsOf(after.toJSON())).toEqual(expect.arrayContaining([...before]));
});

test("nothing has a name of its own, so that one that is kept never stands in the way of the next", () => {
  const named = Object.values(resourcesOf(synth(ALL).toJSON())).filter(({ Properties = {} }) =>
    ["Name", "QueueName", "FunctionName", "RoleName", "LogGroupName", "AlarmName", "DashboardName"].some(
      (key) => typeof Properties[key] === "string",
    ),
  );
  // The subscription names the cluster's log group, which is there already.
  expect(named.map(({ Type }) => Type)).toEqual(["AWS::Logs::SubscriptionFilter"]);
});

type Resource = { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> };

function resourcesOf({ Resources }: { readonly Resources?: unknown }): Readonly<Record<string, Resource>> {
  return Resources as Readonly<Record<string, Resource>>;
}

function idsOf(template: object): readonly string[] {
  return Object.entries(resourcesOf(template))
    .filter(([, { Type }]) => HOLD_DATA.includes(Type))
    .map(([id]) => id);
}
