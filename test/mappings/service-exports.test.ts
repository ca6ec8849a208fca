import { describe, expect, test } from "vitest";
import { serviceExports } from "../../functions/mappings/service-exports.ts";
import { kubeObject, listing, readSource, serviceObject } from "./objects.ts";
import type { Served, Shape } from "./objects.ts";

const exported = (metadata: Shape = {}) =>
  kubeObject("web", undefined, { creationTimestamp: "2026-11-01T08:00:00Z", ...metadata });

const PORT = { name: "http", port: 80, targetPort: 8080, protocol: "TCP" };

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
      ports: [8080],
      attributes: {},
    },
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
      ENDPOINT_PORT_NAME: "http",
      ENDPOINT_PROTOCOL: "TCP",
      SERVICE_PORT_NAME: "http",
      SERVICE_PORT: "80",
      SERVICE_TARGET_PORT: "8080",
      SERVICE_PROTOCOL: "TCP",
    });
  });

  test("a cluster without properties has no id", async () => {
    const { claims } = await readSource(serviceExports, served(serviceObject()));
    expect(Object.keys(claims[0]?.coreAttributes ?? {})).not.toContain("CLUSTER_ID");
  });

  test("none is empty: an unnamed port has no name, a malformed property no value", async () => {
    const clusterproperties = {
      version: "v1alpha1",
      objects: [{ metadata: { name: "clusterset.k8s.io" }, spec: { value: "" } }],
    };
    const { claims } = await readSource(
      serviceExports,
      served(serviceObject({ ports: [{ port: 80 }] }), { clusterproperties }),
    );
    expect(claims[0]?.coreAttributes).toMatchObject({ SERVICE_PORT: "80", SERVICE_TARGET_PORT: "80" });
    expect(Object.values(claims[0]?.coreAttributes ?? {})).not.toContain("");
  });

  test("of a Service with several ports none is described", async () => {
    const ports = [PORT, { ...PORT, name: "admin", port: 81, targetPort: "admin" }];
    const { claims } = await readSource(serviceExports, served(serviceObject({ ports })));
    expect(claims[0]?.ports).toEqual([8080, "admin"]);
    expect(claims[0]?.coreAttributes).not.toHaveProperty("SERVICE_PORT");
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

test.each<[string, Shape | undefined, RegExp]>([
  ["is not there", undefined, /no Service shop\/web/],
  ["is of another namespace", serviceObject({}, { namespace: "other" }), /no Service shop\/web/],
  ["has no selector", serviceObject({ selector: {} }), /no selector/],
])("an export whose Service %s is broken, and names what it asked for", async (_, service, problem) => {
  const { claims, broken } = await readSource(serviceExports, served(service));
  expect(claims).toEqual([]);
  expect(broken).toMatchObject([{ namespace: "shop", service: "web", problem: expect.stringMatching(problem) }]);
});

const DELETED = { deletionTimestamp: "2026-11-24T14:00:00Z" };

test.each<[string, Served]>([
  ["that is being deleted", served(serviceObject(), {}, DELETED)],
  ["whose Service is being deleted", served(serviceObject({}, DELETED))],
])("an export %s claims nothing", async (_, cluster) => {
  expect(await readSource(serviceExports, cluster)).toMatchObject({ claims: [], broken: [] });
});

test("without exports nothing else is asked for", async () => {
  const asked: string[] = [];
  await readSource(serviceExports, { serviceexports: { version: "v1alpha1", objects: [] } }, asked);
  expect(asked).toEqual(["serviceexports"]);
});

test("a cluster that serves no ServiceExports says so", async () => {
  expect(await serviceExports.read(listing({}))).toEqual({ state: "absent" });
});
