import { expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { serviceObject } from "../emulators/kubernetes/workloads.ts";
import type { Deployment } from "../support/deployment.ts";
import { openShop, putPod, SCHEDULED, SHOP } from "./shop.ts";

const CLAIM = "eks-cloudmap-sync/service";
const KB = 1_000;

test("a dry run over 1,000 pods writes a few lines, with a count and the first ten of each reason", async () => {
  const shop = await openShop({ configuration: { ...SHOP, policy: "dry-run" } });
  for (let n = 3; n <= 1_000; n++) putPod(shop, `web-${n}`, `10.1.${n >> 8}.${n & 255}`);
  const { logs, output } = await (await shop.start("scheduled-reconcile")).invoke(SCHEDULED);
  const held = logs.filter(({ message }) => message === "held");
  expect(held).toMatchObject([
    { service: "api", reason: "policy", count: 1 },
    { service: "web", reason: "policy", kind: "register", count: 1_000, remedy: expect.stringContaining("dry-run") },
  ]);
  expect(held[1]?.["ids"]).toHaveLength(10);
  expect(logs.length).toBeLessThan(8);
  expect(output.length).toBeLessThan(10 * KB);
});

test("all of them are in the log where debug lines are asked for, and in a resync's answer", async () => {
  const shop = await openShop({ configuration: { ...SHOP, policy: "dry-run" } });
  for (let n = 3; n <= 30; n++) putPod(shop, `web-${n}`, `10.1.0.${n}`);
  const lambda = await shop.start("manual-resync", { POWERTOOLS_LOG_LEVEL: "DEBUG" });
  const { logs, answer } = await lambda.invoke({ scope: { service: "web" } });
  const all = logs.find(({ message, service }) => message === "held: all of them" && service === "web");
  expect(all?.["ids"]).toHaveLength(30);
  expect(answer).toMatchObject({ counts: { held: 30 }, services: [{ held: { length: 30 } }] });
});

test("the first line of each pass says which release it is, and so does the answer", async () => {
  const shop = await openShop();
  const { logs, answer } = await (await shop.start("manual-resync")).invoke({});
  expect(logs.find(({ message }) => message === "pass begins")).toMatchObject({ version: manifest.version });
  expect(answer).toMatchObject({ version: manifest.version });
});

test("20 Services with names of 250,000 characters make a log, and an answer, as short as other mistakes do", async () => {
  const shop = await openTenants({}, 20, (n) => `${n}${"x".repeat(250_000)}`);
  const { logs, output, answer } = await (await shop.start("manual-resync")).invoke({});
  expect(logs.filter(({ message }) => message === "wrong claims")).toMatchObject([
    { from: "team-a", reason: "invalid", count: 20 },
  ]);
  expect(JSON.stringify(answer).length).toBeLessThan(150 * KB);
  expect(output.length).toBeLessThan(300 * KB);
});

test("a name with line breaks and control characters reaches log, metrics and answer in one harmless line", async () => {
  const metrics = { perService: true };
  const shop = await openTenants({ metrics }, 1, () => 'web\n{"_aws":1}\u001b[2J\u202e');
  const { output, answer } = await (await shop.start("manual-resync")).invoke({});
  for (const text of [output, JSON.stringify(answer)]) {
    // What is escaped once more by JSON was harmless before.
    expect(text).not.toMatch(/\u202e|(?<!\\)\\(?:u001b|n)/);
    expect(text).toContain("web {");
  }
});

test("2,000 claims that `allow` refuses have no series of metrics, and two lines of the log", async () => {
  const configuration = { metrics: { perService: true }, allow: [{ from: "team-b", services: ["*"] }] };
  const shop = await openTenants(configuration, 2_000, (n) => `service-${n}`);
  const { metrics, logs, output } = await (await shop.start("scheduled-reconcile")).invoke(SCHEDULED);
  const series = metrics.flatMap(({ service }) => service ?? []);
  expect(series).toEqual(["shop.local/api", "shop.local/web"]);
  expect(metrics[0]).toMatchObject({ Passes: 1 });
  expect(logs.filter(({ message }) => message === "wrong claims")).toMatchObject([
    { from: "team-a", reason: "not-allowed", count: 1_000, ids: { length: 10 } },
    { from: "team-a", reason: "too-many", count: 1 },
  ]);
  expect(output.length).toBeLessThan(30 * KB);
});

/** The shop, and Services of team-a that claim these names. */
async function openTenants(configuration: object, count: number, nameOf: (n: number) => string): Promise<Deployment> {
  const shop = await openShop({ configuration: { ...SHOP, sources: { services: true }, ...configuration } });
  for (let n = 0; n < count; n++)
    shop.kubernetes.put(
      serviceObject({ namespace: "team-a", name: `claim-${n}`, annotations: { [CLAIM]: nameOf(n) } }),
    );
  return shop;
}
