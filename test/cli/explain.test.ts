import { expect, test } from "vitest";
import { explain } from "../../functions/cli/explain.ts";
import { originsOf } from "../../functions/cli/origins.ts";
import { seedInstance, seedService } from "../emulators/cloudmap/seed.ts";
import { podObject } from "../emulators/kubernetes/workloads.ts";
import { claim, claims, NO_NODES, pod, settings } from "../support/builders.ts";
import { report } from "../support/reports.ts";
import { setUpCli, SMALLEST } from "../support/cli.ts";

test("explain says of a pod which mapping nearly chooses it, and what it lacks", async () => {
  const { run, kubernetes, writes } = await setUpCli();
  kubernetes.put(podObject({ namespace: "shop", name: "api-1", ip: "10.0.0.9", labels: { app: "api" } }));
  const { code, out } = await run("explain", "shop/api-1");
  expect(out).toContain("pod shop/api-1 at 10.0.0.9\n  ready: its condition Ready is True, since ");
  expect(out).toContain("mappings[0] nearly chooses it for web: it lacks app=web");
  expect(out).toContain("The next pass changes nothing about it.");
  expect([code, writes()]).toEqual([0, []]);
});

test("of a source that chooses by more than labels, no mapping nearly chooses every pod of its namespace", () => {
  const virtualNode = claim({ pods: { namespace: "shop", labelSelector: "" }, chooses: () => false });
  const reads = {
    sources: [claims(virtualNode)],
    namespaces: [],
    nodes: NO_NODES,
    pods: new Map(),
    instances: new Map(),
  };
  expect(explain("web-1", [pod()], report(), reads, settings()).pods).toMatchObject([{ mappings: [] }]);
});

test("explain finds by pod, address and id what is there, where each attribute comes from, and what comes next", async () => {
  const { run, configure } = await setUpCli();
  const { out: before } = await run("explain", "web-1");
  expect(before).toContain("mappings[0] chooses it for web");
  expect(before).toContain("The next pass:\n  + register 10.0.0.1 (shop/web-1): its pod is ready");
  await run("apply");
  await configure(SMALLEST.replace("port: 8080", "port: 8081"));
  const { out } = await run("explain", "10.0.0.1");
  expect(out).toContain("instance 10.0.0.1 of shop.local/web\n  of pod shop/web-1, registered by me");
  expect(out).toContain("app=web (label)");
  expect(out).toContain("AWS_INSTANCE_PORT=8080 (this tool)");
  expect(out).toContain('AWS_INSTANCE_PORT: "8080" → "8081"');
  const { out: json } = await run("explain", "10.0.0.1", "-o", "json");
  expect(JSON.parse(json)).toMatchObject({
    pods: [{ pod: "shop/web-1", state: "ready", mappings: [{ mapping: "mappings[0]", missing: null }] }],
    instances: [{ service: "shop.local/web", id: "10.0.0.1", owner: "me" }],
    next: [{ service: "shop.local/web", change: { reason: "drifted", keys: ["AWS_INSTANCE_PORT"] } }],
  });
});

test("explain shows a service, and says so where nothing has the name", async () => {
  const { run } = await setUpCli();
  expect((await run("explain", "web")).out).toContain("service shop.local/web\n  2 desired, 0 registered");
  await run("apply");
  expect((await run("explain", "web")).out).toContain(
    "0 of others\n  claimed by mappings[0]\n  instances: 10.0.0.1, 10.0.0.2\n",
  );
  const { code, err } = await run("explain", "nope");
  expect(err).toContain("nothing is called nope");
  expect(code).toBe(1);
});

test("explain says that an unready pod is not registered for that, and no origin of a stranger's attributes", async () => {
  const { run, kubernetes, cloudMap, namespace } = await setUpCli();
  kubernetes.put(podObject({ namespace: "shop", name: "web-3", ip: "10.0.0.3", labels: { app: "web" }, ready: false }));
  seedInstance(cloudMap, seedService(cloudMap, namespace), "10.0.0.9", { AWS_INSTANCE_IPV4: "10.0.0.9" });
  expect((await run("explain", "web-3")).out).toContain("\n  It is not registered, because it is not ready.\n");
  const { out } = await run("explain", "10.0.0.9");
  expect(out).toContain("\n  AWS_INSTANCE_IPV4=10.0.0.9\n");
});

test("an attribute comes from the mapping, a label, this tool or somebody else", () => {
  const attributes = { AWS_INSTANCE_IPV4: "10.0.0.1", app: "web", left: "x", team: "b", weight: "3" };
  const pod = { labels: { app: "web", team: "a" } };
  expect(originsOf(attributes, pod, { attributes: { team: "b" } }, { ignoreAttributes: ["weight"] })).toEqual([
    { key: "AWS_INSTANCE_IPV4", value: "10.0.0.1", from: "this tool" },
    { key: "app", value: "web", from: "label" },
    { key: "left", value: "x", from: "unknown" },
    { key: "team", value: "b", from: "mapping", over: "a" },
    { key: "weight", value: "3", from: "somebody else" },
  ]);
});
