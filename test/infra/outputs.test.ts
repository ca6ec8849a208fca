import { Match } from "aws-cdk-lib/assertions";
import { expect, test } from "vitest";
import { parseDeployment } from "../../functions/runtime/deployment.ts";
import { VERSION } from "../../functions/runtime/version.ts";
import "./matchers.ts";
import { NARROW, synth } from "./stack.ts";

const ALL = { ...NARROW, watch: true, auditLog: true } as const;

test("one output tells the command line all that was deployed, and where the configuration is", () => {
  const template = synth(ALL);
  const told = parseDeployment(outputOf("Deployment"));
  expect(told).toMatchObject({
    "eks-cloudmap-sync": VERSION,
    deployment: "AWS::StackName/Sync",
    cluster: "prod",
    parameter: expect.stringMatching(/^SyncConfiguration/),
    turn: expect.stringMatching(/^SyncTurn/),
    resync: expect.stringMatching(/^SyncManualResync/),
    functions: { watch: expect.stringMatching(/^SyncWatch/), "audit-log": expect.stringMatching(/^SyncAuditLog/) },
    schedules: {
      "scheduled-reconcile": expect.stringMatching(/^SyncSchedule/),
      watch: expect.stringMatching(/^SyncWatchSchedule/),
    },
    roles: { watch: expect.stringMatching(/^SyncWatchRole\w+\.Arn$/) },
    queues: { failures: expect.stringMatching(/^SyncFailures/) },
    alarms: expect.arrayContaining([expect.stringMatching(/^SyncSilentAlarm/)]),
    metricsNamespace: "EksCloudMapSync",
  });
  // By them it is found from the cluster's name, for as long as the stack is there.
  expect(template).toHaveOne("AWS::SSM::Parameter", {
    Value: "free",
    Tags: {
      "eks-cloudmap-sync/cluster": "prod",
      "eks-cloudmap-sync/configuration": { Ref: Match.stringLikeRegexp("^SyncConfiguration") },
    },
  });
  expect(told?.roles).not.toHaveProperty("audit-log");
});

test("others tell people the functions' logs, and the schedules to switch off and on", () => {
  expect(outputOf("LogGroups")).toMatch(
    /^SyncScheduledReconcileLogs\w+ SyncEventReconcileLogs\w+ SyncManualResyncLogs/,
  );
  expect(outputOf("Schedules")).toMatch(/^SyncSchedule\w+ SyncWatchSchedule\w+$/);
});

/** The value of an output of the construct. */
function outputOf(name: string): string {
  const outputs = Object.entries(synth(ALL).findOutputs("*"));
  return resolved(outputs.find(([id]) => id.startsWith(`Sync${name}`))?.[1]["Value"]);
}

/** A joined value, with the names of what it refers to. */
function resolved(value: unknown): string {
  const { "Fn::Join": [glue, parts] = ["", []] } = value as {
    readonly "Fn::Join"?: readonly [string, readonly unknown[]];
  };
  return parts
    .map((part) => (typeof part === "string" ? part : String(Object.values(part as object)[0]).replace(",", ".")))
    .join(glue);
}
