import { describe, expect, test } from "vitest";
import { createRegistry } from "../../functions/cloudmap/registry.ts";
import type { Change, Service } from "../../functions/core/model.ts";
import type { Registry } from "../../functions/core/ports.ts";
import { openCloudMap } from "../emulators/cloudmap/fixture.ts";
import { seedInstance, seedNamespace, seedService } from "../emulators/cloudmap/seed.ts";
import { SWITCH_SETTINGS } from "../emulators/cloudmap/switches.ts";

const OWNER = "me";
const FAR = Number.MAX_SAFE_INTEGER;

describe.each(SWITCH_SETTINGS)("with Cloud Map's undocumented behaviour $name", ({ switches }) => {
  test("instances are registered, read again page by page, and removed", async () => {
    const { registry, service } = await open();
    const changes = Array.from({ length: 250 }, (_, index) =>
      register(`10.0.${Math.floor(index / 200)}.${index % 200}`),
    );
    expect(resultsOf(await registry.apply(service, changes, FAR))).toEqual(["done"]);
    const held = await registry.listInstances(service);
    expect(held).toHaveLength(250);
    expect(held.find(({ id }) => id === "10.0.1.7")?.attributes).toMatchObject({
      AWS_INSTANCE_IPV4: "10.0.1.7",
      app: "web",
    });
    expect(
      resultsOf(
        await registry.apply(
          service,
          held.map(({ id }) => deregister(id)),
          FAR,
        ),
      ),
    ).toEqual(["done"]);
    expect(await registry.listInstances(service)).toEqual([]);
  });

  test("an instance that is gone already counts as removed", async () => {
    const { registry, service } = await open();
    expect(resultsOf(await registry.apply(service, [deregister("10.0.0.9")], FAR))).toEqual(["done"]);
  });

  test("nothing is begun after its time, and what was not begun is late", async () => {
    const { world, registry, service } = await open();
    expect(resultsOf(await registry.apply(service, [register("10.0.0.1")], Date.now() - 1))).toEqual(["late"]);
    expect(world.calls.map(({ operation }) => operation)).not.toContain("RegisterInstance");
  });

  test("throttling slows down and fails nothing", async () => {
    const throttled: string[] = [];
    const { world, registry, service } = await open({ onThrottle: (operation) => throttled.push(operation) });
    world.options.fault = ({ operation, count }) =>
      operation === "RegisterInstance" && count <= 2
        ? { error: "ThrottlingException", message: "Rate exceeded", status: 400 }
        : undefined;
    expect(resultsOf(await registry.apply(service, [register("10.0.0.1")], FAR))).toEqual(["done"]);
    expect(throttled).toEqual(["RegisterInstance", "RegisterInstance"]);
  });

  test("a broken connection and a lost answer are tried again", async () => {
    const { world, registry, service } = await open();
    world.options.fault = ({ operation, count }) => {
      if (operation === "ListInstances" && count === 1) return "break-connection";
      return operation === "RegisterInstance" && count === 1 ? "lose-answer" : undefined;
    };
    expect(resultsOf(await registry.apply(service, [register("10.0.0.1")], FAR))).toEqual(["done"]);
    expect(await registry.listInstances(service)).toHaveLength(1);
  });

  test("over the quota one registration is refused, and the others are not even tried", async () => {
    const { world, registry, service } = await open();
    world.options.quotas = { ...world.options.quotas, instancesPerService: 1 };
    seedInstance(world, [...world.services.values()][0] ?? fail(), "10.0.0.1");
    const changes = Array.from({ length: 100 }, (_, index) => register(`10.0.1.${index}`));
    const outcomes = await registry.apply(service, changes, FAR);
    expect(resultsOf(outcomes)).toEqual(["quota"]);
    expect(world.calls.filter(({ operation }) => operation === "RegisterInstance").length).toBeLessThan(100);
  });

  test("two passes that write the same instance at once both succeed", async () => {
    const { registry, service } = await open();
    const [first, second] = await Promise.all([
      registry.apply(service, [register("10.0.0.1")], FAR),
      registry.apply(service, [register("10.0.0.1")], FAR),
    ]);
    expect(resultsOf([...first, ...second])).toEqual(["done"]);
  });

  test("an operation that fails tells its cause, the instance and the service", async () => {
    const { world, registry, service } = await open();
    world.options.failOperation = () => ({ code: "ACCESS_DENIED", message: "no right to change the hosted zone" });
    const [outcome] = await registry.apply(service, [register("10.0.0.2")], FAR);
    const failed = {
      result: "failed",
      error: { message: expect.stringMatching(/10\.0\.0\.2.*shop\.local\/web.*hosted zone/) },
    };
    // Where a write shows before its operation ends, the confirming read cannot see that it fails.
    expect(outcome).toMatchObject(switches.writesShow === "accepted" ? { result: "done" } : failed);
  });

  test("custom health that was sent counts at once, though it takes half a minute to show", async () => {
    const { registry, service } = await open({}, true);
    await registry.apply(service, [{ ...register("10.0.0.1"), health: "HEALTHY" }], FAR);
    const unhealthy: Change = {
      kind: "set-health",
      id: "10.0.0.1",
      pod: undefined,
      health: "UNHEALTHY",
      reason: "pod-not-ready",
    };
    expect(resultsOf(await registry.apply(service, [unhealthy], FAR))).toEqual(["done"]);
    expect((await registry.listInstances(service)).map(({ health }) => health)).toEqual(["UNHEALTHY"]);
  });

  test("a service is created with its records and the owner's tag, once, and deleted when empty", async () => {
    const { world, registry, service } = await open();
    const created = await registry.createService(service.namespace, "api", { records: ["A"], health: "custom" });
    expect(created).toMatchObject({ name: "api", records: ["A"], health: "custom", instanceCount: 0 });
    expect(await registry.createService(service.namespace, "api", { records: ["A"], health: "none" })).toBeUndefined();
    expect(await registry.deleteService(service)).toBe(false);
    if (created === undefined) throw new Error("not created");
    expect(await registry.deleteService(created)).toBe(true);
    expect([...world.services.values()].map(({ name }) => name)).toEqual(["web"]);
  });

  async function open(more: { readonly onThrottle?: (operation: string) => void } = {}, hasCustomHealth = false) {
    const { world, client } = await openCloudMap({ switches });
    const namespace = seedNamespace(world);
    seedService(world, namespace, { hasCustomHealth });
    const registry = createRegistry({
      client,
      namespaces: ["shop.local"],
      owner: OWNER,
      services: { ttl: 60, customHealth: false },
      rates: {},
      ...more,
    });
    return { world, registry, service: await serviceOf(registry) };
  }
});

test("namespaces are found by name, id and ARN, and each that is not is a failure of its own", async () => {
  const { world, client } = await openCloudMap();
  const [plain, shared] = [seedNamespace(world), seedNamespace(world, { name: "their.local", owner: "444455556666" })];
  const namespaces = ["shop.local", plain.id, shared.arn, "absent.local", "ns-absent"];
  const registry = createRegistry({
    client,
    namespaces,
    owner: OWNER,
    services: { ttl: 60, customHealth: false },
    rates: {},
  });
  const reads = await registry.listServices();
  expect(reads.map(({ read }) => ("value" in read ? read.value.namespace.name : read.failure.message))).toEqual([
    "shop.local",
    "shop.local",
    "their.local",
    expect.stringContaining("namespace absent.local does not exist"),
    expect.stringContaining("namespace ns-absent does not exist"),
  ]);
});

test("another account's namespace is written through ARNs, and its operations are confirmed", async () => {
  const { world, client } = await openCloudMap();
  const shared = seedNamespace(world, { owner: "444455556666" });
  seedService(world, shared);
  const registry = createRegistry({
    client,
    namespaces: [shared.arn],
    owner: OWNER,
    services: { ttl: 60, customHealth: false },
    rates: {},
  });
  const service = await serviceOf(registry);
  expect(resultsOf(await registry.apply(service, [register("10.0.0.1")], FAR))).toEqual(["done"]);
});

test("a name that two namespaces have is refused, naming both ids", async () => {
  const { world, client } = await openCloudMap();
  const [one, two] = [seedNamespace(world), seedNamespace(world, { type: "DNS_PUBLIC" })];
  const registry = createRegistry({
    client,
    namespaces: ["shop.local"],
    owner: OWNER,
    services: { ttl: 60, customHealth: false },
    rates: {},
  });
  const [read] = await registry.listServices();
  const message = read !== undefined && "failure" in read.read ? read.read.failure.message : "";
  expect(message).toContain(one.id);
  expect(message).toContain(two.id);
});

async function serviceOf(registry: Registry): Promise<Service> {
  const [read] = await registry.listServices();
  const [service] = read !== undefined && "value" in read.read ? read.read.value.services : [];
  return service ?? fail();
}

function register(id: string): Change & { readonly kind: "register" } {
  const attributes = { AWS_INSTANCE_IPV4: id, app: "web" };
  return {
    kind: "register",
    id,
    pod: { namespace: "shop", name: "web-1" },
    attributes,
    health: undefined,
    reason: "missing",
    keys: [],
    since: "",
  };
}

function deregister(id: string): Change {
  return { kind: "deregister", id, pod: undefined, reason: "pod-gone" };
}

function resultsOf(outcomes: readonly { readonly result: string }[]): readonly string[] {
  return [...new Set(outcomes.map(({ result }) => result))];
}

function fail(): never {
  throw new Error("there is no service");
}
