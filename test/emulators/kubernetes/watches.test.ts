import { describe, expect, test } from "vitest";
import { cluster } from "./client.ts";
import { podObject } from "./workloads.ts";

describe("watches", () => {
  test("show what happens after a list, until the client leaves", async () => {
    const { world, core, follow } = await cluster();
    world.put(podObject({ name: "a" }));
    const { resourceVersion } = (await core.listPodForAllNamespaces()).metadata ?? {};
    const watch = await follow({ resourceVersion });
    world.put(podObject({ name: "b" }));
    world.patch({ kind: "Pod", name: "a" }, { status: { phase: "Failed" } });
    world.remove({ kind: "Pod", name: "a" });
    await expect.poll(() => watch.events).toEqual(["ADDED b", "MODIFIED a", "DELETED a"]);
    watch.controller.abort();
    expect(await watch.done).toMatchObject({ name: "AbortError" });
  });

  test("begin with all there is where no version is given", async () => {
    const { world, follow } = await cluster();
    for (const name of ["a", "b"]) world.put(podObject({ name }));
    const watch = await follow({ allowWatchBookmarks: true, timeoutSeconds: 1 });
    expect(await watch.done).toBeNull();
    expect(watch.events).toEqual(["ADDED a", "ADDED b", "BOOKMARK undefined"]);
  });

  test("replay what happened since their version", async () => {
    const { world, core, follow } = await cluster();
    const { resourceVersion } = (await core.listPodForAllNamespaces()).metadata ?? {};
    world.put(podObject({ name: "a" }));
    world.remove({ kind: "Pod", name: "a" });
    const watch = await follow({ resourceVersion, timeoutSeconds: 1 });
    await watch.done;
    expect(watch.events).toEqual(["ADDED a", "DELETED a"]);
  });

  test("from a version that is too old get an ERROR event with a 410", async () => {
    const { world, core, follow } = await cluster();
    const { resourceVersion } = (await core.listPodForAllNamespaces()).metadata ?? {};
    world.put(podObject({ name: "a" }));
    world.compact();
    const watch = await follow({ resourceVersion });
    expect(await watch.done).toBeNull();
    const message = expect.stringMatching(/^too old resource version: \d+ \(\d+\)$/) as string;
    expect(watch.objects).toEqual([
      { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", reason: "Expired", code: 410, message },
    ]);
  });

  test("through a selector show a pod that begins to match as added, and one that ceases to as deleted", async () => {
    const { world, follow } = await cluster();
    world.put(podObject({ name: "a", labels: { app: "api" } }));
    const watch = await follow({ labelSelector: "app=web" });
    world.patch({ kind: "Pod", name: "a" }, { metadata: { labels: { app: "web" } } });
    world.patch({ kind: "Pod", name: "a" }, { metadata: { labels: { app: "api" } } });
    await expect.poll(() => watch.events).toEqual(["ADDED a", "DELETED a"]);
  });
});
