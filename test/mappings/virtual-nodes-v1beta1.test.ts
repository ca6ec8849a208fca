import { expect, test } from "vitest";
import type { Claim } from "../../functions/core/model.ts";
import type { Unranked } from "../../functions/core/ports.ts";
import { virtualNodes } from "../../functions/mappings/virtual-nodes.ts";
import { pod } from "../support/builders.ts";
import { kubeObject, readSource } from "./objects.ts";
import type { Served, Shape } from "./objects.ts";

const CLOUD_MAP = { namespaceName: "shop.local", serviceName: "web" };
const TARGET = { namespace: "shop.local", service: "web" };

const nodeV1beta1 = (name: string, spec: Shape = {}, metadata: Shape = {}) =>
  kubeObject(name, { meshName: "mesh", serviceDiscovery: { cloudMap: CLOUD_MAP }, ...spec }, metadata);
const servedV1beta1 = (...objects: readonly unknown[]): Served => ({ virtualnodes: { version: "v1beta1", objects } });
const ofDeployment = (name: string, virtualNode?: string) =>
  pod({
    labels: { "pod-template-hash": "7997f7f687" },
    controller: { kind: "ReplicaSet", name: `${name}-7997f7f687` },
    virtualNode,
  });
const chosenBy = (claims: readonly Unranked<Claim>[], one: ReturnType<typeof pod>) =>
  claims.filter(({ chooses }) => chooses(one)).map(({ origin }) => origin.name);

test("a VirtualNode asks for every pod of its namespace and is called by both names in AWS", async () => {
  const listeners = [{ portMapping: { port: 8080, protocol: "http" } }];
  const serviceDiscovery = { cloudMap: { ...CLOUD_MAP, attributes: { team: "color" } } };
  const { claims } = await readSource(virtualNodes, servedV1beta1(nodeV1beta1("web", { listeners, serviceDiscovery })));
  expect(claims).toMatchObject([
    {
      ...TARGET,
      origin: { source: "virtualNodes", name: "VirtualNode shop/web" },
      pods: { namespace: "shop", labelSelector: "" },
      isNamedByPods: true,
      ports: [{ target: 8080 }],
      address: "pod",
      unready: "hide",
      attributes: { team: "color" },
      coreAttributes: { "appmesh.k8s.aws/mesh": "mesh", "appmesh.k8s.aws/virtualNode": "web-shop" },
    },
  ]);
});

test.each([undefined, []])("without a listener it names no port (%j)", async (listeners) => {
  const { claims } = await readSource(virtualNodes, servedV1beta1(nodeV1beta1("web", { listeners })));
  expect(claims).toMatchObject([{ ports: [] }]);
});

test("one without a spec claims nothing, and then no namespaces are asked for", async () => {
  const asked: string[] = [];
  const read = await readSource(virtualNodes, servedV1beta1(kubeObject("web", undefined)), asked);
  expect(read).toMatchObject({ state: "read", claims: [], broken: [] });
  expect(asked).toEqual(["virtualnodes"]);
});

test("a pod may name it from any Kubernetes namespace but the system's: a claim for each, its own first", async () => {
  const namespaces = ["bank", "kube-system", "shop"].map((name) => ({ metadata: { name } }));
  const { claims } = await readSource(virtualNodes, {
    ...servedV1beta1(nodeV1beta1("web"), nodeV1beta1("web", {}, { namespace: "bank" })),
    namespaces: { version: "v1", objects: namespaces },
  });
  expect(claims.map(({ origin, pods }) => `${origin.name} in ${pods.namespace}`)).toEqual([
    "VirtualNode bank/web in bank",
    "VirtualNode bank/web in shop",
    "VirtualNode shop/web in shop",
    "VirtualNode shop/web in bank",
  ]);
  const chosen = (one: ReturnType<typeof pod>) =>
    claims
      .filter(({ pods, chooses }) => pods.namespace === one.key.namespace && chooses(one))
      .map(({ origin }) => origin.name);
  expect(chosen(pod({ namespace: "shop", virtualNode: "web-bank" }))).toEqual(["VirtualNode bank/web"]);
  expect(chosen(pod({ namespace: "shop", virtualNode: "web" }))).toEqual(["VirtualNode shop/web"]);
  expect(chosen({ ...ofDeployment("web"), key: { namespace: "bank", name: "web-1" } })).toEqual([
    "VirtualNode bank/web",
  ]);
});

test("a name with a dot has dashes in AWS, and no namespace", async () => {
  const { claims } = await readSource(virtualNodes, servedV1beta1(nodeV1beta1("web.front")));
  expect(claims[0]?.coreAttributes["appmesh.k8s.aws/virtualNode"]).toBe("web-front");
});

test.each<[string, ReturnType<typeof pod>, string[]]>([
  ["its Deployment", ofDeployment("web"), ["web"]],
  ["its Deployment, whose name goes on after another's", ofDeployment("web-blue"), ["web-blue"]],
  ["its annotation, the name in AWS", pod({ virtualNode: "web-shop" }), ["web"]],
  ["its annotation, the name in Kubernetes", pod({ virtualNode: "web-blue" }), ["web-blue"]],
  ["its annotation rather than its Deployment", ofDeployment("web", "web-blue"), ["web-blue"]],
  ["an annotation that names none, whatever its Deployment", ofDeployment("web", "other"), []],
  ["an empty annotation, whatever its Deployment", ofDeployment("web", ""), []],
  ["its StatefulSet", pod({ controller: { kind: "StatefulSet", name: "web" } }), ["web"]],
  ["its Job, or an owner of any other kind", pod({ controller: { kind: "Job", name: "web-blue" } }), ["web-blue"]],
  ["its ReplicaSet, which nothing owns", pod({ controller: { kind: "ReplicaSet", name: "web" } }), ["web"]],
  [
    "its Rollout",
    pod({
      labels: { "rollouts-pod-template-hash": "6f9d" },
      controller: { kind: "ReplicaSet", name: "web-blue-6f9d" },
    }),
    ["web-blue"],
  ],
  ["no owner", pod({ controller: undefined }), []],
  ["its annotation, of the same mesh", pod({ mesh: "mesh", virtualNode: "web-shop" }), ["web"]],
  ["an annotation of another mesh", pod({ mesh: "other", virtualNode: "web-shop" }), []],
  ["its owner, but of another mesh", { ...ofDeployment("web"), mesh: "other" }, []],
  [
    "another hash",
    pod({ labels: { "pod-template-hash": "1" }, controller: { kind: "ReplicaSet", name: "web-2" } }),
    [],
  ],
])("a pod belongs to a VirtualNode by %s", async (_, one, expected) => {
  const { claims } = await readSource(virtualNodes, servedV1beta1(nodeV1beta1("web"), nodeV1beta1("web-blue")));
  expect(chosenBy(claims, one)).toEqual(expected.map((name) => `VirtualNode shop/${name}`));
});

test("an annotation that is one's name and another's name in AWS means the latter, as it did to the controller", async () => {
  const { claims } = await readSource(virtualNodes, servedV1beta1(nodeV1beta1("web"), nodeV1beta1("web-shop")));
  expect(chosenBy(claims, pod({ virtualNode: "web-shop" }))).toEqual(["VirtualNode shop/web"]);
});

test("a pod of a VirtualNode that is being deleted does not fall to another one", async () => {
  const deleted = nodeV1beta1("web", {}, { deletionTimestamp: "2026-11-24T14:00:00Z" });
  const { claims } = await readSource(virtualNodes, servedV1beta1(deleted, nodeV1beta1("web-shop")));
  expect(chosenBy(claims, pod({ virtualNode: "web-shop" }))).toEqual([]);
});

test("DNS claims nothing; a missing mesh breaks the claim", async () => {
  const dns = nodeV1beta1("dns", { serviceDiscovery: { dns: { hostName: "web.shop" } } });
  const { claims, broken } = await readSource(
    virtualNodes,
    servedV1beta1(dns, nodeV1beta1("web", { meshName: undefined })),
  );
  expect(claims).toEqual([]);
  expect(broken).toMatchObject([
    { origin: { name: "VirtualNode shop/web" }, ...TARGET, problem: expect.stringContaining("spec.meshName") },
  ]);
});

test.each([
  ["shop", ["VirtualNode shop/web.front"]],
  ["bank", ["VirtualNode bank/web.front"]],
  ["elsewhere", ["VirtualNode bank/web.front", "VirtualNode shop/web.front"]],
])(
  "of several that AWS knows by one name, a pod of %s belongs to its namespace's, else to all",
  async (namespace, expected) => {
    const nodes = ["bank", "shop"].map((of) => nodeV1beta1("web.front", {}, { namespace: of }));
    const namespaces = ["bank", "elsewhere", "shop"].map((name) => ({ metadata: { name } }));
    const { claims } = await readSource(virtualNodes, {
      ...servedV1beta1(...nodes),
      namespaces: { version: "v1", objects: namespaces },
    });
    const one = pod({ namespace, virtualNode: "web-front" });
    expect([...new Set(chosenBy(claims, one))].toSorted()).toEqual(expected);
  },
);

test("a pod belongs by its owner to the VirtualNode that AWS knows by the name which the injector would write", async () => {
  const { claims } = await readSource(virtualNodes, {
    ...servedV1beta1(nodeV1beta1("web.bank")),
    namespaces: { version: "v1", objects: [{ metadata: { name: "bank" } }] },
  });
  const one = pod({ namespace: "bank", controller: { kind: "StatefulSet", name: "web" } });
  expect([...new Set(chosenBy(claims, one))]).toEqual(["VirtualNode shop/web.bank"]);
  expect(chosenBy(claims, pod({ namespace: "bank", controller: undefined }))).toEqual([]);
});
