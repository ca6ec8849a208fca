import { DeleteServiceCommand } from "@aws-sdk/client-servicediscovery";
import { describe, expect, test } from "vitest";
import { differingKeys } from "../../functions/core/attributes.ts";
import { listAllServices } from "../../functions/core/all-services.ts";
import { findService } from "../emulators/cloudmap/identity.ts";
import { seedInstance } from "../emulators/cloudmap/seed.ts";
import { SWITCH_SETTINGS } from "../emulators/cloudmap/switches.ts";
import { addresses, deregister, FAR, messagesOf, register, resultsOf, setHealth, soon } from "./changes.ts";
import { fastClock, openRegistry, readOf } from "./fixture.ts";

const THROTTLED = { error: "ThrottlingException", message: "Rate exceeded", status: 400 };

describe.each(SWITCH_SETTINGS)("with Cloud Map's undocumented behaviour $name", ({ switches }) => {
  const open = (more: Parameters<typeof openRegistry>[0] = {}) =>
    openRegistry({ ...more, options: { switches, ...more.options } });

  test("a hundred writes are confirmed by one read, and no operation is asked for", async () => {
    const { registry, service, callsOf } = await open();
    expect(
      resultsOf(
        await registry.apply(
          service,
          addresses(100).map((id) => register(id)),
          FAR,
        ),
      ),
    ).toEqual(["done"]);
    expect(callsOf("ListInstances")).toHaveLength(1);
    expect(callsOf("GetOperation")).toEqual([]);
  });

  test("operations that end one after the other are waited for by reading, and none is asked for", async () => {
    const { world, registry, service, callsOf, pass } = await open({ options: { operationDelayMs: 60 } });
    // Each write is a millisecond after the one before, and each read shows twenty more.
    world.options.fault = ({ operation }) => {
      pass(operation === "ListInstances" ? 20 : 1);
      return undefined;
    };
    const outcomes = await registry.apply(
      service,
      addresses(60).map((id) => register(id)),
      FAR,
    );
    expect(resultsOf(outcomes)).toEqual(["done"]);
    expect(callsOf("GetOperation")).toEqual([]);
  });

  test("of two passes that write the same instance at once, the one that comes later waits, and is to look again", async () => {
    const { world, registry, service, callsOf, another } = await open({ options: { operationDelayMs: 200 } });
    world.now = Date.now;
    const outcomes = await Promise.all(
      [registry, another()].map((one) => one.apply(service, [register("10.0.0.1")], FAR)),
    );
    expect(resultsOf(outcomes.flat()).toSorted()).toEqual(["done", "not-begun"]);
    expect(callsOf("RegisterInstance").map(({ error }) => error)).toEqual([undefined, "DuplicateRequest"]);
    expect(world.busy.size).toBe(0);
  });

  test("a write that another's hanging operation blocks is waited for as long as there is time, then pending, and the others are done", async () => {
    const now = fastClock();
    const { world, registry, service, another, callsOf } = await open({ now });
    world.options.failOperation = ({ targets }) => (targets.INSTANCE === "10.0.0.1" ? "hang" : undefined);
    const blocking = another().apply(
      service,
      [register("10.0.0.1", { attributes: { version: "2" } })],
      soon(30_000, now()),
    );
    await expect.poll(() => world.busy.size).toBe(1);
    const outcomes = await registry.apply(service, [register("10.0.0.1"), register("10.0.0.2")], soon(30_000, now()));
    expect(outcomes.map(({ result }) => result)).toEqual(["pending", "done"]);
    expect(callsOf("RegisterInstance")).toHaveLength(3);
    await blocking;
  });

  test("an instance with an empty value is registered, with it or without, and is then as it was asked for", async () => {
    const { registry, service, callsOf } = await open();
    const attributes = { AWS_INSTANCE_IPV4: "10.0.0.1", app: "web", port: "" };
    expect(resultsOf(await registry.apply(service, [register("10.0.0.1", { attributes })], FAR))).toEqual(["done"]);
    const [found] = await registry.listInstances(service);
    expect(differingKeys(attributes, found?.attributes ?? {}, [])).toEqual([]);
    expect(callsOf("RegisterInstance")).toHaveLength(switches.emptyValues === "accepted" ? 1 : 2);
  });

  test("an operation that fails tells its cause, the instance and the service", async () => {
    const { world, registry, service } = await open();
    world.options.failOperation = ({ targets }) =>
      targets.INSTANCE === "10.0.0.2"
        ? { code: "ACCESS_DENIED", message: "no right to change the hosted zone" }
        : undefined;
    const outcomes = await registry.apply(service, [register("10.0.0.1"), register("10.0.0.2")], FAR);
    expect(outcomes.map(({ result }) => result)).toEqual(["done", "failed"]);
    expect(messagesOf(outcomes)).toEqual([expect.stringMatching(/10\.0\.0\.2.*shop\.local\/web.*hosted zone/)]);
  });

  test("of a service that was deleted meanwhile registrations fail and say so, removals are done, and it is looked up again", async () => {
    const { world, client, registry, service, held } = await open();
    await client.send(new DeleteServiceCommand({ Id: held.id }));
    const outcomes = await registry.apply(service, [register("10.0.0.1"), deregister("10.0.0.2")], FAR);
    expect(outcomes.map(({ result }) => result)).toEqual(["failed", "done"]);
    expect(messagesOf(outcomes)).toEqual([
      expect.stringMatching(/10\.0\.0\.1.*the service was deleted meanwhile, the next pass looks it up again$/),
    ]);
    expect(world.services.size).toBe(0);
    expect((await readOf(registry)).services).toEqual([]);
  });

  test("an instance that another pass removed meanwhile is no failure where it was to be hidden or to go", async () => {
    const { registry, service } = await open({ hasCustomHealth: true });
    const outcomes = await registry.apply(
      service,
      [setHealth("10.0.0.1", "UNHEALTHY"), deregister("10.0.0.2"), setHealth("10.0.0.3", "HEALTHY")],
      FAR,
    );
    expect(outcomes.map(({ result }) => result)).toEqual(["done", "done", "failed"]);
    expect(messagesOf(outcomes)).toEqual([expect.stringContaining("it was removed meanwhile")]);
  });
});

test("an operation that still runs when waiting ends is pending", async () => {
  const { world, registry, service } = await openRegistry();
  world.options.failOperation = ({ targets }) => (targets.INSTANCE === "10.0.0.1" ? "hang" : undefined);
  const outcomes = await registry.apply(service, [register("10.0.0.1"), register("10.0.0.2")], soon(300));
  expect(outcomes.map(({ result }) => result)).toEqual(["pending", "done"]);
});

test("an operation that hangs is waited for from the last write on, however late one might have been begun", async () => {
  const { world, registry, service } = await openRegistry();
  world.options.failOperation = () => "hang";
  const outcomes = await registry.apply(service, [register("10.0.0.1")], { ...FAR, patience: 100 });
  expect(resultsOf(outcomes)).toEqual(["pending"]);
});

test("of many operations that still run one is asked for with each look", async () => {
  const { world, registry, service, callsOf } = await openRegistry({ options: { operationDelayMs: 300 } });
  world.now = Date.now;
  const changes = addresses(40).map((id) => register(id));
  expect(resultsOf(await registry.apply(service, changes, FAR))).toEqual(["done"]);
  expect(callsOf("GetOperation").length).toBeLessThan(20);
});

test("one that fails beside one that hangs tells its cause", async () => {
  const { world, registry, service } = await openRegistry();
  world.options.failOperation = ({ targets }) =>
    targets.INSTANCE === "10.0.0.2" ? { code: "ACCESS_DENIED", message: "no right" } : "hang";
  const outcomes = await registry.apply(
    service,
    ["10.0.0.1", "10.0.0.2"].map((id) => register(id)),
    { ...FAR, patience: 900 },
  );
  expect(outcomes.map(({ result }) => result)).toEqual(["pending", "failed"]);
});

test("each registration carries the time of its own confirmation", async () => {
  const { world, registry, service } = await openRegistry();
  world.options.failOperation = ({ targets }) => (targets.INSTANCE === "10.0.0.1" ? "hang" : undefined);
  const times = soon(300);
  const [, quick] = await registry.apply(service, [register("10.0.0.1"), register("10.0.0.2")], times);
  expect(quick?.result === "done" ? quick.at : Infinity).toBeLessThan(times.end);
});

test("a write that is not answered before waiting ends may have taken effect, so it is pending", async () => {
  const { world, registry, service } = await openRegistry();
  world.options.latencyMs = 300;
  expect(resultsOf(await registry.apply(service, [register("10.0.0.1")], soon(150)))).toEqual(["pending"]);
});

test("a list that is not answered in its time is given up, saying so", async () => {
  const { world, registry, service } = await openRegistry();
  world.options.latencyMs = 300;
  await expect(registry.listInstances(service, Date.now() + 50)).rejects.toThrow(
    "the instances of shop.local/web could not be listed: ListInstances was not answered before its time was up",
  );
  await expect(listAllServices(registry, Date.now() - 1)).resolves.toMatchObject([
    {
      read: {
        failure: expect.objectContaining({ message: expect.stringContaining("time was up") as string }) as Error,
      },
    },
  ]);
});

test("a service is neither created nor deleted after its time", async () => {
  const { registry, service, callsOf } = await openRegistry();
  const kind = { records: ["A"], health: "none" } as const;
  const past = Date.now() - 1;
  expect(await registry.createService(service.namespace, "api", kind, past)).toBeUndefined();
  expect(await registry.deleteService(service, past)).toBe(false);
  expect([...callsOf("CreateService"), ...callsOf("ListTagsForResource"), ...callsOf("DeleteService")]).toEqual([]);
});

test("without the right to ask for operations, reading alone confirms", async () => {
  const { world, registry, service, callsOf } = await openRegistry({ options: { operationDelayMs: 300 } });
  world.now = Date.now;
  world.options.fault = ({ operation }) =>
    operation === "GetOperation" ? { error: "AccessDeniedException", message: "no", status: 400 } : undefined;
  expect(resultsOf(await registry.apply(service, [register("10.0.0.1")], FAR))).toEqual(["done"]);
  expect(callsOf("GetOperation").length).toBeGreaterThan(0);
});

test("writes whose confirming read fails are pending, not failed", async () => {
  const { world, registry, service } = await openRegistry();
  world.options.fault = ({ operation }) =>
    operation === "ListInstances" ? { error: "AccessDeniedException", message: "no", status: 400 } : undefined;
  const outcomes = await registry.apply(service, [register("10.0.0.1"), deregister("10.0.0.2")], FAR);
  expect(outcomes.map(({ result }) => result)).toEqual(["pending", "done"]);
});

test("nothing is begun after its time", async () => {
  const { registry, service, callsOf } = await openRegistry();
  expect(resultsOf(await registry.apply(service, [register("10.0.0.1")], soon(-1)))).toEqual(["not-begun"]);
  expect(callsOf("RegisterInstance")).toEqual([]);
});

test("an operation that has ended, and is still said to be in the way, is asked about once and nothing is sent again", async () => {
  const { world, registry, service, callsOf } = await openRegistry();
  await registry.apply(service, [register("10.0.0.9")], FAR);
  const [ended = ""] = world.operations.keys();
  const fields = { DuplicateOperationId: ended };
  world.options.fault = ({ operation }) =>
    operation === "RegisterInstance"
      ? { error: "DuplicateRequest", message: "in progress", status: 400, fields }
      : undefined;
  expect(resultsOf(await registry.apply(service, [register("10.0.0.1")], FAR))).toEqual(["not-begun"]);
  expect(callsOf("RegisterInstance")).toHaveLength(2);
  expect(callsOf("GetOperation")).toHaveLength(1);
});

test("throttling slows down and fails nothing", async () => {
  const throttled: string[] = [];
  const { world, registry, service } = await openRegistry({ onThrottle: (operation) => throttled.push(operation) });
  world.options.fault = ({ operation, count }) =>
    operation === "RegisterInstance" && count <= 2 ? THROTTLED : undefined;
  expect(resultsOf(await registry.apply(service, [register("10.0.0.1")], FAR))).toEqual(["done"]);
  expect(throttled).toEqual(["RegisterInstance", "RegisterInstance"]);
});

test("a write that is throttled until its time is up is not begun, and not failed", async () => {
  const now = fastClock();
  const { world, registry, service } = await openRegistry({ now });
  world.options.fault = ({ operation }) => (operation === "RegisterInstance" ? THROTTLED : undefined);
  expect(resultsOf(await registry.apply(service, [register("10.0.0.1")], soon(120_000, now())))).toEqual(["not-begun"]);
});

test("a broken connection and a lost answer are tried again", async () => {
  const { world, registry, service } = await openRegistry();
  world.options.fault = ({ operation, count }) => {
    if (operation === "ListInstances" && count === 1) return "break-connection";
    return operation === "RegisterInstance" && count === 1 ? "lose-answer" : undefined;
  };
  expect(resultsOf(await registry.apply(service, [register("10.0.0.1")], FAR))).toEqual(["done"]);
  expect(await registry.listInstances(service)).toHaveLength(1);
});

test("a write that waited long for its turn is tried again like any other", async () => {
  const { world, registry, service, callsOf } = await openRegistry({
    now: fastClock(),
    rates: { RegisterInstance: "100:1" },
  });
  world.options.fault = ({ operation, count }) =>
    operation === "RegisterInstance" && count === 30 ? "break-connection" : undefined;
  const outcomes = await registry.apply(
    service,
    addresses(30).map((id) => register(id)),
    FAR,
  );
  expect(resultsOf(outcomes)).toEqual(["done"]);
  expect(callsOf("RegisterInstance")).toHaveLength(31);
});

test("over the quota one registration is refused, and the others are not even tried", async () => {
  const { world, registry, service, held, callsOf } = await openRegistry();
  world.options.quotas = { ...world.options.quotas, instancesPerService: 1 };
  seedInstance(world, findService(world, held.id), "10.9.9.9");
  const outcomes = await registry.apply(
    service,
    addresses(100).map((id) => register(id)),
    FAR,
  );
  expect(resultsOf(outcomes)).toEqual(["quota"]);
  expect(callsOf("RegisterInstance").length).toBeLessThan(100);
});
