import { execFile, spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { serve } from "../serve.ts";
import type { Server } from "../serve.ts";
import { keptKinds, virtualNodeObject, virtualNodesV1beta2 } from "./custom-resources.ts";
import { kubernetesHandler } from "./handler.ts";
import { nodeObject, podObject } from "./workloads.ts";
import { createKubernetes } from "./world.ts";

const withoutKubectl = spawnSync("kubectl", ["version", "--client"]).status !== 0;
const world = createKubernetes({ resources: [virtualNodesV1beta2] });
let server: Server;
let directory: string;

beforeAll(async () => {
  server = await serve(kubernetesHandler(world));
  directory = await mkdtemp(join(tmpdir(), "kubectl-"));
  world.put(nodeObject({ name: "node-1" }));
  world.put(podObject({ name: "web-1", ip: "10.0.0.1", node: "node-1", ready: false }));
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

test.skipIf(withoutKubectl)("kubectl (needs it on the PATH) prints pods with their addresses, and nodes", async () => {
  expect(await kubectl("get", "pods", "-o", "wide")).toMatch(
    /^NAME +READY +STATUS +RESTARTS +AGE +IP +NODE +NOMINATED NODE +READINESS GATES\nweb-1 +0\/1 +Running +0 +\S+ +10\.0\.0\.1 +node-1 +<none> +<none>\n$/,
  );
  expect(await kubectl("get", "nodes")).toMatch(
    /^NAME +STATUS +ROLES +AGE +VERSION\nnode-1 +Ready +<none> +\S+ +v1\.34/,
  );
});

test.skipIf(withoutKubectl)("kubectl (needs it on the PATH) finds custom resources by discovery", async () => {
  world.put(virtualNodeObject({ name: "front", namespace: "shop" }));
  expect(await kubectl("get", "virtualnodes", "-A")).toMatch(/^NAMESPACE +NAME +AGE\nshop +front +\ds\n$/);
  expect(await kubectl("get", "meshes").catch(String)).toContain(`the server doesn't have a resource type "meshes"`);
});

test.skipIf(withoutKubectl)("kubectl (needs it on the PATH) waits for a deleted pod to be gone", async () => {
  world.options.deletionGracePeriodMs = 500;
  world.put(podObject({ name: "old" }));
  const deleted = kubectl("delete", "pod", "old");
  await expect.poll(() => world.read({ kind: "Pod", name: "old" })?.metadata.deletionTimestamp).toBeDefined();
  expect(await deleted).toContain('pod "old" deleted');
  expect(world.read({ kind: "Pod", name: "old" })).toBeUndefined();
});

test.skipIf(withoutKubectl)("kubectl (needs it on the PATH) applies, and changes what it applied", async () => {
  expect(await apply(service("{name: a, port: 80}, {name: b, port: 90}"))).toBe("service/front created\n");
  expect(await apply(service("{name: a, port: 80}, {name: c, port: 91}"))).toBe("service/front configured\n");
  expect(world.read({ kind: "Service", name: "front" })?.["spec"]).toMatchObject({
    ports: [
      { name: "a", port: 80 },
      { name: "c", port: 91 },
    ],
  });
  expect(await kubectl("get", "services,nodes")).toMatch(
    /^NAME +TYPE +CLUSTER-IP +EXTERNAL-IP +PORT\(S\) +AGE\nservice\/front +ClusterIP +10\.100\.0\.10 +<none> +80\/TCP,91\/TCP +\S+\n\nNAME[^\n]*\nnode\/node-1 +Ready/,
  );
  expect(await apply(node("a"))).toBe("virtualnode.appmesh.k8s.aws/front created\n");
  expect(await apply(node("b"))).toBe("virtualnode.appmesh.k8s.aws/front configured\n");
  expect(world.read({ kind: "VirtualNode", name: "front" })?.["spec"]).toEqual({ hostname: "b" });
});

test.skipIf(withoutKubectl)("kubectl (needs it on the PATH) describes a pod and its node", async () => {
  world.put(podObject({ name: "told", ip: "10.0.0.9", node: "node-1", labels: { app: "web" } }));
  const pod = await kubectl("describe", "pod", "told");
  expect(pod).toMatch(/^Node: +node-1\/192\.168\.34\.246$/m);
  expect(pod).toMatch(/^Labels: +app=web$/m);
  expect(pod).toMatch(/^IP: +10\.0\.0\.9$/m);
  expect(pod).toMatch(/^ +Ready +True *$/m);
  expect(await kubectl("describe", "node", "node-1")).toMatch(/^ +default +told +100m \(5%\) +0 \(0%\) +128Mi \(1%\)/m);
});

test.skipIf(withoutKubectl)("kubectl (needs it on the PATH) follows what becomes of a pod", async () => {
  world.put(podObject({ name: "lively", labels: { app: "lively" }, ready: false }));
  let output = "";
  const watch = spawn("kubectl", [...own(), "get", "pods", "-l", "app=lively", "--watch", "--no-headers"]);
  onTestFinished(() => void watch.kill());
  watch.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  // It writes cell by cell: what follows the last end of a line is no line yet.
  const lines = () => output.split("\n").slice(0, -1);
  const ready = () => lines().map((line) => line.split(/ +/).slice(0, 2).join(" "));
  await expect.poll(ready, { timeout: 20_000 }).toEqual(["lively 0/1"]);
  world.put(podObject({ name: "lively", labels: { app: "lively" } }));
  await expect.poll(ready, { timeout: 20_000 }).toEqual(["lively 0/1", "lively 1/1"]);
});

test.skipIf(withoutKubectl)("kubectl (needs it on the PATH) keeps rights and webhooks, and scales", async () => {
  world.serve(...keptKinds);
  expect(await kubectl("apply", "-f", "infra/rbac.yaml")).toMatch(
    /^clusterrole\S+ created\nclusterrolebinding\S+ created\n$/,
  );
  const labels = { app: "hooks" };
  const apiVersion = "admissionregistration.k8s.io/v1";
  world.put({ apiVersion, kind: "MutatingWebhookConfiguration", metadata: { name: "hooks", labels } });
  const kinds = "mutatingwebhookconfiguration,validatingwebhookconfiguration";
  const saved = await kubectl("get", kinds, "-l", "app=hooks", "-o", "yaml");
  expect(await kubectl("delete", kinds, "-l", "app=hooks")).toMatch(/^mutatingwebhookconfiguration\S+ "hooks" deleted/);
  expect(await apply(saved)).toMatch(/^mutatingwebhookconfiguration\S+ created/);
  world.put({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" }, spec: { replicas: 2 } });
  expect(await kubectl("scale", "deployment", "web", "--replicas=0")).toBe("deployment.apps/web scaled\n");
  expect(world.read({ kind: "Deployment", name: "web" })).toMatchObject({ spec: { replicas: 0 } });
});

const service = (ports: string) =>
  `---\n{apiVersion: v1, kind: Service, metadata: {name: front}, spec: {ports: [${ports}]}}`;
const node = (hostname: string) =>
  `---\n{apiVersion: appmesh.k8s.aws/v1beta2, kind: VirtualNode, metadata: {name: front}, spec: {hostname: ${hostname}}}`;

async function apply(manifest: string): Promise<string> {
  await writeFile(join(directory, "manifest.yaml"), manifest);
  return kubectl("apply", "-f", join(directory, "manifest.yaml"));
}

/** What it prints; what it complains of is the error. */
function kubectl(...words: readonly string[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  execFile("kubectl", [...own(), ...words], { timeout: 20_000 }, (error, output, complaint) => {
    if (error) reject(new Error(complaint, { cause: error }));
    else resolve(output + complaint);
  });
  return promise;
}

function own(): readonly string[] {
  return ["--server", server.url, "--cache-dir", join(directory, "cache"), "--kubeconfig", "/dev/null"];
}
