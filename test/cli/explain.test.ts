import { expect, test } from "vitest";
import { parseTarget } from "../../functions/cli/explain-target.ts";
import { explain } from "../../functions/cli/explain.ts";
import { originsOf } from "../../functions/cli/origins.ts";
import { seedInstance, seedService } from "../emulators/cloudmap/seed.ts";
import { virtualNodeObject, virtualNodesV1beta2 } from "../emulators/kubernetes/custom-resources.ts";
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
  expect(explain(parseTarget("web-1"), [pod()], report(), reads, settings()).pods).toMatchObject([{ mappings: [] }]);
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

test("explain finds a mapping, an object that claims, and what nobody claims, by their names", async () => {
  const { run, kubernetes, cloudMap, namespace } = await setUpCli({
    document: SMALLEST.replace("mappings", "sources: { virtualNodes: true }\nmappings"),
  });
  kubernetes.serve(virtualNodesV1beta2);
  kubernetes.put(
    virtualNodeObject({
      name: "blue",
      namespace: "shop",
      version: "v1beta2",
      cloudMap: { namespaceName: "shop.local", serviceName: "color" },
    }),
  );
  seedInstance(cloudMap, seedService(cloudMap, namespace, { name: "front" }), "10.0.0.9");
  expect((await run("explain", "mappings[0]")).out).toContain(
    "mappings[0]\n  maps pods of shop with app=web to service web\n  chooses shop/web-1, shop/web-2\n",
  );
  for (const name of [
    "blue",
    "shop/blue",
    "virtualnode/blue",
    "virtualnodes.appmesh.k8s.aws/blue",
    "VirtualNode shop/blue",
  ])
    expect((await run("explain", name)).out).toMatch(
      /VirtualNode shop\/blue\n {2}maps pods of shop with \S+ to service shop\.local\/color\n {2}chooses nothing\n {2}! chooses no pod: /,
    );
  for (const name of ["front", "shop.local/front"])
    expect((await run("explain", name)).out).toContain(
      "service shop.local/front\n  0 desired, 0 registered, 1 of others\n  claimed by nobody\n  instances: 10.0.0.9\n",
    );
});

test("explain understands kinds as kubectl prints them", async () => {
  const { run, kubernetes } = await setUpCli();
  const name = "web-6d4cf56db6-x2x9z";
  kubernetes.put(podObject({ namespace: "shop", name, ip: "10.0.0.3", labels: { app: "web" } }));
  kubernetes.put(podObject({ namespace: "shop", name: "web-admin-6d4cf56db6-x2x9z", ip: "10.0.0.4", labels: {} }));
  expect((await run("explain", `pod/${name}`)).out).toContain(`pod shop/${name} at 10.0.0.3\n`);
  const { out } = await run("explain", "deployment.apps/web");
  expect(out.match(/^pod \S+/gm)).toEqual(["pod shop/web-1", "pod shop/web-2", `pod shop/${name}`]);
  expect((await run("explain", "svc/web")).out).toContain("service shop.local/web\n");
});

test("explain finds the instance of a pod that is gone by the pod's name alone", async () => {
  const { run, kubernetes } = await setUpCli();
  await run("apply");
  kubernetes.remove({ kind: "Pod", namespace: "shop", name: "web-1" });
  const { code, out } = await run("explain", "web-1");
  expect(out).toContain("instance 10.0.0.1 of shop.local/web\n  of pod shop/web-1, registered by me\n");
  expect(out).toContain("The next pass:\n  - remove 10.0.0.1 (shop/web-1): its pod is gone");
  expect(code).toBe(0);
});

test("a mapping whose Kubernetes namespace is mistyped is nearly the pod's", async () => {
  const { run } = await setUpCli({
    document: SMALLEST.replace(
      "port: 8080 }",
      "port: 8080 }, { service: api, pods: { namespace: shp, selector: app=web } }",
    ),
  });
  expect((await run("explain", "web-1")).out).toContain(
    "mappings[0] chooses it for web\n  mappings[1] nearly chooses it for api: it lacks the Kubernetes namespace shp\n",
  );
});

test("where nothing is called so, explain says what is nearly, and where it looked", async () => {
  const { run, cloudMap, namespace } = await setUpCli();
  seedService(cloudMap, namespace, { name: "front" });
  const { code, out, err } = await run("explain", "fronnt");
  expect(out).toMatch(/^cluster .*\n/);
  expect(err).toContain(
    "nothing is called fronnt; did you mean service shop.local/front? Looked among pods of shop, instances and services of shop.local, and mappings; ",
  );
  expect(code).toBe(1);
  expect((await run("explain", "we")).err).toContain("did you mean service shop.local/web?");
  const json = await run("explain", "webb", "-o", "json");
  expect(JSON.parse(json.out)).toMatchObject({ pods: [], services: [], near: ["service shop.local/web"], ok: false });
});

test("explain says why it ends with 1", async () => {
  const { run, cloudMap, namespace } = await setUpCli();
  seedService(cloudMap, namespace, { name: "web", records: ["SRV"] });
  cloudMap.options.fault = ({ operation }) =>
    operation === "ListInstances" ? { error: "AccessDeniedException", message: "no", status: 400 } : undefined;
  const { code, err } = await run("explain", "web-1");
  expect(err).toMatch(/^error: .*shop\.local\/web.*no/m);
  expect(code).toBe(1);
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
