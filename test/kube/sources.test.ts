import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seedNamespace } from "../emulators/cloudmap/seed.ts";
import { missingParts } from "../support/control-plane.ts";
import { changesOf, openCluster, shown } from "./fixture.ts";
import type { Cluster, SeenPod } from "./fixture.ts";

const missing = missingParts();
if (missing !== undefined) console.log(missing);

const DOCUMENT = `cluster: shop
owner: shop
namespaces: [howto-k8s-cloudmap.pvt.aws.local, shop]
sources: { services: true, serviceExports: auto, virtualNodes: false }
rates: { ListServices: "100:100" }
`;
/** Services that claim need not name the namespace where there is only one. */
const NAMESPACE = "eks-cloudmap-sync/namespace=howto-k8s-cloudmap.pvt.aws.local";
const manifest = (name: string) => readFileSync(`test/support/manifests/${name}.yaml`, "utf8");

describe.skipIf(missing !== undefined)("what claims pods on a real control plane", () => {
  let cluster: Cluster;
  let pods: readonly SeenPod[];
  const service = (patch: object) =>
    cluster.kubectl("-n", "shop", "patch", "service", "web", "-p", JSON.stringify(patch));
  const annotate = (...annotations: readonly string[]) =>
    cluster.kubectl("-n", "shop", "annotate", "service", "web", "--overwrite", ...annotations);
  const attributesOf = async (key: string) => [
    ...new Set((await cluster.stage.discover("web")).map(({ Attributes }) => Attributes?.[key])),
  ];

  beforeAll(async () => {
    cluster = await openCluster({ document: DOCUMENT, manifest: `${manifest("crds")}\n---\n${manifest("shop")}` });
    await cluster.kubectl("wait", "--for=condition=established", "crd", "--all", "--timeout=60s");
    seedNamespace(cluster.stage.cloudMap, { name: "shop", type: "HTTP" });
    await annotate(NAMESPACE);
    pods = await cluster.settled("shop", 3);
  });
  afterAll(() => cluster?.close());

  test("a Service with the annotation registers its pods with its target port and attributes", async () => {
    await cluster.changes();
    expect(await cluster.registered("web")).toEqual(shown(pods));
    expect(await attributesOf("AWS_INSTANCE_PORT")).toEqual(["8080"]);
    expect(await attributesOf("team")).toEqual(["color"]);
  });

  test("attributes and ports that change are registered again, each instance once, and none is removed", async () => {
    await annotate("eks-cloudmap-sync/attributes=team=shape,tier=front", "eks-cloudmap-sync/port=admin");
    expect(await cluster.changes()).toEqual(pods.map(({ ip }) => `register ${ip} drifted`).toSorted());
    expect(await attributesOf("AWS_INSTANCE_PORT")).toEqual(["9090"]);
    expect(await attributesOf("team")).toEqual(["shape"]);
    await annotate("eks-cloudmap-sync/port-");
    await service({ spec: { ports: [{ name: "http", port: 80, targetPort: 8081 }] } });
    expect(await cluster.changes()).toHaveLength(3);
    expect(await attributesOf("AWS_INSTANCE_PORT")).toEqual(["8081"]);
  });

  test("pods that the selector leaves out go, and come back with it", async () => {
    const [out, kept] = ["1", "2"].map((version) => pods.filter(({ labels }) => labels["version"] === version));
    await service({ spec: { selector: { app: "web", version: "2" } } });
    expect(await cluster.changes()).toEqual((out ?? []).map(({ ip }) => `deregister ${ip} unselected`).toSorted());
    expect(await cluster.registered("web")).toEqual(shown(kept ?? []));
    await service({ spec: { selector: { app: "web", version: null } } });
    expect(await cluster.changes()).toEqual((out ?? []).map(({ ip }) => `register ${ip} missing`).toSorted());
  });

  test("a selector that chooses nothing any more is held, with what would make it go", async () => {
    await service({ spec: { selector: { app: "wbe" } } });
    const report = await cluster.stage.pass();
    expect(report.services.flatMap(({ held }) => held.map(({ reason, remedy }) => `${reason}: ${remedy}`))).toEqual(
      pods.map(() => expect.stringMatching(/^guard: .*would lose its last living pods.*--force/)),
    );
    expect(await cluster.registered("web")).toEqual(shown(pods));
    await service({ spec: { selector: { app: "web" } } });
    expect(await cluster.changes()).toEqual([]);
  });

  test("a pod that is not ready is hidden, unless the Service publishes such addresses", async () => {
    const [pod] = pods;
    const conditions = ["Ready", "ContainersReady"].map((type) => ({ type, status: "False" }));
    const unready = JSON.stringify({ status: { conditions } });
    const words = ["-n", "shop", "patch", "pod", pod?.name ?? "", "--subresource=status", "--type=strategic"];
    await cluster.kubectl(...words, "-p", unready);
    expect(await cluster.changes()).toEqual([`deregister ${pod?.ip} pod-not-ready`]);
    await service({ spec: { publishNotReadyAddresses: true } });
    expect(await cluster.changes()).toEqual([`register ${pod?.ip} missing`]);
  });

  test("a ServiceExport registers the Service's pods as the MCS controller would", async () => {
    await cluster.apply(
      "---\n{ apiVersion: multicluster.x-k8s.io/v1alpha1, kind: ServiceExport, metadata: { name: web, namespace: shop } }",
    );
    const changes = await cluster.changes();
    expect(changes).toEqual(pods.map(({ ip }) => `register ${ip}:8081 missing`).toSorted());
    const [exported] = await cluster.stage.discover("web", {}, "shop");
    expect(exported?.Attributes).toMatchObject({
      AWS_INSTANCE_PORT: "8081",
      ENDPOINT_PROTOCOL: "TCP",
      SERVICE_EXPORT_CREATION_TIMESTAMP: expect.stringMatching(/^\d{13}$/),
      SERVICE_PORT: "80",
      SERVICE_TYPE: "ClusterSetIP",
    });
    await cluster.kubectl("-n", "shop", "delete", "serviceexport", "web");
    expect(await forced()).toEqual(pods.map(({ ip }) => `deregister ${ip}:8081 unmapped`).toSorted());
  });

  test("a Service whose annotation is taken away gives its instances up, once somebody says that it is meant", async () => {
    await annotate("eks-cloudmap-sync/service-");
    expect(await cluster.changes()).toEqual([]);
    expect(await forced()).toEqual(pods.map(({ ip }) => `deregister ${ip} unmapped`).toSorted());
    expect(await cluster.registered("web")).toEqual([]);
  });

  async function forced(): Promise<readonly string[]> {
    return changesOf(await cluster.stage.pass({ force: true }));
  }
});
