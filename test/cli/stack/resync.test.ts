import { expect, test } from "vitest";
import { runResync } from "../../../functions/cli/stack/resync-command.ts";
import { InputError } from "../../../functions/core/errors.ts";
import { registered, SHOP, writesOf } from "../../functions/shop.ts";
import { openStack } from "./shop.ts";

const OPTIONS = { stack: "sync", output: "table" } as const;
const ALL = ["api 10.0.1.1", "web 10.0.0.1", "web 10.0.0.2"];

test("resync lets the deployed function make a pass, and prints the table of apply from its report", async () => {
  const { shop, sit } = await openStack();
  const dry = sit();
  expect(await runResync({ ...OPTIONS, dryRun: true, exitCode: true }, dry.terminal)).toBe(2);
  expect(dry.out()).toMatch(/^stack {5}sync\/Sync\ncluster {3}EKS prod\nfunction {2}sync-ManualResync\nAWS {7}account/);
  expect(dry.out()).toContain("`resync` would make these 5 changes.");
  expect(writesOf(shop)).toEqual([]);
  const made = sit();
  expect(await runResync({ ...OPTIONS, service: ["shop.local/web"] }, made.terminal)).toBe(0);
  expect(made.out()).toContain("Applied: 3 created (1 service, 2 instances), 0 updated, 0 removed.");
  expect(registered(shop)).toEqual(ALL.slice(1));
  const rest = sit();
  expect(await runResync({ ...OPTIONS, namespace: "backend", output: "json" }, rest.terminal)).toBe(0);
  expect(JSON.parse(rest.out())).toMatchObject({ about: { stack: "sync/Sync", eksCluster: "prod" }, ok: true });
  expect(registered(shop)).toEqual(ALL);
  expect([dry.err(), made.err(), rest.err()]).toEqual(["", "", ""]);
});

test("on a terminal resync --force shows what would go and asks; the function logs who forced", async () => {
  const { shop, deployed, sit } = await openStack();
  await runResync(OPTIONS, sit().terminal);
  const [web, api] = SHOP.mappings;
  shop.configure({ ...SHOP, mappings: [{ ...web, pods: { namespace: "shop", selector: "app=wbe" } }, api] });
  shop.advance(61_000);
  const no = sit("n");
  expect(await runResync({ ...OPTIONS, force: true }, no.terminal)).toBe(1);
  expect(no.questions).toEqual(["Apply this, and remove 2 instances? [y/N] "]);
  expect(registered(shop)).toEqual(ALL);
  const callers: unknown[] = [];
  const real = shop.lambdas.functions.get(deployed.resync);
  if (real === undefined) throw new Error("seeded");
  shop.lambdas.functions.set(deployed.resync, {
    ...real,
    invoke: (event, context) => {
      callers.push(context);
      return real.invoke(event, context);
    },
  });
  expect(await runResync({ ...OPTIONS, force: true }, sit("y").terminal)).toBe(0);
  expect(registered(shop)).toEqual(ALL.slice(0, 1));
  expect(callers.at(-1)).toEqual({ custom: { caller: "ada, with the command line" } });
});

test.each<[string, object | string, string]>([
  ["what it threw", { name: "InputError", message: "nothing was changed: no such node" }, "no such node"],
  [
    "that its time was up",
    { name: "Sandbox.Timedout", message: "Task timed out after 120.00 seconds" },
    "Task timed out after 120.00 seconds; what it wrote takes effect: run this again",
  ],
])("says %s", async (_, error, said) => {
  const { shop, deployed, sit } = await openStack();
  answerWith({ shop, deployed }, { answer: undefined, error });
  const failing = runResync(OPTIONS, sit().terminal);
  await expect(failing).rejects.toThrow(`function sync-ManualResync failed: `);
  await expect(failing).rejects.toThrow(said);
  await expect(failing).rejects.toBeInstanceOf(InputError);
});

test("an answer that was cut says of how much; one that is no report is refused", async () => {
  const { shop, deployed, sit } = await openStack();
  const counts = { services: 400, changes: 900, held: 30, claims: 0, errors: 0, warnings: 0 };
  const report = {
    version: "0.0.1",
    services: [],
    drift: { missing: 900, stale: 0, changed: 0, health: 0 },
    claims: [],
    otherClusters: [],
    namespaces: [],
    errors: [],
    warnings: [],
    ok: false,
    counts,
    cutTo: 10,
  };
  answerWith({ shop, deployed }, { answer: report, error: undefined });
  const cut = sit();
  expect(await runResync(OPTIONS, cut.terminal)).toBe(1);
  expect(cut.err()).toContain("of 900 changes and 30 held, the first 10 of each reason of a service are shown");
  expect(cut.err()).toContain("the function is of release 0.0.1");
  answerWith({ shop, deployed }, { answer: { hello: 1 }, error: undefined });
  await expect(runResync(OPTIONS, sit().terminal)).rejects.toThrow("answered with something other than a report");
  answerWith({ shop, deployed }, { answer: { big: "x".repeat(7_000_000) }, error: undefined });
  await expect(runResync(OPTIONS, sit().terminal)).rejects.toThrow("payload size exceeded");
});

test("a function that is busy or may not be invoked says so, and is not asked again", async () => {
  const { shop, sit } = await openStack();
  const asked = () => shop.calls.filter(({ operation }) => operation === "Invoke").length;
  shop.lambdas.failure = { status: 429, code: "TooManyRequestsException", message: "Rate Exceeded." };
  await expect(runResync(OPTIONS, sit().terminal)).rejects.toThrow("Rate Exceeded.; run this again");
  shop.lambdas.failure = { status: 403, code: "AccessDeniedException", message: "not authorized" };
  await expect(runResync(OPTIONS, sit().terminal)).rejects.toThrow("grant lambda:InvokeFunction on sync-ManualResync");
  expect(asked()).toBe(2);
});

test("a resync takes one scope", async () => {
  const { sit } = await openStack();
  await expect(runResync({ ...OPTIONS, service: ["a"], node: "b" }, sit().terminal)).rejects.toThrow(
    "a resync takes one of --service, --namespace and --node, once",
  );
});

type Stack = Pick<Awaited<ReturnType<typeof openStack>>, "shop" | "deployed">;

function answerWith({ shop, deployed }: Stack, invoked: { answer: unknown; error: unknown }): void {
  shop.lambdas.functions.set(deployed.resync, {
    role: "",
    variables: {},
    invoke: () => Promise.resolve(invoked as { answer: unknown; error: undefined }),
  });
}
