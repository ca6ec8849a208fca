import { expect, test } from "vitest";
import { virtualNodeObject, virtualNodesV1beta2 } from "../emulators/kubernetes/custom-resources.ts";
import { setUpCli, SMALLEST } from "../support/cli.ts";

test("plan tells what apply would do, and changes nothing", async () => {
  const { run, writes } = await setUpCli();
  const { code, out, err } = await run("plan");
  expect(out).toContain("+ register 10.0.0.1 (shop/web-1): ready, and not registered yet");
  expect(out).toContain("`apply` would make these 2 changes");
  expect([code, err]).toEqual([0, ""]);
  expect(writes()).toEqual([]);
});

test("apply does it, and the next plan finds no drift", async () => {
  const { run, writes } = await setUpCli();
  expect((await run("plan", "--exit-code")).code).toBe(2);
  const applied = await run("apply");
  expect(applied.out).toContain("+ registered 10.0.0.2 (shop/web-2)");
  expect(applied.code).toBe(0);
  expect(writes()).toEqual(["CreateService", "RegisterInstance", "RegisterInstance"]);
  const { code, out } = await run("plan", "--exit-code");
  expect(out).toContain("No drift");
  expect(code).toBe(0);
});

test("standard output is the report alone as JSON, what else is said goes to standard error", async () => {
  const { run } = await setUpCli();
  const { code, out, err } = await run("plan", "--output", "json", "--service", "shop.local/web", "--force");
  expect(JSON.parse(out)).toMatchObject({
    services: [{ namespace: "shop.local", service: "web", desired: 2, registered: 0, error: null }],
    drift: { missing: 2, stale: 0, changed: 0, health: 0 },
    ok: true,
  });
  expect(err).toContain("--force: removals that the guard objects to are shown as made");
  expect(code).toBe(0);
});

test("what is held on purpose is drift, and no failure", async () => {
  const { run, configure, writes } = await setUpCli();
  await run("apply");
  await configure(SMALLEST.replace("owner: me", "owner: other"));
  const applied = await run("apply");
  expect(applied.out).toContain("held (foreign)");
  expect(applied.code).toBe(0);
  expect((await run("plan", "--exit-code")).code).toBe(2);
  expect(writes().filter((operation) => operation === "RegisterInstance")).toHaveLength(2);
});

test("an error wins over drift", async () => {
  const { run } = await setUpCli({ document: `${SMALLEST}sources: { serviceExports: true }\n` });
  const { code, out } = await run("plan", "--exit-code");
  expect(out).toContain("Drift: 2");
  expect(out).toContain("the cluster serves no serviceexports.multicluster.x-k8s.io; install");
  expect(code).toBe(1);
});

test("a source that may not be read fails, and nothing that may be its own is removed", async () => {
  const { run, configure, kubernetes, writes } = await setUpCli();
  kubernetes.serve(virtualNodesV1beta2);
  const node = { namespace: "shop", name: "web", cloudMap: { namespaceName: "shop.local", serviceName: "web" } };
  kubernetes.put(virtualNodeObject({ ...node, mesh: "shop", podSelector: { app: "web" }, port: 8080 }));
  const withoutMappings = SMALLEST.slice(0, SMALLEST.indexOf("mappings:"));
  await configure(withoutMappings);
  expect((await run("apply")).code).toBe(0);
  const before = writes().length;
  kubernetes.options.forbid = ({ resource }) => resource === "virtualnodes";
  const { code, out } = await run("apply");
  expect(out).toMatch(/error: .*virtualnodes.*list/);
  expect(code).toBe(1);
  expect(writes()).toHaveLength(before);
});

test.each<readonly [mistake: string, options: Parameters<typeof setUpCli>[0], args: readonly string[], says: string]>([
  ["a broken configuration", { document: "cluster: [" }, [], "is neither YAML nor JSON; mend this first"],
  [
    "a mistaken configuration",
    { document: `${SMALLEST}polcy: sync` },
    [],
    "polcy: there is no such key; did you mean policy?",
  ],
  ["no configuration at all", {}, ["--config", "/nonexistent.yaml"], "name a file that exists with --config"],
  ["no owner", { document: SMALLEST.replace("owner: me\n", "") }, [], "set `owner` in the configuration"],
  [
    "a namespace that does not exist",
    { document: SMALLEST.replace("shop.local", "nowhere.local") },
    [],
    "nowhere.local",
  ],
  ["a service that nobody claims", {}, ["--service", "nope"], "no mapping claims a service nope"],
  ["a service without a name", {}, ["--service", "shop.local/"], "write the service's name, or NAMESPACE/NAME"],
  ["a kubeconfig that does not exist", {}, ["--kubeconfig", "/nonexistent"], "/nonexistent"],
  ["a context that the kubeconfig lacks", {}, ["--context", "nope"], "nope"],
  ["a token that is refused", { tokens: { right: "admin" } }, [], "401"],
  ["no right to list pods", { forbid: ({ resource }) => resource === "pods" }, [], 'cannot list resource "pods"'],
  [
    "an endpoint that is no URL",
    { variables: { AWS_ENDPOINT_URL: "nowhere" } },
    [],
    "write a URL like https://host:port",
  ],
  ["an option that does not exist", {}, ["--forse"], "Did you mean --force?"],
  ["a form of output that does not exist", {}, ["--output", "xml"], "Allowed choices are table, json"],
])("given %s, apply says so in a sentence, exits with 1 and changes nothing", async (_, options, args, says) => {
  const { run, writes } = await setUpCli(options);
  const { code, out, err } = await run("apply", ...args);
  expect(`${err}${out}`).toContain(says);
  expect(`${err}${out}`).not.toMatch(/^ +at /m);
  expect(code).toBe(1);
  expect(writes()).toEqual([]);
});

test("a cluster that cannot be reached leaves Cloud Map alone", { timeout: 90_000 }, async () => {
  const { run, stopKubernetes, writes } = await setUpCli();
  expect((await run("apply")).code).toBe(0);
  const before = writes().length;
  await stopKubernetes();
  const { code, out } = await run("apply");
  expect(out).toMatch(/failed: .*(ECONNREFUSED|reach)/);
  expect(code).toBe(1);
  expect(writes()).toHaveLength(before);
});
