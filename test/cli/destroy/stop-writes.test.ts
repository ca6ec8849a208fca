import { expect, test } from "vitest";
import { runDestroy } from "../../../functions/cli/destroy/destroy-command.ts";
import { dryDocument } from "../../../functions/cli/destroy/stop-writes.ts";
import { runReconcile } from "../../../functions/cli/reconcile-command.ts";
import { registered, SCHEDULED, SHOP, writesOf } from "../../functions/shop.ts";
import { openStack } from "../stack/shop.ts";

const OPTIONS = { stack: "sync", output: "table", yes: true } as const;

test("destroy --stack first lets the functions write no more, and waits until none goes by the old policy", async () => {
  const { shop, deployed, sit } = await openStack();
  await runReconcile("apply", { stack: "sync", output: "table" }, sit().terminal);
  const began = Date.now();
  const clock = { at: began };
  const steps = new Set<string>();
  // A pass of the schedule is under way, and ends a minute and a half from now.
  shop.ssm.parameters.set(deployed.turn, { value: new Date(began + 90_000).toISOString(), version: 1 });
  const before = writesOf(shop).length;
  const { terminal, out, err } = sit();
  const code = await runDestroy(
    OPTIONS,
    { ...terminal, progress: (step) => void steps.add(step.replace(/\d+ s/, "N s")) },
    {
      now: () => clock.at,
      sleep: async (milliseconds) => {
        expect(writesOf(shop)).toHaveLength(before);
        clock.at += milliseconds;
      },
    },
  );
  expect(JSON.parse(shop.ssm.parameters.get(deployed.parameter)?.value ?? "")).toEqual({ ...SHOP, policy: "dry-run" });
  expect(clock.at - began).toBeGreaterThanOrEqual(90_000);
  expect([...steps]).toEqual(
    expect.arrayContaining([
      "policy is dry-run in /sync/configuration; waiting N s until every function has read it",
      "waiting for a pass of the schedule that is under way",
    ]),
  );
  expect(registered(shop)).toEqual([]);
  expect(out()).toContain("Destroyed: 0 created, 0 updated, 3 removed.");
  expect(err()).toContain("the deployed policy is dry-run; delete stack sync next, or set the policy back to sync");
  expect(code).toBe(0);
});

test("run again, it does not wait: the policy has been dry-run for long", async () => {
  const { shop, sit } = await openStack();
  await runReconcile("apply", { stack: "sync", output: "table" }, sit().terminal);
  shop.configure({ ...SHOP, policy: "dry-run" });
  expect(await runDestroy(OPTIONS, sit().terminal, { now: Date.now, sleep: refuse })).toBe(0);
  expect(registered(shop)).toEqual([]);
  // The schedule goes on meanwhile, and brings nothing back.
  const scheduled = await shop.start("scheduled-reconcile");
  await scheduled.invoke(SCHEDULED);
  expect(registered(shop)).toEqual([]);
  expect(shop.calls.filter(({ operation, caller }) => operation === "PutParameter" && caller === "ada")).toEqual([]);
});

test("where somebody says no, or the parameter may not be written, nothing is changed", async () => {
  const { shop, sit } = await openStack();
  await runReconcile("apply", { stack: "sync", output: "table" }, sit().terminal);
  const before = writesOf(shop).length;
  const no = sit("n");
  expect(await runDestroy({ stack: "sync", output: "table" }, no.terminal)).toBe(1);
  expect(no.questions[0]).toMatch(
    /^Stop all writes of sync\/Sync \(policy: dry-run\), and remove all 3 instances of arn:/,
  );
  expect(shop.calls.filter(({ operation }) => operation === "PutParameter")).toEqual([]);
  shop.ssm.denied.add("PutParameter");
  await expect(runDestroy(OPTIONS, sit().terminal)).rejects.toThrow(
    /nothing was changed: .*; grant ssm:PutParameter on \/sync\/configuration to this identity/,
  );
  expect(writesOf(shop)).toHaveLength(before);
});

test.each<[string, string, string | undefined]>([
  ["JSON", '{"namespaces":["a"],"policy":"sync"}', '{"namespaces":["a"],"policy":"dry-run"}'],
  ["JSON without a policy", '{"namespaces":["a"]}', '{"namespaces":["a"],"policy":"dry-run"}'],
  ["YAML, with its remarks", "# ours\npolicy: sync # for now\nid: ip\n", "# ours\npolicy: dry-run # for now\nid: ip\n"],
  ["what is dry-run already", "policy: dry-run\n", undefined],
])("makes a dry document of %s", (_, text, expected) => {
  expect(dryDocument(text)).toBe(expected);
});

function refuse(): Promise<never> {
  return Promise.reject(new Error("waited"));
}
