import { afterEach, describe, expect, test } from "vitest";
import { seedInstance, seedNamespace, seedService } from "./emulators/cloudmap/seed.ts";
import { virtualNodeObject, virtualNodesV1beta1 } from "./emulators/kubernetes/custom-resources.ts";
import type { KubernetesObject, Resource } from "./emulators/kubernetes/objects.ts";
import { nodeObject, podObject } from "./emulators/kubernetes/workloads.ts";
import { openStage } from "./support/stage.ts";
import type { Stage } from "./support/stage.ts";

/** From objects in a cluster to what DiscoverInstances answers, by each source's own rules. */

const SERVICES = `cluster: c1
owner: o
namespaces: [shop.local]
sources: { services: true, virtualNodes: false }
`;
let stage: Stage;
afterEach(() => stage.close());

describe("annotated Services", () => {
  test("two of the same pods, a port each, under one name, are an instance a port", async () => {
    await open(`${SERVICES}id: ip-port\n`, [
      claiming("web", { ports: [{ name: "http", port: 80, targetPort: 8080 }] }, "web"),
      claiming("web-grpc", { ports: [{ name: "grpc", port: 90, targetPort: "grpc" }] }, "web"),
      podObject({ ...WEB_1, ports: [{ containerPort: 9090, name: "grpc" }] }),
    ]);
    expect(await stage.pass()).toMatchObject({ ok: true });
    expect(await discovered("web")).toEqual(["10.0.0.1:8080", "10.0.0.1:9090"]);
  });

  test("a pod that lacks one of the ports is registered on the other", async () => {
    const ports = [
      { name: "metrics", port: 9090, targetPort: "metrics" },
      { name: "http", port: 80, targetPort: "http" },
    ];
    await open(SERVICES, [
      claiming("web", { ports }),
      podObject({ ...WEB_1, ports: [{ containerPort: 8080, name: "http" }] }),
    ]);
    expect(await stage.pass()).toMatchObject({ ok: true });
    expect(await attributesOf("web")).toMatchObject([{ AWS_INSTANCE_PORT: "8080" }]);
  });

  test("an ExternalName beside them freezes nothing of its namespace", async () => {
    await open(SERVICES, [
      claiming("web", {}),
      claiming("billing", { type: "ExternalName", externalName: "billing.example.com" }),
      podObject(WEB_1),
      podObject({ ...WEB_1, name: "web-2", ip: "10.0.0.2" }),
    ]);
    await stage.pass();
    stage.kubernetes.patch({ kind: "Pod", namespace: "shop", name: "web-2" }, { metadata: { labels: { app: "old" } } });
    expect(await stage.pass()).toMatchObject({ ok: true });
    expect(await discovered("web")).toEqual(["10.0.0.1"]);
  });
});

describe("VirtualNodes of v1beta1", () => {
  const DOCUMENT = "cluster: c1\nowner: o\nnamespaces: [shop.local]\nadopt: { appMesh: exclusive }\n";

  test("the pods of a StatefulSet take the place of what the controller left", async () => {
    const namespace = await open(DOCUMENT, [
      vn("db"),
      owned(podObject({ ...WEB_1, name: "db-0", ip: "10.0.0.8" }), "StatefulSet", "db"),
    ]);
    const left = {
      AWS_INSTANCE_IPV4: "10.0.0.1",
      "k8s.io/pod": "db-0",
      "k8s.io/namespace": "shop",
      "appmesh.k8s.aws/mesh": "m",
    };
    seedInstance(stage.cloudMap, seedService(stage.cloudMap, namespace, { name: "db" }), "10.0.0.1", left);
    expect(await stage.pass()).toMatchObject({ ok: true });
    expect(await discovered("db")).toEqual(["10.0.0.8"]);
  });

  test("a pod of another Kubernetes namespace belongs to the VirtualNode that it names", async () => {
    const annotations = { "appmesh.k8s.aws/virtualNode": "db-shop" };
    await open(DOCUMENT, [vn("db"), podObject({ name: "far", namespace: "bank", ip: "10.0.0.5", annotations })]);
    expect(await stage.pass()).toMatchObject({
      ok: true,
      services: [{ podNamespaces: expect.arrayContaining(["bank"]) }],
    });
    expect(await attributesOf("db")).toMatchObject([{ "k8s.io/namespace": "bank", "k8s.io/pod": "far" }]);
  });

  test("a pod whose Envoy names a VirtualNode belongs to it, whatever owns the pod", async () => {
    const env = [{ name: "APPMESH_VIRTUAL_NODE_NAME", value: "mesh/m/virtualNode/db-shop" }];
    const pod = owned(podObject(WEB_1), "DaemonSet", "agent");
    await open(DOCUMENT, [vn("db"), vn("agent"), { ...pod, spec: { containers: [{ name: "envoy", env }] } }]);
    await stage.pass();
    expect(await attributesOf("db")).toMatchObject([{ "appmesh.k8s.aws/virtualNode": "db-shop" }]);
  });
});

describe("ServiceExports", () => {
  const DOCUMENT =
    "cluster: c1\nowner: o\nnamespaces: [shop]\nsources: { serviceExports: true, virtualNodes: false }\n";
  const EXPORT = {
    apiVersion: "multicluster.x-k8s.io/v1alpha1",
    kind: "ServiceExport",
    metadata: { name: "web", namespace: "shop" },
  };
  /** What the MCS controller refuses to import an instance without. */
  const WANTED = [
    "AWS_INSTANCE_PORT",
    "CLUSTERSET_ID",
    "CLUSTER_ID",
    "ENDPOINT_PORT_NAME",
    "ENDPOINT_PROTOCOL",
    "READY",
    "SERVICE_EXPORT_CREATION_TIMESTAMP",
    "SERVICE_PORT",
    "SERVICE_PORT_NAME",
    "SERVICE_PROTOCOL",
    "SERVICE_TARGET_PORT",
    "SERVICE_TYPE",
  ];
  const ports = [
    { port: 80, targetPort: 8080 },
    { name: "admin", port: 81, targetPort: 9090 },
  ];

  test.each([
    ["one unnamed port", ports.slice(0, 1), ["10.0.0.1:8080"]],
    ["two ports", ports, ["10.0.0.1:8080", "10.0.0.1:9090"]],
  ])("of a Service with %s are imported, instance by instance", async (_, served, ids) => {
    await open(
      DOCUMENT,
      [
        EXPORT,
        property("cluster.clusterset.k8s.io", "c1"),
        property("clusterset.k8s.io", "set1"),
        claiming("web", { ports: served }),
        podObject(WEB_1),
      ],
      "shop",
    );
    expect(await stage.pass()).toMatchObject({ ok: true });
    expect(await discovered("web", "shop")).toEqual(ids);
    const lacking = (await attributesOf("web", "shop")).map((held) => WANTED.filter((key) => !(key in held)));
    expect(lacking).toEqual(ids.map(() => []));
    expect(await stage.pass()).toMatchObject({ drift: { changed: 0 } });
  });
});

test("where the Service of an export is gone, the instances of its living pods go", async () => {
  const document =
    "cluster: c1\nowner: o\nnamespaces: [shop]\nsources: { serviceExports: true, virtualNodes: false }\n";
  const exported = {
    apiVersion: "multicluster.x-k8s.io/v1alpha1",
    kind: "ServiceExport",
    metadata: { name: "web", namespace: "shop" },
  };
  await open(document, [exported, claiming("web", { ports: [{ port: 8080 }] }), podObject(WEB_1)], "shop");
  await stage.pass();
  expect(await discovered("web", "shop")).toEqual(["10.0.0.1:8080"]);
  stage.kubernetes.remove({ kind: "Service", namespace: "shop", name: "web" });
  expect(await stage.pass()).toMatchObject({ ok: true, services: [{ changes: [{ reason: "service-gone" }] }] });
  expect(await discovered("web", "shop")).toEqual([]);
});

const CUSTOM: readonly Resource[] = [
  virtualNodesV1beta1,
  {
    group: "multicluster.x-k8s.io",
    version: "v1alpha1",
    plural: "serviceexports",
    kind: "ServiceExport",
    namespaced: true,
  },
  {
    group: "about.k8s.io",
    version: "v1alpha1",
    plural: "clusterproperties",
    kind: "ClusterProperty",
    namespaced: false,
  },
];
const vn = (name: string) =>
  virtualNodeObject({
    name,
    namespace: "shop",
    version: "v1beta1",
    mesh: "m",
    cloudMap: { namespaceName: "shop.local", serviceName: "db" },
  });
const owned = (pod: KubernetesObject, kind: string, name: string) => ({
  ...pod,
  metadata: { ...pod.metadata, ownerReferences: [{ apiVersion: "apps/v1", kind, name, uid: "u", controller: true }] },
});
const property = (name: string, value: string) => ({
  apiVersion: "about.k8s.io/v1alpha1",
  kind: "ClusterProperty",
  metadata: { name },
  spec: { value },
});

const WEB_1 = { name: "web-1", namespace: "shop", labels: { app: "web" }, ip: "10.0.0.1" };

/** A Service of namespace shop that selects `app: web`. */
function claiming(name: string, spec: object, service = name): KubernetesObject {
  const metadata = { name, namespace: "shop", annotations: { "eks-cloudmap-sync/service": service } };
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: { selector: { app: "web" }, ports: [{ port: 80 }], ...spec },
  };
}

/** The namespace in Cloud Map is of type HTTP: ids there say all that they are. */
async function open(document: string, objects: readonly KubernetesObject[], name = "shop.local") {
  stage = await openStage(document, (kubernetes) => {
    kubernetes.serve(...CUSTOM);
    kubernetes.put(nodeObject({}));
    for (const object of objects) kubernetes.put(object);
  });
  return seedNamespace(stage.cloudMap, { name, type: "HTTP" });
}

async function discovered(service: string, namespace = "shop.local"): Promise<readonly string[]> {
  return (await stage.discover(service, {}, namespace)).map(({ InstanceId = "" }) => InstanceId).toSorted();
}

async function attributesOf(service: string, namespace = "shop.local") {
  return (await stage.discover(service, {}, namespace)).map(({ Attributes = {} }) => Attributes);
}
