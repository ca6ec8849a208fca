import { expect, test } from "vitest";
import { runExplain } from "../../../functions/cli/explain-command.ts";
import { runReconcile } from "../../../functions/cli/reconcile-command.ts";
import { runStatus } from "../../../functions/cli/status-command.ts";
import { InputError } from "../../../functions/core/errors.ts";
import { SHOP, writesOf } from "../../functions/shop.ts";
import { putOutputs } from "../../support/deployed-stack.ts";
import { openTerminal } from "../../support/terminal.ts";
import { openStack } from "./shop.ts";

const OPTIONS = { stack: "sync", output: "table" } as const;

test("plan, status and explain read the configuration that the stack deployed, and say so", async () => {
  const { shop, sit } = await openStack();
  const [plan, status, explain] = [sit(), sit(), sit()];
  expect(await runReconcile("plan", OPTIONS, plan.terminal)).toBe(0);
  expect(plan.out()).toMatch(/^stack {4}sync\ncluster {2}EKS prod, UID /);
  expect(plan.out()).toContain("+ register 10.0.1.1 (backend/api-1): its pod is ready");
  expect(await runStatus(OPTIONS, status.terminal)).toBe(0);
  expect(status.out()).toMatch(/namespace shop\.local\n.*\napi /);
  expect(await runExplain("web-1", { ...OPTIONS, output: "json" }, explain.terminal)).toBe(0);
  expect(JSON.parse(explain.out())).toMatchObject({ about: { stack: "sync" } });
  expect(writesOf(shop)).toEqual([]);
});

test("where a stack has several constructs the person says which", async () => {
  const { shop, deployed, sit } = await openStack();
  const other = { ...deployed, deployment: "sync/Payments/Sync", parameter: "/payments" };
  putOutputs(shop, { A: JSON.stringify(deployed), B: JSON.stringify(other) });
  shop.ssm.parameters.set("/payments", { value: '{"namespaces":["shop.local"]}', version: 1 });
  const plan = (stack: string) => runReconcile("plan", { ...OPTIONS, stack }, sit().terminal);
  await expect(plan("sync")).rejects.toThrow(
    "stack sync has several CloudMapSync; write --stack sync/Payments/Sync or --stack sync/Sync",
  );
  await expect(plan("sync/Nope")).rejects.toThrow(
    "stack sync has no CloudMapSync Nope; write --stack sync/Payments/Sync",
  );
  expect(await plan("sync/Payments/Sync")).toBe(0);
});

test.each<[string, string, string]>([
  ["is not there", "snyc", 'there is no stack "snyc" in this account and region; check its name'],
  ["cannot be one's name", "my stack", 'there is no stack "my stack" in this account and region; check its name'],
  ["holds nothing of this tool", "other", "stack other has no output of a CloudMapSync; name the stack that has one"],
])("says in one line that a stack %s", async (_, stack, message) => {
  const { shop, sit } = await openStack();
  shop.cloudFormation.stacks.set("other", {
    status: "CREATE_COMPLETE",
    outputs: { Url: "https://x", Json: '{"a":1}' },
  });
  const failing = runReconcile("plan", { ...OPTIONS, stack }, sit().terminal);
  await expect(failing).rejects.toThrow(message);
  await expect(failing).rejects.toBeInstanceOf(InputError);
});

test.each<[string, string, string]>([
  [
    "AccessDenied",
    "User: ada is not authorized",
    "not authorized; grant cloudformation:DescribeStacks to this identity",
  ],
  ["ExpiredToken", "The security token included in the request is expired", "is expired; renew the AWS credentials"],
])("says in one line what AWS refused (%s), and what to do", async (code, message, said) => {
  const { shop, sit } = await openStack();
  shop.cloudFormation.failure = { status: 403, code, message };
  const failing = runReconcile("plan", OPTIONS, sit().terminal);
  await expect(failing).rejects.toThrow(said);
  await expect(failing).rejects.toBeInstanceOf(InputError);
});

test("a parameter that may not be read is named, with the right", async () => {
  const { shop, sit } = await openStack();
  shop.ssm.denied.add("GetParameter");
  await expect(runReconcile("plan", OPTIONS, sit().terminal)).rejects.toThrow(
    /the SSM parameter \/sync\/configuration could not be read: .*; grant ssm:GetParameter on \/sync\/configuration to this identity/,
  );
});

test("a mistake in the deployed document is told as in a file", async () => {
  const { shop, sit } = await openStack();
  shop.configure({ ...SHOP, polcy: "dry-run" });
  await expect(runReconcile("plan", OPTIONS, sit().terminal)).rejects.toThrow(
    "the SSM parameter /sync/configuration has one mistake:\n  polcy: there is no such key; did you mean policy?",
  );
});

test.each<[string, Readonly<Record<string, string>>, string]>([
  ["no region", { AWS_REGION: "" }, "set AWS_REGION"],
  [
    "a profile that does not exist",
    { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "", AWS_PROFILE: "nope" },
    "AWS_PROFILE is nope; set it to one of those that this prints: aws configure list-profiles",
  ],
])("given %s, says in one line what to do", async (_, variables, said) => {
  const { environment } = await openStack();
  const { terminal } = openTerminal({ ...environment, ...variables });
  const failing = runReconcile("plan", OPTIONS, terminal);
  await expect(failing).rejects.toThrow(said);
  await expect(failing).rejects.toBeInstanceOf(InputError);
});
