import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { virtualNodeObject, virtualNodesV1beta2 } from "../emulators/kubernetes/custom-resources.ts";
import { setUpCli, SMALLEST } from "../support/cli.ts";
import { kubeconfigFor } from "../support/kubeconfig.ts";

test("plan tells what apply would do, and changes nothing", async () => {
  const { run, writes } = await setUpCli();
  const { code, out, err } = await run("plan");
  expect(out).toContain("+ register 10.0.0.1 (shop/web-1): its pod is ready");
  expect(out).toContain("`apply` would make these 3 changes");
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
  expect(out).toContain("In sync");
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
  expect(out).toContain("Plan: 3 to create (1 service, 2 instances)");
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

test("apply --exit-code ends with 2 where something stays as it is because it is held", async () => {
  const { run, configure } = await setUpCli();
  expect((await run("apply", "--exit-code")).code).toBe(0);
  await configure(SMALLEST.replace("owner: me", "owner: other"));
  expect((await run("apply", "--exit-code")).code).toBe(2);
});

test("several services may be named", async () => {
  const { run, configure } = await setUpCli();
  await configure(`${SMALLEST.trimEnd().slice(0, -1)}, ${mappingOf("api")}, ${mappingOf("jobs")}]\n`);
  const { out } = await run("plan", "-o", "json", "--service", "web", "--service", "shop.local/jobs");
  expect(servicesIn(out)).toEqual(["jobs", "web"]);
});

test("every verb says whom it is about, and which mapping chooses no pod", async () => {
  const { run, configure, serverUrl } = await setUpCli();
  await configure(`${SMALLEST.trimEnd().slice(0, -1)}, { service: api, pods: { namespace: shp } }]\n`);
  for (const verb of ["plan", "status", "doctor", "apply"]) {
    const { out } = await run(verb);
    const server = serverUrl.replace("https://", "");
    expect(out).toMatch(/^cluster {2}UID \S+\nserver/);
    expect(out).toContain(`\nserver   ${server}\nAWS      account 123456789012, region eu-west-1\nowner    me\n\n`);
    expect(out).toContain("Kubernetes namespace shp does not exist; did you mean shop?");
  }
  const { out } = await run("plan", "-o", "json");
  expect(JSON.parse(out)).toMatchObject({ about: { owner: "me", account: "123456789012", region: "eu-west-1" } });
});

test.each(["web", "ARN/web"])("--service %s means one service", async (name) => {
  const { run, namespace, configure } = await setUpCli();
  await configure(`${SMALLEST.trimEnd().slice(0, -1)}, { service: api, pods: { namespace: shop } }]\n`);
  const { code, out } = await run("plan", "--output", "json", "--service", name.replace("ARN", namespace.arn));
  expect(servicesIn(out)).toEqual(["web"]);
  expect(code).toBe(0);
});

test("the configuration may come from standard input, as JSON too", async () => {
  const { start, kubeconfig } = await setUpCli();
  const { child, ended } = start("plan", "--config", "-", "--kubeconfig", kubeconfig, "--output", "json");
  const mapping = { service: "api", pods: { namespace: "shop" } };
  child.stdin?.end(JSON.stringify({ cluster: "test", owner: "me", namespaces: ["shop.local"], mappings: [mapping] }));
  const { out, err } = await ended;
  expect([servicesIn(out), err]).toEqual([["api"], ""]);
});

test("a context is found in the files of KUBECONFIG", async () => {
  const { config, kubeconfig, folder } = await setUpCli();
  const other = join(folder, "other");
  await writeFile(other, kubeconfigFor("https://other.example", {}).replaceAll('"test"', '"other"'));
  const { runBare } = await setUpCli({ variables: { KUBECONFIG: `${other}:${kubeconfig}` } });
  expect((await runBare("plan", "--config", config, "--context", "test", "--exit-code")).code).toBe(2);
});

test("a kubeconfig's credentials may come from a program, as those of EKS do", async () => {
  const credential = {
    apiVersion: "client.authentication.k8s.io/v1beta1",
    kind: "ExecCredential",
    status: { token: "right" },
  };
  const exec = { apiVersion: credential.apiVersion, command: "echo", args: [JSON.stringify(credential)] };
  const { run } = await setUpCli({ tokens: { right: "admin" }, user: { exec } });
  expect((await run("plan", "--exit-code")).code).toBe(2);
});

test("a reader that leaves early is no failure", async () => {
  const { start, config, kubeconfig } = await setUpCli();
  const { child, ended } = start("plan", "--config", config, "--kubeconfig", kubeconfig);
  child.stdout?.destroy();
  expect(await ended).toMatchObject({ code: 0, err: "" });
});

test("interrupted, apply tells what it leaves, and the next one completes it", async () => {
  const { start, run, config, kubeconfig, cloudMap, writes } = await setUpCli();
  cloudMap.options.operationDelayMs = Infinity;
  const { child, ended } = start("apply", "--config", config, "--kubeconfig", kubeconfig);
  await vi.waitUntil(() => writes().filter((operation) => operation === "RegisterInstance").length === 2, WAIT);
  child.kill("SIGINT");
  const { code, out, err } = await ended;
  expect(err).toMatch(
    /^\ninterrupted: 2 of 2 changes sent to Cloud Map \(now shop.local\/web\), 0 of them confirmed; what was sent takes/,
  );
  expect(err).toMatch(/run apply again to complete it\n$/);
  expect([code, out]).toEqual([130, ""]);
  cloudMap.options.operationDelayMs = 0;
  expect((await run("apply")).code).toBe(0);
  expect((await run("plan", "--exit-code")).code).toBe(0);
});

test("--help tells the commands, examples, exit codes and the environment", async () => {
  const { start } = await setUpCli();
  const { code, out, err } = await start("--help").ended;
  for (const word of ["doctor [options]", "apply --config sync.yaml", "130  interrupted", "KUBECONFIG"])
    expect(out).toContain(word);
  expect([code, err]).toEqual([0, ""]);
});

const WAIT = { timeout: 20_000, interval: 20 };

function mappingOf(service: string): string {
  return `{ service: ${service}, pods: { namespace: shop } }`;
}

function servicesIn(out: string): readonly string[] {
  const { services } = JSON.parse(out) as { readonly services: readonly { readonly service: string }[] };
  return services.map(({ service }) => service);
}
