import { expect, test } from "vitest";
import { runDoctor } from "../../../functions/cli/doctor-command.ts";
import { sendMessage } from "../../emulators/sqs/world.ts";
import { putOutputs } from "../../support/deployed-stack.ts";
import { SHOP } from "../../functions/shop.ts";
import { openStack } from "./shop.ts";

const OPTIONS = { stack: "sync", output: "table" } as const;

test("doctor --stack tells how the deployment does, and that all is well", async () => {
  const { sit } = await openStack();
  const { terminal, out } = sit();
  expect(await runDoctor(OPTIONS, terminal)).toBe(0);
  expect(out()).toContain("ok       stack: sync/Sync, for EKS cluster prod: UPDATE_COMPLETE\n");
  expect(out()).toMatch(/ok {7}version: \S+, as this command line: \S+ \(unknown\)\n/);
  expect(out()).toContain("ok       functions: manual-resync: active\n");
  expect(out()).toContain("ok       schedule of scheduled-reconcile: enabled\n");
  expect(out()).toContain("ok       role of manual-resync: has its access entry in the cluster\n");
  expect(out()).toMatch(/ok {7}last pass: .*, [12] minutes? ago: it succeeded\n/);
  expect(out()).toContain("ok       alarms: none of 2 rings\n");
  expect(out()).toContain("ok       queue Scopes: nothing waits\n");
  expect(out()).toContain("ok       cluster: reached");
});

test("doctor --stack finds what is wrong with the deployment, each with what to do", async () => {
  const { shop, deployed, sit } = await openStack();
  putOutputs(shop, { D: JSON.stringify({ ...deployed, "eks-cloudmap-sync": "0.0.1" }) }, "UPDATE_ROLLBACK_COMPLETE");
  shop.configure({ ...SHOP, policy: "dry-run" });
  shop.eks.accessEntries.clear();
  const whose = `prod (eks-cloudmap-sync, ${deployed.deployment})`;
  shop.cloudWatch.alarms.set("sync-Guard", { state: "ALARM", description: `${whose}: removals wait.` });
  // As older releases deployed it.
  shop.cloudWatch.alarms.set("sync-Silent", { state: "ALARM", description: "eks-cloudmap-sync: no pass has ended." });
  shop.cloudWatch.samples.push({
    metric: "Passes",
    dimensions: { cluster: "prod", deployment: deployed.deployment },
    at: Date.now(),
    value: 0,
  });
  for (const name of [`${shop.queue}-dead`, "failures", "failures"]) {
    const queue = shop.sqs.queues.get(name);
    if (queue !== undefined) sendMessage(shop.sqs, queue, "{}", 0);
  }
  const { terminal, out } = sit();
  expect(await runDoctor(OPTIONS, terminal)).toBe(1);
  for (const line of [
    /warning {2}stack: .*UPDATE_ROLLBACK_COMPLETE; its last deployment was taken back/,
    /warning {2}version: 0\.0\.1 is deployed, and this command line is/,
    /failed {3}role of manual-resync: arn:\S+ has no access entry in prod any more/,
    /failed {3}last pass: .*: it could not read or write something; the query "What failed\?" says what/,
    /warning {2}alarm sync-Guard: rings: removals wait\./,
    /warning {2}alarm sync-Silent: rings: no pass has ended\./,
    /warning {2}queue DeadLetters: 1 message failed too often/,
    /warning {2}queue Failures: 2 invocations failed/,
    /warning {2}configuration: .*the policy is dry-run/,
  ])
    expect(out()).toMatch(line);
});

test("doctor --stack finds what keeps the functions from ever running", async () => {
  const { shop, deployed, sit } = await openStack();
  const resync = shop.lambdas.functions.get(deployed.resync);
  if (resync !== undefined) shop.lambdas.functions.set(deployed.resync, { ...resync, concurrency: 0 });
  shop.scheduler.schedules.set("sync-Schedule", "DISABLED");
  const first = sit();
  expect(await runDoctor(OPTIONS, first.terminal)).toBe(1);
  expect(first.out()).toMatch(
    /failed {3}function manual-resync: its reserved concurrency is 0, .*: aws lambda delete-function-concurrency --function-name sync-ManualResync\n/,
  );
  expect(first.out()).toMatch(/failed {3}schedule of scheduled-reconcile: sync-Schedule is disabled, .*; enable it/);
  shop.scheduler.schedules.clear();
  const second = sit();
  await runDoctor(OPTIONS, second.terminal);
  expect(second.out()).toMatch(/failed {3}schedule of scheduled-reconcile: sync-Schedule does not exist any more/);
});

test("of a stack that an older release deployed the schedules are not known, and nothing is said of them", async () => {
  const { shop, deployed, sit } = await openStack();
  const { schedules: _, ...older } = deployed;
  putOutputs(shop, { D: JSON.stringify(older) });
  const { terminal, out } = sit();
  await runDoctor(OPTIONS, terminal);
  expect(out()).not.toContain("schedule");
});

test("doctor --stack says what it may not look at, and where no pass has ended", async () => {
  const { shop, sit } = await openStack();
  shop.cloudWatch.samples.splice(0);
  shop.lambdas.failure = { status: 403, code: "AccessDeniedException", message: "ada may not" };
  const { terminal, out } = sit();
  expect(await runDoctor(OPTIONS, terminal)).toBe(1);
  expect(out()).toMatch(/warning {2}functions: .*grant lambda:GetFunctionConfiguration to this identity/);
  expect(out()).toMatch(/warning {2}concurrency: .*grant lambda:GetFunctionConcurrency to this identity/);
  expect(out()).toContain("failed   last pass: none over every service has ended within 3 hours");
});

test("without the stack there is nothing else to tell", async () => {
  const { sit } = await openStack();
  const { terminal, out } = sit();
  expect(await runDoctor({ ...OPTIONS, stack: "snyc", output: "json" }, terminal)).toBe(1);
  expect(JSON.parse(out())).toMatchObject({ about: null, checks: [{ check: "stack", result: "failed" }], ok: false });
});
