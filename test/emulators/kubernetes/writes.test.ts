import type { V1Pod } from "@kubernetes/client-node";
import { describe, expect, test } from "vitest";
import { cluster, failureOf, names, statusOf } from "./client.ts";
import { virtualNodeObject, virtualNodesV1beta2 } from "./custom-resources.ts";
import { nodeObject, podObject } from "./workloads.ts";

describe("writes", () => {
  test("create sets identity and time, and refuses a second of the name", async () => {
    const { core } = await cluster();
    const body = { metadata: { name: "web" }, spec: { containers: [{ name: "app", image: "app" }] } };
    const pod = await core.createNamespacedPod({ namespace: "default", body });
    expect(pod).toMatchObject({ kind: "Pod", apiVersion: "v1", status: { phase: "Pending" } });
    expect(pod.metadata).toMatchObject({
      uid: expect.stringMatching(/^[-0-9a-f]{36}$/),
      resourceVersion: expect.stringMatching(/^\d+$/),
      creationTimestamp: expect.any(Date),
    });
    expect(await statusOf(core.createNamespacedPod({ namespace: "default", body }))).toMatchObject({
      code: 409,
      reason: "AlreadyExists",
      message: 'pods "web" already exists',
    });
    expect(await statusOf(core.createNamespacedPod({ namespace: "nowhere", body }))).toMatchObject({
      message: 'namespaces "nowhere" not found',
    });
  });

  test("an update from an old version is a conflict", async () => {
    const { world, core } = await cluster();
    world.put(nodeObject({ name: "node-1" }));
    const node = await core.readNode({ name: "node-1" });
    world.patch({ kind: "Node", name: "node-1" }, { spec: { unschedulable: true } });
    expect(await statusOf(core.replaceNode({ name: "node-1", body: node }))).toMatchObject({
      code: 409,
      reason: "Conflict",
    });
  });

  test("a deleted pod goes at once, or terminates first where that is asked for", async () => {
    const { world, core } = await cluster();
    world.put(podObject({ name: "a" }));
    await core.deleteNamespacedPod({ namespace: "default", name: "a" });
    expect(world.list("Pod")).toEqual([]);
    world.options.deletionGracePeriodMs = 100;
    world.put(podObject({ name: "b" }));
    const pod: V1Pod = await core.deleteNamespacedPod({ namespace: "default", name: "b" });
    expect(pod.metadata?.deletionTimestamp).toBeInstanceOf(Date);
    expect(world.list("Pod")).toHaveLength(1);
    await expect.poll(() => world.list("Pod")).toEqual([]);
    expect(await statusOf(core.deleteNamespacedPod({ namespace: "default", name: "b" }))).toMatchObject({
      message: 'pods "b" not found',
    });
  });

  test("a namespace takes its pods along", async () => {
    const { world, core } = await cluster();
    world.put(podObject({ name: "a", namespace: "shop" }));
    world.put(podObject({ name: "a", namespace: "shop-2" }));
    await core.deleteNamespace({ name: "shop" });
    expect(world.list("Pod").map(({ metadata }) => metadata.namespace)).toEqual(["shop-2"]);
  });
});

describe("finalizers", () => {
  test("what has one is deleted once the last is taken off, and takes no new one meanwhile", async () => {
    const { world, core } = await cluster();
    const finalizers = ["example.com/a", "example.com/b"];
    world.put({ apiVersion: "v1", kind: "Service", metadata: { name: "web", finalizers } });
    const at = { namespace: "default", name: "web" };
    await core.deleteNamespacedService(at);
    const service = await core.readNamespacedService(at);
    expect(service.metadata).toMatchObject({ deletionTimestamp: expect.any(Date), finalizers });
    const withFinalizers = (list: readonly string[]) =>
      core.replaceNamespacedService({
        ...at,
        body: { metadata: { name: "web", finalizers: [...list] } },
      });
    expect(await statusOf(withFinalizers([...finalizers, "example.com/c"]))).toMatchObject({
      code: 422,
      message:
        'Service "web" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/c"}',
    });
    await withFinalizers(["example.com/b"]);
    expect((await core.readNamespacedService(at)).metadata?.deletionTimestamp).toBeDefined();
    await withFinalizers([]);
    expect(world.list("Service")).toEqual([]);
  });

  test("a pod that has ended stays as long as one holds it", async () => {
    const { world, core } = await cluster({ deletionGracePeriodMs: 20 });
    world.put({ ...podObject({ name: "web" }), metadata: { name: "web", finalizers: ["example.com/hold"] } });
    await core.deleteNamespacedPod({ namespace: "default", name: "web" });
    const ref = { kind: "Pod", name: "web" };
    await expect.poll(() => world.read(ref)?.metadata["deletionGracePeriodSeconds"]).toBe(0);
    await core.replaceNamespacedPod({
      namespace: "default",
      name: "web",
      body: { metadata: { name: "web" }, spec: { containers: [{ name: "app" }] } },
    });
    expect(world.read(ref)).toBeUndefined();
  });

  test("a namespace waits for what they hold in it, and takes nothing new", async () => {
    const { world, core } = await cluster();
    const metadata = { name: "web", namespace: "shop", finalizers: ["example.com/hold"] };
    world.put({ apiVersion: "v1", kind: "Service", metadata });
    world.put(podObject({ name: "web-1", namespace: "shop" }));
    await core.deleteNamespace({ name: "shop" });
    expect(world.list("Pod")).toEqual([]);
    expect(world.read({ kind: "Namespace", name: "shop" })).toMatchObject({ status: { phase: "Terminating" } });
    const created = core.createNamespacedService({ namespace: "shop", body: { metadata: { name: "late" } } });
    expect(await statusOf(created)).toMatchObject({
      message:
        'services "late" is forbidden: unable to create new content in namespace shop because it is being terminated',
    });
    await core.replaceNamespacedService({ namespace: "shop", name: "web", body: { metadata: { name: "web" } } });
    expect(world.read({ kind: "Namespace", name: "shop" })).toBeUndefined();
  });
});

describe("changes", () => {
  test("a dry run answers with what would be, and leaves all as it is", async () => {
    const { world, core } = await cluster();
    world.put(podObject({ name: "old" }));
    const before = world.store.resourceVersion();
    const body = { metadata: { name: "new" }, spec: { containers: [{ name: "app" }] } };
    const created = await core.createNamespacedPod({ namespace: "default", body, dryRun: "All" });
    expect(created.metadata).toMatchObject({ name: "new", uid: expect.any(String) });
    await core.deleteNamespacedPod({ namespace: "default", name: "old", dryRun: "All" });
    await core.deleteCollectionNamespacedPod({ namespace: "default", dryRun: "All" });
    await core.deleteNamespacedPod({ namespace: "default", name: "old", body: { dryRun: ["All"] } });
    expect(world.store.resourceVersion()).toBe(before);
  });

  test("a dry run of a scale tells the replicas that there would be", async () => {
    const { world, server } = await cluster();
    const ref = { kind: "Deployment", name: "web" };
    world.put({ apiVersion: "apps/v1", ...ref, metadata: { name: "web" }, spec: { replicas: 1 } });
    const path = `${server.url}/apis/apps/v1/namespaces/default/deployments/web/scale?dryRun=All`;
    const answer = await fetch(path, { method: "PUT", body: JSON.stringify({ spec: { replicas: 3 } }) });
    expect(await answer.json()).toMatchObject({ kind: "Scale", spec: { replicas: 3 } });
    expect(world.read(ref)?.["spec"]).toEqual({ replicas: 1 });
  });

  test("what changes nothing is no change, and a generation counts changes of the specification alone", async () => {
    const { world, core } = await cluster();
    const node = world.put(nodeObject({ name: "node-1" }));
    await core.replaceNode({ name: "node-1", body: await core.readNode({ name: "node-1" }) });
    expect(world.read({ kind: "Node", name: "node-1" })).toBe(node);
    const ref = { kind: "Deployment", name: "web" };
    const generationOf = (change: object) => world.patch({ ...ref }, { ...change }).metadata["generation"];
    world.put({ apiVersion: "apps/v1", ...ref, metadata: { name: "web" }, spec: { replicas: 1 } });
    expect(generationOf({ metadata: { labels: { a: "b" } } })).toBe(1);
    expect(generationOf({ spec: { replicas: 2 } })).toBe(2);
    expect(generationOf({ status: { replicas: 2 } })).toBe(2);
  });

  test.for([
    ["application/json-patch+json", [{ op: "replace", path: "/metadata/labels/a", value: "2" }], ["2", ["x"]]],
    ["application/merge-patch+json", { metadata: { labels: { a: "2" }, finalizers: ["y"] } }, ["2", ["y"]]],
    ["application/strategic-merge-patch+json", { metadata: { finalizers: ["y"] } }, ["1", ["x", "y"]]],
    [
      "application/strategic-merge-patch+json",
      { metadata: { "$deleteFromPrimitiveList/finalizers": ["x"] } },
      ["1", []],
    ],
  ] as const)("a patch of the type %s: %j", async ([type, patch, [label, finalizers]]) => {
    const { world, server } = await cluster();
    const metadata = { name: "web", labels: { a: "1" }, finalizers: ["x"] };
    world.put({ apiVersion: "v1", kind: "Service", metadata });
    const path = `${server.url}/api/v1/namespaces/default/services/web`;
    const body = JSON.stringify(patch);
    const answer = await fetch(path, { method: "PATCH", headers: { "content-type": type }, body });
    expect(await answer.json()).toMatchObject({ metadata: { labels: { a: label }, finalizers } });
  });

  test("a JSON patch is made as a whole or not at all", async () => {
    const { world, server } = await cluster();
    const service = world.put({ apiVersion: "v1", kind: "Service", metadata: { name: "web", labels: { a: "1" } } });
    const patch = [
      { op: "replace", path: "/metadata/labels/a", value: "2" },
      { op: "test", path: "/metadata/labels/b", value: "1" },
    ];
    const answer = await fetch(`${server.url}/api/v1/namespaces/default/services/web`, {
      method: "PATCH",
      headers: { "content-type": "application/json-patch+json" },
      body: JSON.stringify(patch),
    });
    expect(await answer.json()).toMatchObject({ code: 422, reason: "Invalid" });
    expect(world.read({ kind: "Service", name: "web" })).toBe(service);
  });

  test("a custom resource takes no strategic merge patch", async () => {
    const { world, server } = await cluster({});
    world.serve(virtualNodesV1beta2);
    world.put(virtualNodeObject({ name: "front" }));
    const path = `${server.url}/apis/appmesh.k8s.aws/v1beta2/namespaces/default/virtualnodes/front`;
    const headers = { "content-type": "application/strategic-merge-patch+json" };
    expect((await fetch(path, { method: "PATCH", headers, body: "{}" })).status).toBe(415);
  });
});

describe("faults", () => {
  test("throttle the first requests of a path, with the time to wait", async () => {
    const { core, server, world } = await cluster({
      fault: ({ path, count }) =>
        path === "/api/v1/pods" && count <= 2 ? { kind: "status", status: 429, retryAfterSeconds: 1 } : undefined,
    });
    const response = await fetch(`${server.url}/api/v1/pods`);
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, "1"]);
    expect(await failureOf(core.listPodForAllNamespaces())).toMatchObject({ code: 429 });
    expect(names(await core.listPodForAllNamespaces())).toEqual([]);
    expect(world.log.map(({ status }) => status)).toEqual([429, 429, 200]);
  });

  test.for([{ kind: "break" }, { kind: "break-body" }, { kind: "break-body", afterBytes: 20 }] as const)(
    "the connection: %o",
    async (fault) => {
      const { core } = await cluster({ fault: () => fault });
      await expect(core.listPodForAllNamespaces()).rejects.toThrow(
        /fetch failed|terminated|other side closed|Invalid response/,
      );
    },
  );

  test("a body that stalls sends its beginning and then nothing", async () => {
    const { server } = await cluster({ fault: () => ({ kind: "stall-body", afterBytes: 10 }) });
    const reader = (await fetch(`${server.url}/api/v1/pods`)).body?.getReader();
    expect((await reader?.read())?.value).toHaveLength(10);
    const silence = new Promise((resolve) => setTimeout(resolve, 200, "silence"));
    expect(await Promise.race([reader?.read(), silence])).toBe("silence");
    await reader?.cancel();
  });
});
