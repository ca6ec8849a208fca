import { expect, test } from "vitest";
import { seedInstance, seedService } from "../emulators/cloudmap/seed.ts";
import { virtualNodeObject, virtualNodesV1beta1 } from "../emulators/kubernetes/custom-resources.ts";
import { setUpCli, SMALLEST } from "../support/cli.ts";

test("doctor finds nothing wrong where everything is in place, and changes nothing", async () => {
  const { run, cloudMap } = await setUpCli();
  await run("apply");
  const held = () => structuredClone([...cloudMap.services.values()].map(({ instances }) => instances));
  const [before, operations] = [held(), cloudMap.operations.size];
  const { code, out, err } = await run("doctor");
  expect(out).toContain("ok       cluster: reached, Kubernetes v1.34.4\n");
  expect(out).toContain("ok       pods of shop: can be listed\n");
  expect(out).toMatch(/ok {7}namespace shop\.local: HTTP, ns-\w+, 1 service\n/);
  expect(out).toContain("ok       service shop.local/web: no DNS records, no health check; 2 desired, 2 registered");
  expect(out).toMatch(/\n\n\d+ ok, 0 warnings, 0 failed\./);
  expect(out).toContain("ok       rights: this identity may RegisterInstance, DeregisterInstance (asked by calls");
  expect([code, err, held(), cloudMap.operations.size]).toEqual([0, "", before, operations]);
});

test("doctor prints the line that tags a service which somebody else created", async () => {
  const { run, cloudMap, namespace } = await setUpCli({
    document: SMALLEST.replace("owner: me", "owner: my clusters"),
  });
  const { arn } = seedService(cloudMap, namespace, { tags: { team: "shop" } });
  const { code, out } = await run("doctor");
  expect(out).toContain(
    `aws servicediscovery tag-resource --resource-arn ${arn} --tags 'Key=eks-cloudmap-sync/owner,Value=my clusters'`,
  );
  expect(code).toBe(0);
});

test("doctor says what an existing service is not that a mapping would have created", async () => {
  const { run, cloudMap, namespace } = await setUpCli({
    document: SMALLEST.replace(", port: 8080", ", port: 8080, ttl: 10, customHealth: true"),
  });
  seedService(cloudMap, namespace, { records: ["A"] });
  const { code, out } = await run("doctor");
  expect(out).toContain(
    "warning  service shop.local/web: it stays as it was created: mappings[0] says ttl: 10, and its records have 60 s; change that in Cloud Map",
  );
  expect(out).toMatch(/says customHealth: true, and it has no custom health check; .* only when a service is created/);
  expect(code).toBe(0);
});

test("doctor fails where an instance could not be what its service's records ask for", async () => {
  const { run, cloudMap, namespace } = await setUpCli({ document: SMALLEST.replace(", port: 8080", "") });
  seedService(cloudMap, namespace, { records: ["SRV"] });
  const { code, out } = await run("doctor", "--output", "json");
  const { checks, ok } = JSON.parse(out) as { readonly checks: readonly object[]; readonly ok: boolean };
  expect(checks).toContainEqual({
    check: "service shop.local/web",
    result: "failed",
    message: expect.stringMatching(/^held \(invalid\): 10\.0\.0\.1 and 1 more: .*SRV/),
  });
  expect([code, ok]).toEqual([1, false]);
});

test("doctor warns of a mapping that selects nothing, and of nodes that cannot be read", async () => {
  const { run } = await setUpCli({
    document: SMALLEST.replace("app=web", "app=wbe"),
    forbid: ({ resource }) => resource === "nodes",
  });
  const { code, out } = await run("doctor");
  expect(out).toContain("warning  mappings[0]: chooses no pod: no pod of shop has app=wbe; did you mean app=web?");
  expect(out).toContain("ok       pods of shop: can be listed\n");
  expect(out).toMatch(/warning {2}nodes: .*grant `list` on nodes/);
  expect(out).toContain("warning  service shop.local/web: does not exist, and no pod is ready to be registered in it");
  expect(code).toBe(0);
});

test("doctor says nothing good of the pods of a Kubernetes namespace that does not exist", async () => {
  const { run, kubernetes } = await setUpCli({ document: SMALLEST.replace("namespace: shop,", "namespace: shp,") });
  kubernetes.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
  const { out } = await run("doctor");
  expect(out).toContain("chooses no pod: Kubernetes namespace shp does not exist; did you mean shop?");
  expect(out).not.toContain("pods of shp");
});

test("doctor fails where nodes cannot be read whose addresses a mapping asks for", async () => {
  const { run } = await setUpCli({
    document: SMALLEST.replace("port: 8080", "port: 8080, address: node"),
    forbid: ({ resource }) => resource === "nodes",
  });
  const { code, out } = await run("doctor");
  expect(out).toMatch(/failed {3}nodes: mappings\[0\] asks? for nodes' addresses .*grant `list` on nodes/);
  expect(code).toBe(1);
});

test("doctor tells which right is lacking", async () => {
  const { run } = await setUpCli({ forbid: ({ resource }) => resource === "pods" });
  const { code, out } = await run("doctor");
  expect(out).toMatch(/failed {3}pods of shop: .*403.*cannot list resource "pods".*grant that right/);
  expect(code).toBe(1);
});

test("without a cluster, doctor still looks at Cloud Map", async () => {
  const { run, stopKubernetes } = await setUpCli();
  await stopKubernetes();
  const { code, out } = await run("doctor");
  expect(out).toMatch(
    /failed {3}cluster: the API server could not be reached: .*ECONNREFUSED.*; check the API server's address/,
  );
  expect(out).toMatch(/ok {7}namespace shop\.local: HTTP/);
  expect(code).toBe(1);
});

test("doctor tells a refused token, a missing owner, and a mistaken configuration", async () => {
  const { run, configure } = await setUpCli({ tokens: { right: "admin" } });
  expect((await run("doctor")).out).toContain("failed   cluster: the API server does not know this identity (401)");
  await configure(`${SMALLEST}polcy: sync`);
  const { code, out } = await run("doctor");
  expect(out).toMatch(
    /failed {3}configuration: .*has one mistake:\n {4}line \d: polcy: there is no such key; did you mean policy\?/,
  );
  expect(code).toBe(1);
});

test("doctor warns of a namespace that nears its quota, as the configuration knows it", async () => {
  const { run, cloudMap, namespace, configure } = await setUpCli();
  const theirs = seedService(cloudMap, namespace, { name: "theirs" });
  for (let last = 1; last <= 9; last++) seedInstance(cloudMap, theirs, `10.9.0.${last}`);
  expect((await run("doctor")).out).toMatch(/ok {7}namespace shop\.local: /);
  await configure(`${SMALLEST}quotas: { instancesPerNamespace: 10 }\n`);
  const { code, out } = await run("doctor");
  expect(out).toMatch(/warning {2}namespace shop\.local: .*it holds 9 instances.*of its quota of 10.*Service Quotas/);
  expect(code).toBe(0);
});

test("a VirtualNode of v1beta1 is counted and named once, though its pods may be in any Kubernetes namespace", async () => {
  const { run, kubernetes } = await setUpCli({
    document: SMALLEST.replace(/mappings: .*\n/, "sources: { virtualNodes: true }\n"),
  });
  kubernetes.serve(virtualNodesV1beta1);
  kubernetes.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "other" } });
  for (const [name, namespaceName] of [
    ["blue", "far.local"],
    ["red", "far.local"],
    ["web", "shop.local"],
  ] as const)
    kubernetes.put(
      virtualNodeObject({
        name,
        namespace: "shop",
        version: "v1beta1",
        cloudMap: { namespaceName, serviceName: "web" },
      }),
    );
  const { out } = await run("doctor");
  expect(out).toContain("source virtualNodes: 3 claims\n");
  expect(out).toContain("pods of shop: can be listed\n");
  expect(out).not.toContain("pods of other");
  const planned = (await run("plan")).out;
  expect(planned).toContain("      VirtualNode shop/blue\n      VirtualNode shop/red\n");
  expect(planned).toContain("2 held");
});

test("where a mapping of the service chooses no pod, what the guard holds is released by correcting it first", async () => {
  const { run, configure } = await setUpCli();
  await run("apply");
  await configure(SMALLEST.replace("app=web", "app=weeb"));
  const advice = "correct mappings[0] (see the warning: did you mean app=web?); shop.local/web would lose its last";
  for (const command of ["plan", "doctor"]) expect((await run(command)).out).toContain(advice);
});

test("where the cluster lists no pod at all, no mapping is called mistaken for that", async () => {
  const { run, kubernetes } = await setUpCli();
  await run("apply");
  for (const name of ["web-1", "web-2"]) kubernetes.remove({ kind: "Pod", namespace: "shop", name });
  const { out } = await run("plan");
  expect(out).toContain("the cluster lists no pod at all; if that is meant, force it");
  expect(out).not.toContain("correct mappings[0]");
});
