import { DeleteServiceCommand } from "@aws-sdk/client-servicediscovery";
import { expect, test } from "vitest";
import type { RegistryOptions } from "../../functions/cloudmap/registry.ts";
import type { CloudMapNamespace, Service } from "../../functions/core/model.ts";
import type { Registry } from "../../functions/core/ports.ts";
import { seedNamespace, seedService } from "../emulators/cloudmap/seed.ts";
import { FAR, register, soon } from "./changes.ts";
import { openRegistry } from "./fixture.ts";

test("namespaces and services are listed once a minute", async () => {
  const { registry, look, counts, pass } = await open();
  await look();
  pass(59_999);
  await look();
  expect(counts()).toEqual({ ListNamespaces: 1, ListServices: 1 });
  pass(1);
  await look();
  expect(counts()).toEqual({ ListNamespaces: 2, ListServices: 2 });
  expect(await registry.listNamespaces()).toHaveLength(1);
});

test("a namespace's services are listed only when somebody asks for them", async () => {
  const { world, registry, counts } = await open({ namespaces: ["shop.local", "other.local"] });
  seedService(world, seedNamespace(world, { name: "other.local" }));
  const [shop] = await namespacesOf(registry);
  if (shop !== undefined) await registry.listServicesIn(shop);
  expect(counts()).toEqual({ ListNamespaces: 1, ListServices: 1 });
});

test("whoever needs the counts gets the services as they are, and so does whoever asks next", async () => {
  const { registry, look, counts, namespace, service } = await open();
  await look();
  await registry.apply(service, [register("10.0.0.1")], FAR);
  expect((await registry.listServicesIn(namespace, Infinity, { fresh: true })).map(countOf)).toEqual([1]);
  expect((await look()).map(countOf)).toEqual([1]);
  expect(counts().ListServices).toBe(2);
});

test("of more namespaces than can be listed at once no pass waits for those that are listed again", async () => {
  const names = Array.from({ length: 9 }, (_, index) => (index === 0 ? "shop.local" : `shop-${index}.local`));
  const { world, look, counts, pass } = await open({ namespaces: names });
  await look();
  const [held] = world.namespaces.values();
  if (held !== undefined) seedService(world, held, { name: "api" });
  pass(60_000);
  expect((await look()).map(({ name }) => name)).toEqual(["web"]);
  await expect.poll(async () => (await look()).map(({ name }) => name)).toEqual(["web", "api"]);
  expect(counts().ListServices).toBe(2);
});

test("nor for a list that took more than a second", async () => {
  let at = Date.now();
  const { world, another, service, callsOf } = await openRegistry();
  const registry = another({
    now: () => at,
    onCall: () => {
      at += 1_001;
    },
  });
  const look = async () => (await registry.listServicesIn(service.namespace)).map(({ name }) => name);
  await look();
  const [held] = world.namespaces.values();
  if (held !== undefined) seedService(world, held, { name: "api" });
  at += 60_000;
  expect(await look()).toEqual(["web"]);
  await expect.poll(look).toEqual(["web", "api"]);
  expect(callsOf("ListServices")).toHaveLength(2);
});

test("while the counts are being read, whoever does without gets what was known", async () => {
  const { world, registry, namespace, look } = await open();
  await look();
  world.options.latencyMs = 100;
  const order: string[] = [];
  await Promise.all([
    registry.listServicesIn(namespace, Infinity, { fresh: true }).then(() => order.push("counted")),
    look().then(() => order.push("known")),
  ]);
  expect(order).toEqual(["known", "counted"]);
});

test("a service that is created while the list is read again is known after it", async () => {
  const { world, registry, namespace, look } = await open();
  await look();
  world.options.latencyMs = 50;
  const again = registry.listServicesIn(namespace, Infinity, { fresh: true });
  await registry.createService(namespace, "api", { records: ["A"], health: "none" });
  await again;
  expect((await look()).map(({ name }) => name)).toEqual(["web", "api"]);
});

test("a service that is gone makes its own namespace be listed anew, and no other", async () => {
  const { world, registry, service, namespace, client, callsOf } = await open({
    namespaces: ["shop.local", "far.local"],
  });
  seedNamespace(world, { name: "far.local" });
  const all = await namespacesOf(registry);
  for (const one of all) await registry.listServicesIn(one);
  await client.send(new DeleteServiceCommand({ Id: service.id }));
  await registry.listInstances(service).catch(() => {});
  world.calls.length = 0;
  for (const one of all) await registry.listServicesIn(one);
  expect(callsOf("ListServices")).toHaveLength(1);
  expect(await registry.listServicesIn(namespace)).toEqual([]);
});

test("a namespace that cannot be read any more is no longer taken for known once the minute is over", async () => {
  const { world, another, pass } = await open({ namespaces: [] });
  const twins = ["DNS_PRIVATE", "HTTP"] as const;
  const ids = twins.map((type) => seedNamespace(world, { name: "twin.local", type }).id);
  const registry = another({ namespaces: ids });
  expect(await namespacesOf(registry)).toHaveLength(2);
  world.options.fault = ({ operation, input }) =>
    operation === "GetNamespace" && input["Id"] === ids[1]
      ? { error: "AccessDeniedException", message: "no", status: 400 }
      : undefined;
  expect(await namespacesOf(registry)).toHaveLength(2);
  pass(60_000);
  const [first, second] = await registry.listNamespaces();
  expect([first?.read, second?.read]).toMatchObject([{ value: { name: "twin.local" } }, { failure: {} }]);
  world.options.fault = undefined;
  expect(await namespacesOf(registry)).toHaveLength(2);
});

test("a service that was created is known, and nothing is listed for it", async () => {
  const { registry, namespace, look, counts } = await open();
  const listed = look();
  await registry.createService(namespace, "api", { records: ["A"], health: "none" });
  await listed;
  expect((await look()).map(({ name }) => name)).toEqual(["web", "api"]);
  expect(counts().ListServices).toBe(1);
});

test.each<[string, (opened: Awaited<ReturnType<typeof open>>) => Promise<unknown>]>([
  [
    "somebody else's creation",
    async ({ world, registry, namespace }) => {
      const [held] = world.namespaces.values();
      if (held !== undefined) seedService(world, held, { name: "api" });
      await registry.createService(namespace, "api", { records: ["A"], health: "none" });
    },
  ],
  [
    "a deletion",
    async ({ world, registry, service }) => {
      world.tags.set(service.arn, [{ Key: "eks-cloudmap-sync/owner", Value: "me" }]);
      await registry.deleteService(service);
    },
  ],
  [
    "a service that is gone when its instances are listed",
    async ({ registry, service, client }) => {
      await client.send(new DeleteServiceCommand({ Id: service.id }));
      await registry.listInstances(service).catch(() => {});
    },
  ],
  [
    "a service that is gone when it is written to",
    async ({ registry, service, client }) => {
      await client.send(new DeleteServiceCommand({ Id: service.id }));
      await registry.apply(service, [register("10.0.0.1")], FAR);
    },
  ],
])("services are listed anew after %s", async (_, work) => {
  const opened = await open();
  const before = await opened.look();
  await work(opened);
  expect((await opened.look()).map(({ name }) => name)).not.toEqual(before.map(({ name }) => name));
});

test("what could not be read is asked for again, by whoever has the time", async () => {
  const { world, registry, namespace } = await open();
  world.options.latencyMs = 200;
  const [hasty, patient] = await Promise.allSettled([
    registry.listServicesIn(namespace, Date.now() + 20),
    registry.listServicesIn(namespace),
  ]);
  expect([hasty.status, patient.status]).toEqual(["rejected", "fulfilled"]);
});

test("a namespace that is missing is looked for again in the next pass", async () => {
  const { world, registry } = await open({ namespaces: ["late.local"] });
  expect(await namespacesOf(registry)).toEqual([]);
  seedNamespace(world, { name: "late.local" });
  expect((await namespacesOf(registry)).map(({ name }) => name)).toEqual(["late.local"]);
});

test("a namespace that is gone is looked for again at once, and its services too", async () => {
  const { world, registry, namespace, look, counts } = await open();
  await look();
  for (const things of [world.services, world.namespaces]) things.clear();
  const creation = registry.createService(namespace, "api", { records: ["A"], health: "none" });
  await expect(creation).rejects.toThrow("check `namespaces` in the configuration");
  expect(await namespacesOf(registry)).toEqual([]);
  await registry.listServicesIn(namespace).catch(() => {});
  expect(counts()).toEqual({ ListNamespaces: 3, ListServices: 2 });
});

test("a call that fails for other reasons leaves what is known as it is", async () => {
  const { world, registry, namespace, look, counts } = await open();
  await look();
  world.options.fault = ({ operation }) =>
    operation === "CreateService" ? { error: "InvalidInput", message: "no", status: 400 } : undefined;
  await registry.createService(namespace, "api", { records: ["A"], health: "none" }).catch(() => {});
  await look();
  expect(counts()).toEqual({ ListNamespaces: 1, ListServices: 1 });
});

test("passes that go well leave the list as it is", async () => {
  const { registry, look, counts, service } = await open();
  await look();
  await registry.listInstances(service);
  await registry.apply(service, [register("10.0.0.1")], soon(1_000));
  await registry.deleteService(service);
  await look();
  expect(counts().ListServices).toBe(1);
});

test("services that somebody else created are asked for their tags once", async () => {
  const { registry, service, callsOf } = await open();
  expect([await registry.deleteService(service), await registry.deleteService(service)]).toEqual([false, false]);
  expect(callsOf("ListTagsForResource")).toHaveLength(1);
});

/** The clock of the registry stands still until `pass`. */
async function open(more: Partial<RegistryOptions> = {}) {
  let at = Date.now();
  const opened = await openRegistry({ now: () => at });
  const { callsOf } = opened;
  const registry = opened.another(more);
  const namespace = opened.service.namespace;
  return {
    ...opened,
    registry,
    namespace,
    look: async () => {
      await registry.listNamespaces();
      return registry.listServicesIn(namespace);
    },
    counts: () => ({
      ListNamespaces: callsOf("ListNamespaces").length,
      ListServices: callsOf("ListServices").length,
    }),
    pass: (milliseconds: number) => {
      at += milliseconds;
    },
  };
}

async function namespacesOf(registry: Registry): Promise<readonly CloudMapNamespace[]> {
  return (await registry.listNamespaces()).flatMap(({ read }) => ("value" in read ? [read.value] : []));
}

function countOf({ instanceCount }: Service): number {
  return instanceCount;
}
