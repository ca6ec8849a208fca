import { describe, expect, test } from "vitest";
import type { Pod } from "../../functions/core/model.ts";
import { serviceExports } from "../../functions/mappings/service-exports.ts";
import { pod } from "../support/builders.ts";
import { kubeObject, listing, readSource, serviceObject } from "./objects.ts";
import type { Served, Shape } from "./objects.ts";

const exported = (metadata: Shape = {}) =>
  kubeObject("web", undefined, { creationTimestamp: "2026-11-01T08:00:00Z", ...metadata });

const PORT = { name: "http", port: 80, targetPort: 8080, protocol: "TCP" };
const PORT_KEYS = {
  ENDPOINT_PORT_NAME: "http",
  ENDPOINT_PROTOCOL: "TCP",
  SERVICE_PORT_NAME: "http",
  SERVICE_PORT: "80",
  SERVICE_TARGET_PORT: "8080",
  SERVICE_PROTOCOL: "TCP",
};

const served = (service: Shape | undefined, rest: Served = {}, metadata: Shape = {}): Served => ({
  serviceexports: { version: "v1alpha1", objects: [exported(metadata)] },
  services: { version: "v1", objects: service === undefined ? [] : [service] },
  ...rest,
});

test("an export claims the service of its name, in the namespace of its namespace's name, for the Service's pods", async () => {
  const { claims, broken } = await readSource(serviceExports, served(serviceObject({ ports: [PORT] })));
  expect(broken).toEqual([]);
  expect(claims).toMatchObject([
    {
      origin: { source: "serviceExports", name: "ServiceExport shop/web" },
      from: "shop",
      namespace: "shop",
      service: "web",
      pods: { namespace: "shop", labelSelector: "app=web" },
      ports: [{ target: 8080, protocol: "TCP" }],
      address: "pod",
      id: "ip-port",
      attributes: {},
    },
  ]);
  expect(claims[0]?.chooses(pod())).toBe(true);
});

test("of a Service without ports, ids are as the configuration has them", async () => {
  const { claims } = await readSource(serviceExports, served(serviceObject()));
  expect(claims).toMatchObject([{ ports: [], id: undefined }]);
});

test("an export without a name is broken, though a Service without one is there", async () => {
  const unnamed = served(serviceObject({}, { name: "" }), {}, { name: "" });
  const { claims, broken } = await readSource(serviceExports, unnamed);
  expect(claims).toEqual([]);
  expect(broken).toMatchObject([{ problem: expect.stringContaining("metadata.name is not there") }]);
});

test("an export without a Kubernetes namespace is broken, though a Service without one is there", async () => {
  const homeless = served(serviceObject({}, { namespace: "" }), {}, { namespace: "" });
  const { broken } = await readSource(serviceExports, homeless);
  expect(broken).toMatchObject([{ problem: expect.stringContaining("metadata.namespace or") }]);
});

test("where no Services are served, every export is withdrawn", async () => {
  const { serviceexports } = served(undefined);
  expect(await withdrawnIn({ ...(serviceexports && { serviceexports }) })).toEqual([
    { namespace: "shop", service: "web", from: "shop" },
  ]);
});

describe("attributes", () => {
  test("an importing controller finds all that it insists on", async () => {
    const { claims } = await readSource(
      serviceExports,
      served(serviceObject({ ports: [PORT] }), {
        clusterproperties: {
          version: "v1alpha1",
          objects: [
            { metadata: { name: "cluster.clusterset.k8s.io" }, spec: { value: "cluster-1" } },
            { metadata: { name: "clusterset.k8s.io" }, spec: { value: "set-1" } },
          ],
        },
      }),
    );
    expect(claims[0]?.coreAttributes).toEqual({
      CLUSTER_ID: "cluster-1",
      CLUSTERSET_ID: "set-1",
      READY: "true",
      SERVICE_TYPE: "ClusterSetIP",
      SERVICE_EXPORT_CREATION_TIMESTAMP: "1793520000000",
    });
    expect(claims[0]?.ports.map(({ attributes }) => attributes)).toEqual([PORT_KEYS]);
  });

  test("a cluster without properties has no id", async () => {
    const { claims } = await readSource(serviceExports, served(serviceObject()));
    expect(Object.keys(claims[0]?.coreAttributes ?? {})).not.toContain("CLUSTER_ID");
  });

  test("a property without a value is none", async () => {
    const objects = [{ metadata: { name: "clusterset.k8s.io" }, spec: { value: "" } }];
    const clusterproperties = { version: "v1alpha1", objects };
    const { claims } = await readSource(
      serviceExports,
      served(serviceObject({ ports: [PORT] }), { clusterproperties }),
    );
    expect(claims[0]?.coreAttributes).not.toHaveProperty("CLUSTERSET_ID");
  });

  test("the name of an unnamed port is empty, and is there", async () => {
    const { claims } = await readSource(serviceExports, served(serviceObject({ ports: [{ port: 80 }] })));
    expect(claims[0]?.ports).toMatchObject([
      {
        target: 80,
        attributes: { ...PORT_KEYS, ENDPOINT_PORT_NAME: "", SERVICE_PORT_NAME: "", SERVICE_TARGET_PORT: "80" },
      },
    ]);
  });

  test("each port of a Service is described", async () => {
    const ports = [PORT, { name: "admin", port: 81, targetPort: "admin", protocol: "UDP" }];
    const { claims } = await readSource(serviceExports, served(serviceObject({ ports })));
    expect(claims[0]?.ports).toEqual([
      { target: 8080, protocol: "TCP", attributes: PORT_KEYS },
      {
        target: "admin",
        protocol: "UDP",
        attributes: {
          ENDPOINT_PORT_NAME: "admin",
          ENDPOINT_PROTOCOL: "UDP",
          SERVICE_PORT_NAME: "admin",
          SERVICE_PORT: "81",
          SERVICE_TARGET_PORT: "admin",
          SERVICE_PROTOCOL: "UDP",
        },
      },
    ]);
  });

  test.each<[string, Partial<Pod>, Shape]>([
    ["its node", { node: "node-1" }, { NODENAME: "node-1" }],
    [
      "its name below the Service",
      { node: undefined, host: { name: "web-0", subdomain: "web" } },
      { HOSTNAME: "web-0" },
    ],
    ["no node where that has no name", { node: "" }, {}],
    ["no name below another Service", { node: undefined, host: { name: "web-0", subdomain: "other" } }, {}],
  ])("a pod has %s", async (_, one, expected) => {
    const { claims } = await readSource(serviceExports, served(serviceObject({ ports: [PORT] })));
    expect(claims[0]?.podAttributes?.({ ...pod(), ...one })).toEqual(expected);
  });

  test("a headless Service is told as such", async () => {
    const { claims } = await readSource(serviceExports, served(serviceObject({ clusterIP: "None" })));
    expect(claims[0]?.coreAttributes).toMatchObject({ SERVICE_TYPE: "Headless" });
  });
});

test("publishNotReadyAddresses is honoured", async () => {
  const { claims } = await readSource(serviceExports, served(serviceObject({ publishNotReadyAddresses: true })));
  expect(claims[0]?.unready).toBe("publish");
});

const DELETED = { deletionTimestamp: "2026-11-24T14:00:00Z" };

test.each<[string, Served]>([
  ["that is being deleted", served(serviceObject({ ports: [PORT] }), {}, DELETED)],
  ["whose Service is being deleted", served(serviceObject({}, DELETED))],
  ["whose Service is not there", served(undefined)],
  ["whose Service is of another namespace", served(serviceObject({}, { namespace: "other" }))],
  ["whose Service has no selector", served(serviceObject({ selector: {} }))],
])("an export %s claims nothing, and holds nothing", async (_, cluster) => {
  expect(await readSource(serviceExports, cluster)).toMatchObject({ claims: [], broken: [] });
});

test("an export whose Service is not there is withdrawn; one that is going, or has no pods of its own, is not", async () => {
  expect(await withdrawnIn(served(undefined))).toEqual([{ namespace: "shop", service: "web", from: "shop" }]);
  expect(await withdrawnIn(served(serviceObject({}, DELETED)))).toEqual([]);
  expect(await withdrawnIn(served(serviceObject({ selector: {} })))).toEqual([]);
  expect(await withdrawnIn(served(undefined, {}, DELETED))).toEqual([]);
});

test("an export whose Service cannot be understood is broken, for the pods that it selects", async () => {
  const { claims, broken } = await readSource(serviceExports, served(serviceObject({ ports: [{ port: "http" }] })));
  expect(claims).toEqual([]);
  expect(broken).toMatchObject([
    {
      namespace: "shop",
      service: "web",
      pods: { labelSelector: "app=web" },
      problem: expect.stringMatching(/^spec\.ports/),
    },
  ]);
});

test("without exports nothing else is asked for", async () => {
  const asked: string[] = [];
  await readSource(serviceExports, { serviceexports: { version: "v1alpha1", objects: [] } }, asked);
  expect(asked).toEqual(["serviceexports"]);
});

test("a cluster that serves no ServiceExports says so", async () => {
  expect(await serviceExports.read(listing({}))).toEqual({ state: "absent" });
});

async function withdrawnIn(cluster: Served) {
  const read = await serviceExports.read(listing(cluster));
  return read.state === "read" ? read.withdrawn : undefined;
}

test("where nothing is exported nothing is claimed, and no Service is read", async () => {
  const asked: string[] = [];
  const serves = { serviceexports: { version: "v1alpha1", objects: [] } };
  expect(await serviceExports.read(listing(serves, asked))).toEqual({ state: "read", claims: [], broken: [] });
  expect(asked).toEqual(["serviceexports"]);
});
