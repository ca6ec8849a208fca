import { expect, test } from "vitest";
import { serviceObject } from "../emulators/kubernetes/workloads.ts";
import type { Deployment } from "../support/deployment.ts";
import { openShop, putPod, registered, SCHEDULED, SHOP, SWEEP } from "./shop.ts";

const WAIT = { timeout: 20_000 };
const ALLOW = [{ from: "shop", services: ["*"] }];

/** What a tenant writes, in which namespace, and what the operator has configured beside the shop. */
const MISTAKES = [
  ["an empty annotation", "shop", { service: "" }, {}],
  ["an empty annotation in a namespace that `allow` forbids", "team-a", { service: "" }, { allow: ALLOW }],
  ["a claim that `allow` forbids", "team-a", { service: "stolen" }, { allow: ALLOW }],
  ["a claim to a missing service that may not be created", "shop", { service: "missing" }, { createServices: false }],
  [
    "the same in a namespace that `allow` forbids",
    "team-a",
    { service: "missing" },
    { allow: ALLOW, createServices: false },
  ],
  ["annotations that make no sense", "shop", { service: "web", attributes: "=,=" }, {}],
  ["a port that is none", "shop", { service: "web", port: "0" }, {}],
  ["a Cloud Map namespace that is not configured", "shop", { service: "web", namespace: "other.local" }, {}],
  ["a name that is none", "shop", { service: "a/b c" }, {}],
] as const;

test.each(MISTAKES)(
  "%s is a problem of claims alone: the heartbeat goes on, nothing fails, and EKS is not described anew",
  async (_what, namespace, annotations, configuration) => {
    const shop = await openMistaken(namespace, annotations, configuration);
    const lambda = await shop.start("scheduled-reconcile");
    for (const event of [SCHEDULED, SWEEP]) {
      const { metrics, logs, error } = await lambda.invoke(event);
      expect(error).toBeUndefined();
      expect(metrics[0]).toMatchObject({ Passes: 1, ClaimProblems: 1 });
      for (const name of ["Failures", "FailedPasses"]) expect(metrics[0]).not.toHaveProperty(name);
      expect(logs.filter(({ level }) => level === "ERROR")).toEqual([]);
      expect(logs.filter(({ message }) => message === "wrong claims")).toMatchObject([{ from: namespace, count: 1 }]);
    }
    expect(registered(shop)).toEqual(expect.arrayContaining(["web 10.0.0.1", "web 10.0.0.2"]));
    expect(shop.calls.filter(({ service }) => service === "eks")).toHaveLength(1);
  },
);

test("a tenant's mistake for ever costs the watch no pass more than the change that it comes with", async () => {
  const shop = await openMistaken("shop", { service: "" }, {});
  const watch = await shop.start("watch");
  // As the second of two that overlap would be, once the first has ended.
  const time = new Date(Date.now() - 90_000).toISOString();
  const following = watch.invoke({ time }, { remainingMs: 26_000 });
  await expect.poll(() => shop.kubernetes.log.some(({ query }) => query["watch"] === "true"), WAIT).toBe(true);
  putPod(shop, "web-3", "10.0.0.3");
  await expect.poll(() => registered(shop), WAIT).toContain("web 10.0.0.3");
  expect((await shop.hurry(following)).answer).toMatchObject({ changes: 1, passes: 1, failures: 0 });
});

test.each<[string, (shop: Deployment) => void]>([
  ["EKS does not answer", ({ eks }) => (eks.failure = { status: 503, code: "Unavailable", message: "no" })],
  ["the cluster does not answer", ({ kubernetes }) => (kubernetes.options.tokens = () => undefined)],
  ["the document makes no sense", ({ configure }) => configure("{")],
])(
  "where %s, the pass counts as one that has ended and failed, so that it does not look silent",
  async (_what, breakIt) => {
    const shop = await openShop();
    breakIt(shop);
    const { metrics } = await (await shop.start("scheduled-reconcile")).invoke(SCHEDULED);
    expect(metrics).toMatchObject([{ Passes: 0, FailedPasses: 1, Failures: 1 }]);
  },
);

/** The shop, and one Service with these annotations. */
async function openMistaken(
  namespace: string,
  annotations: Readonly<Record<string, string>>,
  configuration: object,
): Promise<Deployment> {
  const shop = await openShop({ configuration: { ...SHOP, sources: { services: true } } });
  // Before the mistake: what may not be created is there.
  await (await shop.start("scheduled-reconcile")).invoke(SCHEDULED);
  shop.calls.length = 0;
  shop.configure({ ...SHOP, sources: { services: true }, ...configuration });
  const named = Object.entries(annotations).map(([key, value]) => [`eks-cloudmap-sync/${key}`, value]);
  shop.kubernetes.put(serviceObject({ namespace, name: "mistake", annotations: Object.fromEntries(named) }));
  return shop;
}
