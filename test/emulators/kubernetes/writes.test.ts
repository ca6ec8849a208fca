import type { V1Pod } from "@kubernetes/client-node";
import { describe, expect, test } from "vitest";
import { cluster, failureOf, names, statusOf } from "./client.ts";
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
