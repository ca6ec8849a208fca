import { describe, expect, test } from "vitest";
import { createRegistry } from "../../functions/cloudmap/registry.ts";
import type { Change } from "../../functions/core/change.ts";
import { openCloudMap } from "../emulators/cloudmap/fixture.ts";
import { findService } from "../emulators/cloudmap/identity.ts";
import { seedInstance, seedNamespace, seedService } from "../emulators/cloudmap/seed.ts";
import type { RecordType } from "../emulators/cloudmap/state.ts";
import { DEFAULT_SWITCHES } from "../emulators/cloudmap/switches.ts";
import { deregister, FAR, messagesOf, register, resultsOf, setHealth, soon } from "./changes.ts";
import { openRegistry, readOf } from "./fixture.ts";

/** What is known of a write after it was sent: by reading, by its operation, and by what refuses it. */

const FAILS = { code: "ACCESS_DENIED", message: "no right" };

describe("while reads show what was there before", () => {
  test("neither new attributes nor a removal are done", async () => {
    const switches = { ...DEFAULT_SWITCHES, writesShow: "completed" } as const;
    const { world, registry, service, held } = await openRegistry({ options: { switches } });
    for (const id of ["10.0.0.1", "10.0.0.2"])
      seedInstance(world, findService(world, held.id), id, { AWS_INSTANCE_IPV4: id, app: "web", version: "1" });
    world.options.failOperation = () => "hang";
    const changes = [register("10.0.0.1", { attributes: { version: "2" } }), deregister("10.0.0.2")];
    expect(resultsOf(await registry.apply(service, changes, soon(150)))).toEqual(["pending"]);
  });

  test("what was written over meanwhile is done by what its operation says", async () => {
    const { world, registry, service, held, callsOf } = await openRegistry();
    world.options.fault = ({ operation }) => {
      if (operation === "ListInstances") seedInstance(world, findService(world, held.id), "10.0.0.1", { app: "else" });
      return undefined;
    };
    expect(resultsOf(await registry.apply(service, [register("10.0.0.1")], soon(20_000)))).toEqual(["done"]);
    expect(callsOf("GetOperation")).toHaveLength(1);
  });

  test("what Cloud Map has forgotten the operation of is pending, and waited for no longer", async () => {
    const { world, registry, service, callsOf } = await openRegistry();
    world.options.failOperation = () => "hang";
    world.options.fault = ({ operation }) =>
      operation === "GetOperation" ? { error: "OperationNotFound", message: "no", status: 400 } : undefined;
    expect(resultsOf(await registry.apply(service, [register("10.0.0.1")], soon(20_000)))).toEqual(["pending"]);
    expect(callsOf("GetOperation")).toHaveLength(1);
  });
});

test("once one of several operations is known to have failed, the others are asked for too, each once", async () => {
  const counted: string[] = [];
  const { world, registry, service, callsOf } = await openRegistry({
    onCall: (operation) => counted.push(operation),
  });
  counted.length = 0;
  world.options.failOperation = () => FAILS;
  const changes = ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map((id) => register(id));
  const outcomes = await registry.apply(service, changes, soon(20_000));
  expect(messagesOf(outcomes)).toEqual(
    changes.map(
      ({ id }) => `register of instance ${id} (pod shop/web-1) in shop.local/web failed: ACCESS_DENIED: no right`,
    ),
  );
  expect([callsOf("ListInstances"), callsOf("GetOperation")].map(({ length }) => length)).toEqual([3, 3]);
  expect(counted.filter((operation) => operation === "GetOperation")).toHaveLength(3);
});

test("an operation in another account's namespace is asked for as that account's", async () => {
  const { world, client } = await openCloudMap();
  const shared = seedNamespace(world, { owner: "444455556666" });
  seedService(world, shared);
  const registry = registryOn(client, shared.arn);
  const [service] = (await readOf(registry)).services;
  if (service === undefined) throw new Error("there is no service");
  world.options.failOperation = () => FAILS;
  expect(resultsOf(await registry.apply(service, [register("10.0.0.1")], soon(20_000)))).toEqual(["failed"]);
  const asked = world.calls.filter(({ operation }) => operation === "GetOperation");
  expect(asked.map(({ input }) => input["OwnerAccount"])).toEqual(["444455556666"]);
});

test("what is in the way and may not be asked for counts as ended: the next look sees", async () => {
  const { world, registry, service } = await openRegistry();
  world.options.fault = ({ operation }) => {
    if (operation === "GetOperation") return { error: "AccessDeniedException", message: "no", status: 400 };
    const fields = { DuplicateOperationId: "op-of-another" };
    return operation === "RegisterInstance"
      ? { error: "DuplicateRequest", message: "in progress", status: 400, fields }
      : undefined;
  };
  expect(resultsOf(await registry.apply(service, [register("10.0.0.1")], soon(20_000)))).toEqual(["not-begun"]);
});

test("a registration carries the health that its pod has, where the service has such a check", async () => {
  const { registry, service, callsOf } = await openRegistry({ hasCustomHealth: true });
  await registry.apply(service, [register("10.0.0.1", { health: "UNHEALTHY" }), register("10.0.0.2")], FAR);
  const attributes = callsOf("RegisterInstance").map(({ input }) => input["Attributes"]);
  expect(attributes).toEqual([
    { AWS_INIT_HEALTH_STATUS: "UNHEALTHY", AWS_INSTANCE_IPV4: "10.0.0.1", app: "web" },
    { AWS_INSTANCE_IPV4: "10.0.0.2", app: "web" },
  ]);
});

test("a registration that fails says nothing of the others: they are tried", async () => {
  const { world, registry, service, callsOf } = await openRegistry({ rates: { RegisterInstance: "100:1" } });
  world.options.fault = ({ operation, count }) =>
    operation === "RegisterInstance" && count === 1 ? { error: "InvalidInput", message: "no", status: 400 } : undefined;
  const outcomes = await registry.apply(service, [register("10.0.0.1"), register("10.0.0.2")], FAR);
  expect(outcomes.map(({ result }) => result)).toEqual(["failed", "done"]);
  expect(callsOf("RegisterInstance")).toHaveLength(2);
});

test("in a full service what is there already is still kept true", async () => {
  const { world, registry, service, held } = await openRegistry({ rates: { RegisterInstance: "100:1" } });
  world.options.quotas = { ...world.options.quotas, instancesPerService: 1 };
  seedInstance(world, findService(world, held.id), "10.0.0.9");
  const drifted = { ...register("10.0.0.9"), reason: "drifted" } as Change;
  const outcomes = await registry.apply(service, [register("10.0.0.1"), drifted], FAR);
  expect(outcomes.map(({ result }) => result)).toEqual(["quota", "done"]);
});

test.each<[string, readonly RecordType[], Change, string]>([
  ["one family in a service of two is refused", ["A", "AAAA"], register("10.0.0.1"), "refused"],
  ["both families in it fail", ["A", "AAAA"], bothFamilies(), "failed"],
  ["one family in a service of one fails", ["A"], register("10.0.0.1"), "failed"],
  ["the same of the other", ["AAAA"], register("10.0.0.1"), "failed"],
  ["a removal fails", ["A", "AAAA"], deregister("10.0.0.1"), "failed"],
  ["a health fails", ["A", "AAAA"], setHealth("10.0.0.1", "UNHEALTHY"), "failed"],
])("of what Cloud Map calls invalid, %s", async (_, records, change, expected) => {
  const { world, client } = await openCloudMap();
  seedService(world, seedNamespace(world), { records, hasCustomHealth: true });
  const registry = registryOn(client, "shop.local");
  const [service] = (await readOf(registry)).services;
  if (service === undefined) throw new Error("there is no service");
  world.options.fault = () => ({ error: "InvalidInput", message: "no", status: 400 });
  expect(resultsOf(await registry.apply(service, [change], FAR))).toEqual([expected]);
});

test("a failure to write something of no pod names none", async () => {
  const { world, registry, service } = await openRegistry();
  world.options.fault = () => ({ error: "InvalidInput", message: "no", status: 400 });
  const outcomes = await registry.apply(service, [{ ...deregister("10.0.0.1"), pod: undefined }], FAR);
  expect(messagesOf(outcomes)[0]).toMatch(/^deregister of instance 10\.0\.0\.1 in shop\.local\/web failed: no; /);
});

function bothFamilies(): Change {
  return register("10.0.0.1", { attributes: { AWS_INSTANCE_IPV6: "fd00::1" } });
}

function registryOn(client: Awaited<ReturnType<typeof openCloudMap>>["client"], namespace: string) {
  const services = { ttl: 60, customHealth: false, tags: {} };
  return createRegistry({ client, namespaces: [namespace], owner: "me", services, rates: {} });
}
