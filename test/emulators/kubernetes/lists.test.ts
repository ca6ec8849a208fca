import type { CoreV1Api } from "@kubernetes/client-node";
import { describe, expect, test } from "vitest";
import { cluster, names, next, statusOf } from "./client.ts";
import { podObject } from "./workloads.ts";
import type { KubernetesWorld } from "./world.ts";

describe("lists", () => {
  test("come in pages that show one moment, whatever happens between them", async () => {
    const { world, core } = await cluster();
    for (const name of ["a", "b", "c", "d", "e"]) world.put(podObject({ name }));
    const first = await core.listPodForAllNamespaces({ limit: 2 });
    world.remove({ kind: "Pod", name: "c" });
    world.put(podObject({ name: "bb" }));
    world.patch({ kind: "Pod", name: "d" }, { metadata: { labels: { new: "yes" } } });
    expect(names(await core.listPodForAllNamespaces())).toEqual(["a", "b", "bb", "d", "e"]);
    const second = await core.listPodForAllNamespaces({ limit: 2, _continue: next(first) });
    const third = await core.listPodForAllNamespaces({ limit: 2, _continue: next(second) });
    expect([names(first), names(second), names(third)]).toEqual([["a", "b"], ["c", "d"], ["e"]]);
    expect(second.items[1]?.metadata?.labels).toEqual({});
    expect(first.metadata?.remainingItemCount).toBe(3);
    expect(third.metadata?.resourceVersion).toBe(first.metadata?.resourceVersion);
    expect(next(third)).toBe("");
  });

  test("stay within their namespace and go in the order of namespace and name", async () => {
    const { world, core } = await cluster();
    for (const namespace of ["shop", "a"]) for (const name of ["z", "b"]) world.put(podObject({ name, namespace }));
    const shop = await core.listNamespacedPod({ namespace: "shop" });
    expect(shop.items.map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`)).toEqual(["shop/b", "shop/z"]);
    const all = await core.listPodForAllNamespaces();
    expect(all.items.map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`)).toEqual([
      "a/b",
      "a/z",
      "shop/b",
      "shop/z",
    ]);
  });

  test("a continue token whose snapshot is compacted is answered 410, with a token that goes on without it", async () => {
    const { world, core } = await cluster();
    for (const name of ["a", "b", "c"]) world.put(podObject({ name }));
    const first = await core.listPodForAllNamespaces({ limit: 1 });
    world.remove({ kind: "Pod", name: "b" });
    world.compact();
    const failure = await statusOf(core.listPodForAllNamespaces({ limit: 1, _continue: next(first) }));
    expect(failure).toMatchObject({
      code: 410,
      reason: "Expired",
      kind: "Status",
      message: expect.stringMatching(/^The provided continue parameter is too old/),
    });
    const rest = await core.listPodForAllNamespaces({ _continue: failure.metadata?.continue ?? "" });
    expect(names(rest)).toEqual(["c"]);
  });

  test("every continue token expires at once where that is asked for", async () => {
    const { world, core } = await cluster({ expireContinue: true });
    for (const name of ["a", "b"]) world.put(podObject({ name }));
    const first = await core.listPodForAllNamespaces({ limit: 1 });
    expect(await statusOf(core.listPodForAllNamespaces({ limit: 1, _continue: next(first) }))).toMatchObject({
      code: 410,
    });
  });

  test("10,000 pods are read in 20 pages of 500", async () => {
    const { world, server } = await cluster();
    for (let index = 0; index < 10_000; index++) {
      world.put(podObject({ name: `web-${index}`, ip: `10.0.${index >> 8}.${index & 255}`, labels: { app: "web" } }));
    }
    let read = 0;
    let token = "";
    do {
      const response = await fetch(`${server.url}/api/v1/pods?limit=500&continue=${token}`);
      const page = (await response.json()) as { items: unknown[]; metadata: { continue?: string } };
      read += page.items.length;
      token = page.metadata.continue ?? "";
    } while (token !== "");
    expect(read).toBe(10_000);
    expect(world.log).toHaveLength(20);
  });
});

describe("selectors", () => {
  test.for([
    ["app=web", ["a", "b"]],
    ["app==web,version!=v2", ["a"]],
    ["app!=web", ["c", "d"]],
    ["app in (web, api)", ["a", "b", "c"]],
    ["app notin (web)", ["c", "d"]],
    ["version notin (v1)", ["b", "c", "d"]],
    ["version", ["a", "b"]],
    ["!version", ["c", "d"]],
    ["version in (v1,v2),app", ["a", "b"]],
    ["app=", ["d"]],
    ["app in ()", ["d"]],
    ["app in (,api)", ["c", "d"]],
    ["app>5", []],
    [" ", ["a", "b", "c", "d"]],
  ] as const)("labels: %s", async ([labelSelector, expected]) => {
    const { core } = await labelled();
    expect(names(await core.listPodForAllNamespaces({ labelSelector }))).toEqual(expected);
  });

  test.for([
    ["metadata.name=b", ["b"]],
    ["metadata.namespace!=default", ["d"]],
    ["spec.nodeName=node-2", ["b"]],
    ["status.phase!=Running,metadata.namespace=default", ["c"]],
    ["status.podIP=10.0.0.1", ["a"]],
  ] as const)("fields: %s", async ([fieldSelector, expected]) => {
    const { core } = await labelled();
    expect(names(await core.listPodForAllNamespaces({ fieldSelector }))).toEqual(expected);
  });

  // The texts are the real server's, 1.34.
  test.for([
    ["labelSelector", "a b c", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ["labelSelector", "a in b", "unable to parse requirement: found 'b' expected: '('"],
    ["labelSelector", "!!", "unable to parse requirement: found '!', expected: identifier"],
    ["labelSelector", "a>1.5", "for 'Gt', 'Lt' operators, the value must be an integer"],
    ["fieldSelector", "spec.foo=x", "field label not supported: spec.foo"],
    ["fieldSelector", "spec.foo", "invalid selector: 'spec.foo'; can't understand 'spec.foo'"],
  ] as const)("%s %s is a bad request", async ([kind, selector, message]) => {
    const { core } = await cluster();
    expect(await statusOf(core.listPodForAllNamespaces({ [kind]: selector }))).toMatchObject({
      code: 400,
      reason: "BadRequest",
      message,
    });
  });
});

async function labelled(): Promise<{ world: KubernetesWorld; core: CoreV1Api }> {
  const { world, core } = await cluster();
  world.put(podObject({ name: "a", labels: { app: "web", version: "v1" }, ip: "10.0.0.1" }));
  world.put(podObject({ name: "b", labels: { app: "web", version: "v2" }, node: "node-2" }));
  world.put(podObject({ name: "c", labels: { app: "api" }, phase: "Failed" }));
  world.put(podObject({ name: "d", labels: { app: "" }, namespace: "other" }));
  return { world, core };
}
