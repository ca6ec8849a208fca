import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { queryKey } from "../../functions/core/model.ts";
import { createKubernetes as createAdapter } from "../../functions/kubernetes/cluster.ts";
import { connectKubeconfig } from "../../functions/kubernetes/kubeconfig.ts";
import { presignToken } from "../../functions/kubernetes/eks.ts";
import { projectNode } from "../../functions/kubernetes/nodes.ts";
import { projectPod } from "../../functions/kubernetes/pods.ts";
import { virtualNodesV1beta1, virtualNodeObject } from "../emulators/kubernetes/custom-resources.ts";
import type { Fault } from "../emulators/kubernetes/faults.ts";
import { kubernetesHandler } from "../emulators/kubernetes/handler.ts";
import { nodeObject, podObject } from "../emulators/kubernetes/workloads.ts";
import { createKubernetes } from "../emulators/kubernetes/world.ts";
import type { KubernetesOptions } from "../emulators/kubernetes/world.ts";
import { serve } from "../emulators/serve.ts";

const QUERY = { namespace: "shop", labelSelector: "app=web" };
const VIRTUAL_NODES = { group: "appmesh.k8s.aws", versions: ["v1beta2", "v1beta1"], plural: "virtualnodes" };

test("a list is every page of what the selector means", async () => {
  const { world, adapter } = await open();
  for (let index = 0; index < 1_100; index++) world.put(podOf(`web-${index}`));
  world.put(podObject({ namespace: "shop", name: "other", labels: { app: "other" } }));
  expect(await countPods(adapter)).toBe(1_100);
  expect(world.log.filter(({ path }) => path.endsWith("/pods"))).toHaveLength(3);
  expect(world.log.map(({ query }) => query["resourceVersion"])).not.toContain("0");
});

test.each<[string, Fault]>([
  ["throttling", { kind: "status", status: 429, retryAfterSeconds: 0 }],
  ["a server error", { kind: "status", status: 503 }],
  ["a broken connection", { kind: "break" }],
  ["a body that breaks off", { kind: "break-body", afterBytes: 100 }],
  ["a token that is refused once", { kind: "status", status: 401 }],
])("%s is tried again, and the list is whole", async (_, fault) => {
  const { world, adapter } = await open();
  for (let index = 0; index < 600; index++) world.put(podOf(`web-${index}`));
  let faults = 0;
  world.options.fault = ({ query }) => ("continue" in query && faults++ === 0 ? fault : undefined);
  expect(await countPods(adapter)).toBe(600);
  expect(faults).toBeGreaterThan(1);
});

test("a list that expires before its last page begins anew, with what is there by then", async () => {
  const { world, adapter } = await open();
  for (let index = 0; index < 600; index++) world.put(podOf(`web-${index}`));
  let isExpired = false;
  world.options.fault = ({ query }) => {
    if (!("continue" in query) || isExpired) return undefined;
    isExpired = true;
    world.remove({ kind: "Pod", namespace: "shop", name: "web-0" });
    return { kind: "status", status: 410, message: "the provided continue parameter is too old" };
  };
  expect(await countPods(adapter)).toBe(599);
});

test("a Retry-After is honoured", async () => {
  const { world, adapter } = await open();
  world.options.fault = ({ count }) =>
    count === 1 ? { kind: "status", status: 429, retryAfterSeconds: 1 } : undefined;
  const begun = performance.now();
  await countPods(adapter);
  expect(performance.now() - begun).toBeGreaterThan(950);
});

test("a list that is forbidden fails by itself, and names the right", async () => {
  const { adapter } = await open({ forbid: ({ namespace }) => namespace === "shop" });
  const others = { namespace: "other", labelSelector: "" };
  const reads = await adapter.listPods([QUERY, others]);
  const read = reads.get(queryKey(QUERY));
  expect(read !== undefined && "failure" in read ? read.failure.message : "").toMatch(
    /403.*cannot list resource "pods".*"shop".*grant that right/,
  );
  expect(reads.get(queryKey(others))).toEqual({ value: [] });
});

test("nodes that may not be listed are a warning, no failure", async () => {
  const { adapter } = await open({ forbid: ({ resource }) => resource === "nodes" });
  expect(await adapter.listNodes()).toMatchObject({
    state: "unreadable",
    warning: expect.stringContaining("`list` on nodes"),
  });
});

test("whether there is any pod is asked of the cluster, and without that right of the namespaces", async () => {
  const { world, adapter } = await open({ forbid: ({ namespace }) => namespace === undefined || namespace === "" });
  expect(await adapter.hasAnyPod(["shop"])).toBe(false);
  world.put(podOf("web-1"));
  expect(await adapter.hasAnyPod(["other"])).toBe(false);
  expect(await adapter.hasAnyPod(["other", "shop"])).toBe(true);
});

test("a kind is absent where no version is served, and a failure where it may not be listed", async () => {
  const { world, adapter } = await open({
    forbid: ({ resource, user }) => resource === "virtualnodes" && user === "admin",
  });
  expect(await adapter.listObjects(VIRTUAL_NODES)).toEqual({ state: "absent" });
  world.serve(virtualNodesV1beta1);
  await expect(adapter.listObjects(VIRTUAL_NODES)).rejects.toThrow(/cannot list resource "virtualnodes"/);
  world.options.forbid = undefined;
  world.put(virtualNodeObject({ name: "web", version: "v1beta1" }));
  expect(await adapter.listObjects(VIRTUAL_NODES)).toMatchObject({
    state: "read",
    version: "v1beta1",
    objects: [{ kind: "VirtualNode" }],
  });
});

test.each([
  ["ready", {}, "ready"],
  ["not ready", { ready: false }, "not-ready"],
  ["terminating", { deleting: true }, "gone"],
  ["finished, with an address that may be another's by now", { phase: "Succeeded" as const }, "gone"],
  ["failed", { phase: "Failed" as const }, "gone"],
  ["without an address", { ip: null, phase: "Pending" as const }, "gone"],
  ["unready by App Mesh's orphaned gate alone", gated("False", "True"), "ready"],
  [
    "unready by another gate too",
    { ...gated("False", "True"), readinessGates: [orphanedGate(), "example.com/other"] },
    "not-ready",
  ],
  ["unready by its containers", gated("False", "False"), "not-ready"],
])("a pod that is %s", (_, shape, state) => {
  expect(projectPod(podObject({ name: "web", ...shape })).state).toBe(state);
});

test.each([
  ["is ready", {}, "here"],
  ["is not ready", { ready: false }, "leaving"],
  ["is out of reach", { ready: "Unknown" as const }, "leaving"],
  ["is only cordoned", tainted("node.kubernetes.io/unschedulable"), "here"],
  ["may be deleted some day", tainted("DeletionCandidateOfClusterAutoscaler"), "here"],
  ["is out of service", tainted("node.kubernetes.io/out-of-service"), "leaving"],
  ["is disrupted by Karpenter", tainted("karpenter.sh/disrupted"), "leaving"],
  ["is scaled down", tainted("ToBeDeletedByClusterAutoscaler"), "leaving"],
  ["is a Spot instance about to go", tainted("aws-node-termination-handler/spot-itn"), "leaving"],
])("a node that %s", (_, shape, state) => {
  expect(projectNode(nodeObject(shape))).toMatchObject({
    state,
    region: "us-west-2",
    zone: "us-west-2a",
    instanceId: expect.stringMatching(/^i-0/),
  });
});

const TEST_CREDENTIALS = () => Promise.resolve({ accessKeyId: "AKIATEST", secretAccessKey: "secret" });

test("the EKS token is a presigned GetCallerIdentity that is bound to the cluster", async () => {
  const token = await presignToken({
    cluster: "prod",
    region: "eu-west-1",
    credentials: TEST_CREDENTIALS,
    now: () => Date.UTC(2026, 10, 24),
  });
  expect(token).toMatch(/^k8s-aws-v1\.[\w-]+$/);
  const url = new URL(Buffer.from(token.slice("k8s-aws-v1.".length), "base64url").toString());
  expect(url.hostname).toBe("sts.eu-west-1.amazonaws.com");
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    Action: "GetCallerIdentity",
    "X-Amz-Date": "20261124T000000Z",
    "X-Amz-Expires": "60",
    "X-Amz-SignedHeaders": "host;x-k8s-aws-id",
  });
});

async function open(options: KubernetesOptions = {}) {
  const world = createKubernetes(options);
  const server = await serve(kubernetesHandler(world));
  const folder = await mkdtemp(join(tmpdir(), "kubernetes-"));
  const file = join(folder, "kubeconfig");
  await writeFile(
    file,
    JSON.stringify({
      "current-context": "test",
      clusters: [{ name: "test", cluster: { server: server.url } }],
      users: [{ name: "test", user: {} }],
      contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
    }),
  );
  onTestFinished(async () => {
    await Promise.all([server.close(), rm(folder, { recursive: true })]);
  });
  return { world, adapter: createAdapter(connectKubeconfig({ file })) };
}

async function countPods(adapter: ReturnType<typeof createAdapter>): Promise<number> {
  const read = (await adapter.listPods([QUERY])).get(queryKey(QUERY));
  if (read === undefined || "failure" in read) throw read?.failure ?? new Error("not read");
  return read.value.length;
}

function podOf(name: string) {
  return podObject({ namespace: "shop", name, labels: { app: "web" } });
}

function gated(ready: "True" | "False", containers: "True" | "False") {
  const conditions = [
    { type: "Ready", status: ready },
    { type: "ContainersReady", status: containers },
  ];
  return { readinessGates: [orphanedGate()], conditions };
}

function orphanedGate(): string {
  return "conditions.appmesh.k8s.aws/aws-cloudmap-healthy";
}

function tainted(key: string) {
  return { taints: [{ key, effect: "NoSchedule" }] };
}
