import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { queryKey } from "../../functions/core/model.ts";
import { createKubernetes as createAdapter } from "../../functions/kubernetes/cluster.ts";
import { createConnection, UnreachableError } from "../../functions/kubernetes/connection.ts";
import type { Connection } from "../../functions/kubernetes/connection.ts";
import { connectKubeconfig } from "../../functions/kubernetes/kubeconfig/connect.ts";
import { virtualNodesV1beta1, virtualNodeObject } from "../emulators/kubernetes/custom-resources.ts";
import type { Fault } from "../emulators/kubernetes/faults.ts";
import { kubernetesHandler } from "../emulators/kubernetes/handler.ts";
import { podObject } from "../emulators/kubernetes/workloads.ts";
import { createKubernetes } from "../emulators/kubernetes/world.ts";
import type { KubernetesOptions } from "../emulators/kubernetes/world.ts";
import { serve } from "../emulators/serve.ts";

const QUERY = { namespace: "shop", labelSelector: "app=web" };
const VIRTUAL_NODES = { group: "appmesh.k8s.aws", versions: ["v1beta2", "v1beta1"], plural: "virtualnodes" };

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

test("a list that has taken long, and then fails once, is tried again", async () => {
  const { world, adapter } = await open();
  for (let index = 0; index < 600; index++) world.put(podOf(`web-${index}`));
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  let faults = 0;
  world.options.fault = ({ query }) => {
    if ("continue" in query) return faults++ === 0 ? { kind: "break" } : undefined;
    vi.setSystemTime(Date.now() + 25_000);
    return undefined;
  };
  expect(await countPods(adapter)).toBe(600);
});

test("a Retry-After is honoured", async () => {
  const { world, adapter } = await open();
  world.options.fault = ({ count }) =>
    count === 1 ? { kind: "status", status: 429, retryAfterSeconds: 1 } : undefined;
  const begun = performance.now();
  await countPods(adapter);
  expect(performance.now() - begun).toBeGreaterThan(950);
});

test("a Retry-After that is too long is not waited for, and told", async () => {
  const { world, adapter } = await open();
  world.options.fault = () => ({ kind: "status", status: 429, retryAfterSeconds: 3_600 });
  const read = (await adapter.listPods([QUERY], Infinity)).get(queryKey(QUERY));
  expect(read).toMatchObject({ failure: { message: expect.stringMatching(/asks to be left alone for 3600 s/) } });
});

test.each<[string, number, string, RegExp]>([
  ["a page of somebody in between", 200, "<html>", /something that is no JSON; check that the address is that of/],
  ["a redirection", 302, "", /read: 302; check that the address/],
  ["an object of another shape", 200, listOf({}), /of another shape \(metadata: .*check that the address/],
])("%s is told as what it is", async (_, status, body, says) => {
  const server = await serve(() => Promise.resolve(new Response(body, { status })));
  onTestFinished(server.close);
  const adapter = createAdapter(createConnection({ server: new URL(server.url) }));
  const read = (await adapter.listPods([QUERY], Date.now() + 50)).get(queryKey(QUERY));
  expect(read).toMatchObject({ failure: { message: expect.stringMatching(says) } });
});

test("a list that is forbidden fails by itself, and names the right", async () => {
  const { adapter } = await open({ forbid: ({ namespace }) => namespace === "shop" });
  const others = { namespace: "other", labelSelector: "" };
  const reads = await adapter.listPods([QUERY, others], Infinity);
  const read = reads.get(queryKey(QUERY));
  expect(read !== undefined && "failure" in read ? read.failure.message : "").toMatch(
    /403.*cannot list resource "pods".*"shop".*grant that right/,
  );
  expect(reads.get(queryKey(others))).toEqual({ value: [] });
});

test("whether there is any pod is asked of the cluster, and without that right of the namespaces", async () => {
  const { world, adapter } = await open({ forbid: ({ namespace }) => namespace === undefined || namespace === "" });
  expect(await adapter.hasAnyPod(["shop"], Infinity)).toBe(false);
  world.put(podOf("web-1"));
  expect(await adapter.hasAnyPod(["other"], Infinity)).toBe(false);
  expect(await adapter.hasAnyPod(["other", "shop"], Infinity)).toBe(true);
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

test("a server that has answered nobody for 20 s is tried once more, no longer", async () => {
  const { tries, adapter } = failing(Date.now() - 20_000, "connect ECONNREFUSED 127.0.0.1:6443", "ECONNREFUSED");
  const read = (await adapter.listPods([QUERY], Infinity)).get(queryKey(QUERY));
  expect(read).toMatchObject({ failure: { message: expect.stringMatching(/ECONNREFUSED.*can be reached/) } });
  expect(tries).toHaveLength(1);
});

test("a certificate that is not the cluster's fails at once", async () => {
  const { tries, adapter } = failing(Date.now(), "self-signed certificate", "DEPTH_ZERO_SELF_SIGNED_CERT");
  const warning = expect.stringContaining("self-signed certificate");
  expect(await adapter.listNodes(Infinity)).toMatchObject({ state: "unreadable", warning });
  expect(tries).toHaveLength(1);
});

test("an outage lasts from the first request that fails to the next that is answered", async () => {
  const world = createKubernetes();
  const server = await serve(kubernetesHandler(world));
  onTestFinished(server.close);
  const { get } = connectionTo(server.url);
  const since = async () => {
    const failed = await get("/api/v1/pods").catch((error: unknown) => error);
    return failed instanceof UnreachableError ? failed.since : undefined;
  };
  world.options.fault = () => ({ kind: "break" });
  const first = await since();
  await sleep(20);
  expect(await since()).toBe(first);
  world.options.fault = undefined;
  expect(await since()).toBeUndefined();
  world.options.fault = () => ({ kind: "break" });
  expect(await since()).toBeGreaterThan(first ?? Infinity);
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
  return { world, adapter: createAdapter(await connectKubeconfig({ file, variables: {} })) };
}

function connectionTo(server: string): Connection {
  return createConnection({ server: new URL(server) });
}

/** The adapter on a connection that fails; `since`: when it began to. */
function failing(since: number, message: string, code: string) {
  const tries: string[] = [];
  const get = (path: string) => {
    tries.push(path);
    return Promise.reject(new UnreachableError(since, Object.assign(new Error(message), { code })));
  };
  return { tries, adapter: createAdapter({ ...connectionTo("http://127.0.0.1"), get }) };
}

async function countPods(adapter: ReturnType<typeof createAdapter>): Promise<number> {
  const read = (await adapter.listPods([QUERY], Infinity)).get(queryKey(QUERY));
  if (read === undefined || "failure" in read) throw read?.failure ?? new Error("not read");
  return read.value.length;
}

function podOf(name: string) {
  return podObject({ namespace: "shop", name, labels: { app: "web" } });
}

function listOf(...items: readonly object[]): string {
  return JSON.stringify({ kind: "PodList", apiVersion: "v1", metadata: {}, items });
}
