import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Pod } from "../../functions/core/model.ts";
import type { ApiServer } from "../support/api-proxy.ts";
import { openSession } from "./session.ts";

/** An API server that knows the administrator's token and no other, and lets the user `nobody` do nothing. */
export type Driver = ApiServer & {
  readonly installVirtualNodes: () => Promise<void>;
  /** Forgets all history, as etcd does every five minutes; soon after, older continue tokens are expired. */
  readonly compact: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** More than a page holds. */
const MANY = 520;
const MANY_NAMES = Array.from({ length: MANY }, (_, index) => `web-${String(index).padStart(3, "0")}`);
const VIRTUAL_NODES = { group: "appmesh.k8s.aws", versions: ["v1beta2", "v1beta1"], plural: "virtualnodes" };

/** What the adapter does with any API server, in sentences. */
export function describeKubernetes(open: () => Promise<Driver>): void {
  let driver: Driver;
  let session: Awaited<ReturnType<typeof openSession>>;
  let many: string;

  beforeAll(async () => {
    driver = await open();
    session = await openSession(driver);
    many = await session.createNamespace();
    await session.createPods(many, MANY_NAMES);
  });
  afterAll(async () => {
    await session?.proxy.close();
    await driver?.close();
  });

  test("a list is every page of what is there", async () => {
    const { proxy, podsOf, continued } = session;
    proxy.log.length = 0;
    expect((await podsOf({ namespace: many, labelSelector: "app=web" })).length).toBe(MANY);
    expect(continued()).toEqual([false, true]);
    expect(proxy.log.join()).not.toContain("resourceVersion");
  });

  test("a list shows one moment, whatever happens between its pages", async () => {
    const { proxy, podsOf, createNamespace, createPods, deletePod } = session;
    const namespace = await createNamespace();
    await createPods(namespace, MANY_NAMES);
    let changed = 0;
    proxy.before = async ({ query }) => {
      if (!query.has("continue") || changed++ > 0) return;
      await createPods(namespace, ["web-000a", "web-999"]);
      await deletePod(namespace, "web-001");
      await deletePod(namespace, "web-519");
    };
    expect((await podsOf({ namespace, labelSelector: "" })).map(({ key }) => key.name)).toEqual(MANY_NAMES);
    const after = (await podsOf({ namespace, labelSelector: "" })).map(({ key }) => key.name);
    expect(after).toHaveLength(MANY);
    expect(after).toEqual(expect.arrayContaining(["web-000a", "web-999"]));
  });

  test("a list that expires before its last page begins anew, with what is there by then", async () => {
    const { proxy, podsOf, createNamespace, createPods, deletePod, continueToken, continued } = session;
    const namespace = await createNamespace();
    await createPods(namespace, MANY_NAMES);
    const token = await continueToken(namespace);
    await deletePod(namespace, "web-001");
    await driver.compact();
    await expect.poll(() => continueToken(namespace, token), { timeout: 60_000, interval: 500 }).toBe("expired");
    let expired = 0;
    proxy.before = ({ query }) => {
      if (query.has("continue") && expired++ === 0) query.set("continue", token);
    };
    proxy.log.length = 0;
    const names = (await podsOf({ namespace, labelSelector: "" })).map(({ key }) => key.name);
    expect(names).toEqual(MANY_NAMES.filter((name) => name !== "web-001"));
    expect(continued()).toEqual([false, true, false, true]);
  });

  test("label selectors mean what kubectl makes them mean", async () => {
    const { podsOf, createNamespace, createPods } = session;
    const namespace = await createNamespace();
    await createPods(namespace, ["a"], { app: "web", version: "1" });
    await createPods(namespace, ["b"], { app: "web", version: "2" });
    await createPods(namespace, ["c"], { app: "api" });
    const selected = async (labelSelector: string) =>
      (await podsOf({ namespace, labelSelector })).map(({ key }) => key.name).join();
    expect(await selected("")).toBe("a,b,c");
    expect(await selected("app=web")).toBe("a,b");
    expect(await selected("app in (web,api),version!=1")).toBe("b,c");
    expect(await selected("!version")).toBe("c");
    expect(await selected("version notin (2),app")).toBe("a,c");
  });

  test("one pod is asked for by its name", async () => {
    const { podsOf, createNamespace, createPods } = session;
    const namespace = await createNamespace();
    await createPods(namespace, ["a", "b"]);
    const named = async (name: string) => (await podsOf({ namespace, labelSelector: "", name })).map(({ key }) => key);
    expect(await named("b")).toEqual([{ namespace, name: "b" }]);
    expect(await named("c")).toEqual([]);
  });

  test("a pod is projected to what is needed", async () => {
    const { proxy, podsOf, createNamespace, createPods } = session;
    const namespace = await createNamespace();
    await createPods(namespace, ["a"], { app: "web" });
    const conditions = ["Ready", "ContainersReady"].map((type) => ({
      type,
      status: "True",
      lastTransitionTime: "2026-11-01T08:00:05Z",
    }));
    const status = { phase: "Running", podIP: "10.0.0.7", podIPs: [{ ip: "10.0.0.7" }, { ip: "fd00::7" }], conditions };
    await proxy.send("PATCH", `/api/v1/namespaces/${namespace}/pods/a/status`, { status });
    expect(await podsOf({ namespace, labelSelector: "" })).toEqual([
      {
        key: { namespace, name: "a" },
        ips: ["10.0.0.7", "fd00::7"],
        labels: { app: "web" },
        mesh: undefined,
        virtualNode: "front",
        controller: undefined,
        state: "ready",
        containersReady: true,
        node: undefined,
        host: undefined,
        ports: [{ name: "http", number: 8080, protocol: "TCP" }],
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        since: "2026-11-01T08:00:05Z",
      } satisfies Pod,
    ]);
  });

  test("a node is projected to its place and whether it stays", async () => {
    const { proxy, adapter } = session;
    const name = `node-${randomUUID().slice(0, 8)}`;
    await proxy.send("POST", "/api/v1/nodes", {
      apiVersion: "v1",
      kind: "Node",
      metadata: {
        name,
        labels: { "topology.kubernetes.io/region": "us-west-2", "topology.kubernetes.io/zone": "us-west-2b" },
      },
      spec: {
        providerID: "aws:///us-west-2b/i-0123456789abcdef0",
        taints: [{ key: "karpenter.sh/disrupted", effect: "NoSchedule" }],
      },
    });
    const read = await adapter().listNodes(Infinity);
    expect(read.state === "read" ? read.nodes.get(name) : read).toEqual({
      name,
      region: "us-west-2",
      zone: "us-west-2b",
      instanceId: "i-0123456789abcdef0",
      state: "leaving",
      // A kubelet gives it some, and so does what plays kubelets, sooner or later.
      addresses: expect.any(Array),
      isSilent: false,
    });
    await proxy.send("DELETE", `/api/v1/nodes/${name}`);
  });

  test("what is forbidden fails with the right that is missing", async () => {
    const { adapter, podsOf } = session;
    const nobody = adapter({ impersonateUser: "nobody" });
    await expect(podsOf({ namespace: many, labelSelector: "app=web" }, nobody)).rejects.toThrow(
      new RegExp(`403.*"nobody" cannot list resource "pods".*"${many}".*grant that right`),
    );
    expect(await nobody.listNodes(Infinity)).toMatchObject({
      state: "unreadable",
      warning: expect.stringContaining("`list` on nodes"),
    });
    await expect(nobody.hasAnyPod([many], Infinity)).rejects.toThrow(/403/);
    expect(await adapter().hasAnyPod([many], Infinity)).toBe(true);
  });

  test("a refused token is renewed once, in the middle of a list too", async () => {
    const { proxy, adapter, podsOf } = session;
    let refusals = 0;
    proxy.before = ({ query, headers }) => {
      if (query.has("continue") && refusals++ === 0) headers.set("authorization", "Bearer outdated");
    };
    expect((await podsOf({ namespace: many, labelSelector: "" })).length).toBe(MANY);
    expect(refusals).toBe(2);
    const renewed = adapter({ token: "outdated" });
    expect((await podsOf({ namespace: many, labelSelector: "" }, renewed)).length).toBe(MANY);
    const refused = adapter({ token: "outdated", renewedToken: "wrong" });
    await expect(podsOf({ namespace: many, labelSelector: "" }, refused)).rejects.toThrow(/401.*know this identity/);
  });

  test("a kind that is not served is absent, and one that is served is listed or forbidden", async () => {
    const { proxy, adapter, createNamespace } = session;
    expect(await adapter().listObjects(VIRTUAL_NODES)).toEqual({ state: "absent" });
    expect(await adapter().listObjects({ group: "", versions: ["v1"], plural: "gadgets" })).toEqual({
      state: "absent",
    });
    await driver.installVirtualNodes();
    const namespace = await createNamespace();
    const node = { apiVersion: "appmesh.k8s.aws/v1beta2", kind: "VirtualNode", metadata: { name: "front" }, spec: {} };
    await proxy.send("POST", `/apis/appmesh.k8s.aws/v1beta2/namespaces/${namespace}/virtualnodes`, node);
    expect(await adapter().listObjects(VIRTUAL_NODES)).toMatchObject({
      state: "read",
      version: "v1beta2",
      objects: [{ kind: "VirtualNode", metadata: { name: "front", namespace } }],
    });
    await expect(adapter({ impersonateUser: "nobody" }).listObjects(VIRTUAL_NODES)).rejects.toThrow(
      /cannot list resource "virtualnodes"/,
    );
  });
}
