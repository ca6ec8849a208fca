import {
  ApiException,
  AuthorizationV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  Watch,
} from "@kubernetes/client-node";
import type { V1Pod } from "@kubernetes/client-node";
import { afterEach, describe, expect, test } from "vitest";
import { serve } from "../serve.ts";
import type { Server } from "../serve.ts";
import { meshObject, virtualNodeObject, virtualNodesV1beta1, virtualNodesV1beta2 } from "./custom-resources.ts";
import { kubernetesHandler } from "./handler.ts";
import { nodeObject, podObject } from "./workloads.ts";
import { createKubernetes } from "./world.ts";
import type { KubernetesOptions, KubernetesWorld } from "./world.ts";

const servers: Server[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

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

  test("10,000 pods are read in pages of 500 in under 3 seconds", async () => {
    const { world, server } = await cluster();
    for (let index = 0; index < 10_000; index++) {
      world.put(podObject({ name: `web-${index}`, ip: `10.0.${index >> 8}.${index & 255}`, labels: { app: "web" } }));
    }
    const started = performance.now();
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
    expect(performance.now() - started).toBeLessThan(3000);
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

describe("rights", () => {
  test("an unknown token is unauthorized, and none is nobody", async () => {
    const { core, server } = await cluster({ tokens: { right: "jane" } }, "wrong");
    expect(await failureOf(core.listPodForAllNamespaces())).toMatchObject({ code: 401 });
    const wrong = await fetch(`${server.url}/api/v1/pods`, { headers: { authorization: "Bearer wrong" } });
    expect(await wrong.json()).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: "Unauthorized",
      reason: "Unauthorized",
      code: 401,
    });
    const anonymous = await fetch(`${server.url}/api/v1/pods`);
    expect(await anonymous.json()).toMatchObject({
      code: 403,
      message: expect.stringMatching(/^pods is forbidden: User "system:anonymous"/),
    });
  });

  test("what is forbidden is answered in the API server's words", async () => {
    const { world, core, custom } = await cluster(
      { tokens: { right: "jane" }, forbid: ({ verb }) => verb === "list" },
      "right",
    );
    world.serve(virtualNodesV1beta2);
    expect(await statusOf(core.listNamespacedPod({ namespace: "shop" }))).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: 'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "shop"',
      reason: "Forbidden",
      details: { kind: "pods" },
      code: 403,
    });
    expect(
      await statusOf(
        custom.listCustomObjectForAllNamespaces({
          group: "appmesh.k8s.aws",
          version: "v1beta2",
          resourcePlural: "virtualnodes",
        }),
      ),
    ).toMatchObject({
      message:
        'virtualnodes.appmesh.k8s.aws is forbidden: User "jane" cannot list resource "virtualnodes" in API group "appmesh.k8s.aws" at the cluster scope',
      details: { group: "appmesh.k8s.aws", kind: "virtualnodes" },
    });
  });

  test("an access review tells the same beforehand", async () => {
    const { authorization } = await cluster({ forbid: ({ resource }) => resource === "nodes" });
    const review = async (resource: string) => {
      const body = { spec: { resourceAttributes: { verb: "list", resource } } };
      return (await authorization.createSelfSubjectAccessReview({ body })).status?.allowed;
    };
    expect([await review("pods"), await review("nodes")]).toEqual([true, false]);
  });
});

describe("custom resources", () => {
  test("are found by discovery and listed while they are served, and gone once they are not", async () => {
    const { world, custom, server } = await cluster();
    const list = () =>
      custom.listCustomObjectForAllNamespaces({
        group: "appmesh.k8s.aws",
        version: "v1beta2",
        resourcePlural: "virtualnodes",
      });
    const absent = await failureOf(list());
    expect([absent.code, absent.body]).toEqual([404, "404 page not found\n"]);
    world.serve(virtualNodesV1beta2, virtualNodesV1beta1);
    world.put(virtualNodeObject({ name: "front", namespace: "shop" }));
    expect(await list()).toMatchObject({
      kind: "VirtualNodeList",
      metadata: { continue: "" },
      items: [
        { apiVersion: "appmesh.k8s.aws/v1beta2", kind: "VirtualNode", metadata: { name: "front", namespace: "shop" } },
      ],
    });
    const group = await fetch(`${server.url}/apis/appmesh.k8s.aws`);
    expect(await group.json()).toMatchObject({ versions: [{ version: "v1beta2" }, { version: "v1beta1" }] });
    world.unserve({ group: "appmesh.k8s.aws", plural: "virtualnodes" });
    expect(await failureOf(list())).toMatchObject({ code: 404 });
    expect((await fetch(`${server.url}/apis/appmesh.k8s.aws`)).status).toBe(404);
  });

  test("cannot be put where they are not served", async () => {
    const { world } = await cluster();
    expect(() => world.put(meshObject({}))).toThrow("Mesh appmesh.k8s.aws/v1beta2 is not served");
  });
});

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

async function cluster(options: KubernetesOptions = {}, token = "any") {
  const world = createKubernetes(options);
  const server = await serve(kubernetesHandler(world));
  servers.push(server);
  const config = new KubeConfig();
  config.loadFromClusterAndUser({ name: "local", server: server.url, skipTLSVerify: true }, { name: "me", token });
  return {
    world,
    server,
    core: config.makeApiClient(CoreV1Api),
    custom: config.makeApiClient(CustomObjectsApi),
    authorization: config.makeApiClient(AuthorizationV1Api),
    follow: (query: Record<string, string | number | boolean | undefined>) => follow(config, query),
  };
}

async function labelled(): Promise<{ world: KubernetesWorld; core: CoreV1Api }> {
  const { world, core } = await cluster();
  world.put(podObject({ name: "a", labels: { app: "web", version: "v1" }, ip: "10.0.0.1" }));
  world.put(podObject({ name: "b", labels: { app: "web", version: "v2" }, node: "node-2" }));
  world.put(podObject({ name: "c", labels: { app: "api" }, phase: "Failed" }));
  world.put(podObject({ name: "d", labels: { app: "" }, namespace: "other" }));
  return { world, core };
}

async function follow(config: KubeConfig, query: Record<string, string | number | boolean | undefined>) {
  const events: string[] = [];
  const objects: unknown[] = [];
  const { promise: done, resolve } = Promise.withResolvers<unknown>();
  const add = (type: string, object: V1Pod) => {
    events.push(`${type} ${object.metadata?.name}`);
    objects.push(object);
  };
  const controller = await new Watch(config).watch("/api/v1/pods", query, add, resolve);
  return { events, objects, done, controller };
}

function next(page: { metadata?: { _continue?: string } }): string {
  const { _continue: token = "" } = page.metadata ?? {};
  return token;
}

const names = (page: { items: V1Pod[] }) => page.items.map(({ metadata }) => metadata?.name);

async function failureOf(call: Promise<unknown>): Promise<ApiException<unknown>> {
  const error: unknown = await call.then(
    () => new Error("the call succeeded"),
    (error: unknown) => error,
  );
  if (error instanceof ApiException) return error as ApiException<unknown>;
  throw error;
}

type Status = { readonly code: number; readonly message: string; readonly metadata?: { readonly continue?: string } };

async function statusOf(call: Promise<unknown>): Promise<Status> {
  const { body } = await failureOf(call);
  return (typeof body === "string" ? JSON.parse(body) : body) as Status;
}
