import { expect, test } from "vitest";
import { listAllServices } from "../../functions/core/all-services.ts";
import { namespace, service, settings } from "../support/builders.ts";
import { createMemoryWorld, memoryCluster, memoryRegistry } from "../support/memory-world.ts";

const shop = namespace();
const bank = namespace({ id: "ns-2", name: "bank.local" });
const { registry } = createMemoryWorld(memoryCluster(), memoryRegistry({}), [], settings(), {
  namespaces: [
    { asked: "shop.local", read: { value: { namespace: shop, services: [service()] } } },
    { asked: "bank.local", read: { value: { namespace: bank, services: [] } } },
    { asked: "gone.local", read: { failure: new Error("gone.local does not exist") } },
  ],
});

test("every namespace is told with its services, or with why it could not be read", async () => {
  expect(await listAllServices(registry)).toMatchObject([
    { asked: "shop.local", read: { value: { namespace: { id: "ns-1" }, services: [{ name: "web" }] } } },
    { asked: "bank.local", read: { value: { namespace: { id: "ns-2" }, services: [] } } },
    { asked: "gone.local", read: { failure: { message: "gone.local does not exist" } } },
  ]);
});

test("a namespace whose services cannot be listed is its own failure, and what is asked for is fresh", async () => {
  const listServicesIn: typeof registry.listServicesIn = async (one, until, how) => {
    if (one.id === "ns-2" || how?.fresh !== true) throw new Error("throttled");
    return registry.listServicesIn(one, until, how);
  };
  expect(await listAllServices({ ...registry, listServicesIn })).toMatchObject([
    { read: { value: { services: [{ name: "web" }] } } },
    { asked: "bank.local", read: { failure: { message: "throttled" } } },
    {},
  ]);
});
