import { randomUUID } from "node:crypto";
import { CreatePrivateDnsNamespaceCommand, GetOperationCommand } from "@aws-sdk/client-servicediscovery";
import type { ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";
import { expect, test } from "vitest";
import { listAllServices } from "../../functions/core/all-services.ts";
import { createRegistry } from "../../functions/cloudmap/registry.ts";
import type { CloudMapNamespace, Service, ServiceKind } from "../../functions/core/model.ts";
import type { Registry } from "../../functions/core/ports.ts";
import { readOf } from "./fixture.ts";
import { addresses, deregister, FAR, messagesOf, register, resultsOf, setHealth } from "./changes.ts";

/** One that does not retry by itself, of a Cloud Map that may hold what others put there. */
export type Connect = () => Promise<ServiceDiscoveryClient>;

const OWNER = "arn:aws:eks:us-west-2:123456789012:cluster/prod";
const QUICK = { RegisterInstance: "1000:1000", DeregisterInstance: "1000:1000" };

/** What the registry does with any Cloud Map, in sentences. */
export function describeRegistry(connect: Connect): void {
  test("a namespace is found by its name and by its id, and one that does not exist is a failure of its own", async () => {
    const { client, name, namespace } = await open();
    const asked = [name, namespace.id, "absent.local", "ns-absent"];
    const reads = await listAllServices(registryOn(client, asked));
    expect(reads.map(({ read }) => ("value" in read ? read.value.namespace.id : read.failure.message))).toEqual([
      namespace.id,
      namespace.id,
      expect.stringContaining("namespace absent.local does not exist"),
      expect.stringContaining("namespace ns-absent does not exist"),
    ]);
  });

  test("a service is created with its records and health check, and found again as it was made", async () => {
    const { registry, create } = await open();
    const kinds: readonly ServiceKind[] = [
      { records: ["A"], health: "none" },
      { records: ["A", "AAAA"], health: "custom" },
      { records: ["SRV"], health: "none" },
    ];
    for (const kind of kinds) {
      const created = await create(kind);
      expect(created).toMatchObject({ ...kind, instanceCount: 0 });
      const { instanceCount: _, ...same } = created;
      expect(await servicesOf(registry)).toContainEqual(expect.objectContaining(same));
    }
  });

  test("a service is deleted by the owner that created it, and by no other", async () => {
    const { client, name, registry, create } = await open();
    const service = await create();
    const others = registryOn(client, [name], "somebody else");
    expect(await others.deleteService(service)).toBe(false);
    expect(await registry.deleteService(service)).toBe(true);
    expect((await servicesOf(registry)).map(({ id }) => id)).not.toContain(service.id);
  });

  test("instances are registered, read again page by page, and removed", async () => {
    const { registry, create } = await open();
    const service = await create();
    const ids = addresses(130);
    const added = await registry.apply(
      service,
      ids.map((id) => register(id, { attributes: { "k8s.io/pod": `web-${id}` } })),
      FAR,
    );
    expect(resultsOf(added)).toEqual(["done"]);
    const held = await registry.listInstances(service);
    expect(held.map(({ id }) => id).toSorted()).toEqual([...ids].toSorted());
    expect(held.find(({ id }) => id === "10.0.0.7")).toEqual({
      id: "10.0.0.7",
      attributes: { AWS_INSTANCE_IPV4: "10.0.0.7", app: "web", "k8s.io/pod": "web-10.0.0.7" },
      health: undefined,
    });
    expect(resultsOf(await registry.apply(service, ids.map(deregister), FAR))).toEqual(["done"]);
    expect(await registry.listInstances(service)).toEqual([]);
  });

  test("an instance registered again has the new attributes, and none of the old ones", async () => {
    const { registry, create } = await open();
    const service = await create();
    await registry.apply(service, [register("10.0.0.1", { attributes: { version: "1", old: "yes" } })], FAR);
    const again = await registry.apply(service, [register("10.0.0.1", { attributes: { version: "2" } })], FAR);
    expect(resultsOf(again)).toEqual(["done"]);
    const [instance, ...others] = await registry.listInstances(service);
    expect(instance?.attributes).toEqual({ AWS_INSTANCE_IPV4: "10.0.0.1", app: "web", version: "2" });
    expect(others).toEqual([]);
  });

  test("an instance that is gone already counts as removed", async () => {
    const { registry, create } = await open();
    expect(resultsOf(await registry.apply(await create(), [deregister("10.0.0.9")], FAR))).toEqual(["done"]);
  });

  test("custom health that was sent counts at once", async () => {
    const { registry, create } = await open();
    const service = await create({ records: ["A"], health: "custom" });
    const changes = [register("10.0.0.1", { health: "HEALTHY" }), register("10.0.0.2", { health: "HEALTHY" })];
    expect(resultsOf(await registry.apply(service, changes, FAR))).toEqual(["done"]);
    expect(resultsOf(await registry.apply(service, [setHealth("10.0.0.2", "UNHEALTHY")], FAR))).toEqual(["done"]);
    const healths = (await registry.listInstances(service)).map(({ id, health }) => `${id} ${health}`);
    expect(healths.toSorted()).toEqual(["10.0.0.1 HEALTHY", "10.0.0.2 UNHEALTHY"]);
  });

  test("a service that is deleted meanwhile fails what needs it, and what was to be removed is gone", async () => {
    const { registry, create } = await open();
    const service = await create();
    await registry.deleteService(service);
    await expect(registry.listInstances(service)).rejects.toThrow(/could not be listed.*deleted meanwhile/);
    const outcomes = await registry.apply(service, [register("10.0.0.1"), deregister("10.0.0.2")], FAR);
    expect(outcomes.map(({ result }) => result)).toEqual(["failed", "done"]);
    expect(messagesOf(outcomes)).toEqual([expect.stringMatching(/10\.0\.0\.1 \(pod shop\/web-1\).*deleted meanwhile/)]);
  });

  /** A namespace of its own, and a registry on it. */
  async function open() {
    const client = await connect();
    const name = `shop-${randomUUID().slice(0, 8)}.local`;
    const command = new CreatePrivateDnsNamespaceCommand({ Name: name, Vpc: `vpc-${randomUUID().slice(0, 8)}` });
    const { OperationId } = await client.send(command);
    const status = async () => (await client.send(new GetOperationCommand({ OperationId }))).Operation?.Status;
    await expect.poll(status, { interval: 10 }).toBe("SUCCESS");
    const registry = registryOn(client, [name]);
    const namespace = await namespaceOf(registry);
    return {
      client,
      name,
      registry,
      namespace,
      create: (kind: ServiceKind = { records: ["A"], health: "none" }) => createIn(registry, namespace, kind),
    };
  }
}

function registryOn(client: ServiceDiscoveryClient, namespaces: readonly string[], owner = OWNER): Registry {
  return createRegistry({
    client,
    namespaces,
    owner,
    services: { ttl: 60, customHealth: false, tags: {} },
    rates: QUICK,
  });
}

async function createIn(registry: Registry, namespace: CloudMapNamespace, kind: ServiceKind): Promise<Service> {
  const service = await registry.createService(namespace, `web-${randomUUID().slice(0, 8)}`, kind);
  if (service === undefined) throw new Error("somebody else has created it");
  return service;
}

async function namespaceOf(registry: Registry): Promise<CloudMapNamespace> {
  return (await readOf(registry)).namespace;
}

async function servicesOf(registry: Registry): Promise<readonly Service[]> {
  return (await readOf(registry)).services;
}
