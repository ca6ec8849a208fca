import { expect, onTestFinished, test } from "vitest";
import { listAllServices } from "../../functions/core/all-services.ts";
import { createServiceDiscoveryClient } from "../../functions/cloudmap/client.ts";
import { createRegistry } from "../../functions/cloudmap/registry.ts";
import type { RegistryOptions } from "../../functions/cloudmap/registry.ts";
import { createListTags } from "../../functions/cloudmap/tags.ts";
import { awsJsonHandler } from "../emulators/aws-json.ts";
import { openClient, openCloudMap } from "../emulators/cloudmap/fixture.ts";
import { seedNamespace, seedService } from "../emulators/cloudmap/seed.ts";
import { serve } from "../emulators/serve.ts";
import { service as serviceOf } from "../support/builders.ts";
import { FAR, register, resultsOf } from "./changes.ts";
import { openRegistry, readOf } from "./fixture.ts";

const OPTIONS = {
  owner: "me",
  services: { ttl: 60, customHealth: false, tags: {} },
  rates: {},
} satisfies Partial<RegistryOptions>;

test("a namespace that another account shares is found by its ARN", async () => {
  const { world, client } = await openCloudMap();
  const [plain, shared] = [seedNamespace(world), seedNamespace(world, { name: "their.local", owner: "444455556666" })];
  const registry = createRegistry({ ...OPTIONS, client, namespaces: ["shop.local", plain.arn, shared.arn, shared.id] });
  const reads = await listAllServices(registry);
  expect(reads.map(({ read }) => ("value" in read ? read.value.namespace.name : read.failure.message))).toEqual([
    "shop.local",
    "shop.local",
    "their.local",
    expect.stringMatching(/does not exist in this account.*is named by its ARN/),
  ]);
});

test("another account's namespace is written through ARNs, and its operations are confirmed", async () => {
  const { world, client } = await openCloudMap();
  const shared = seedNamespace(world, { owner: "444455556666" });
  seedService(world, shared);
  world.options.operationDelayMs = 200;
  world.now = Date.now;
  const registry = createRegistry({ ...OPTIONS, client, namespaces: [shared.arn] });
  const [service] = (await readOf(registry)).services;
  if (service === undefined) throw new Error("there is no service");
  expect(resultsOf(await registry.apply(service, [register("10.0.0.1")], FAR))).toEqual(["done"]);
  expect(world.calls.flatMap(({ error }) => error ?? [])).toEqual([]);
});

test("a service is created with the TTL that is asked for, else with the configuration's own", async () => {
  const { world, client } = await openCloudMap();
  seedNamespace(world);
  const registry = createRegistry({ ...OPTIONS, client, namespaces: ["shop.local"] });
  const { namespace } = await readOf(registry);
  const kind = { records: ["A"], health: "none" } as const;
  expect(await registry.createService(namespace, "web", { ...kind, ttl: 10 })).toMatchObject({ ttl: 10 });
  expect(await registry.createService(namespace, "api", kind)).toMatchObject({ ttl: 60 });
});

test("a service with a CNAME record, or for aliases, is weighted, and is seen to be", async () => {
  const { world, client } = await openCloudMap();
  seedNamespace(world);
  const registry = createRegistry({ ...OPTIONS, client, namespaces: ["shop.local"] });
  const { namespace } = await readOf(registry);
  for (const records of [["CNAME"], ["A"]] as const)
    await registry.createService(namespace, `of-${records[0]}`, { records, health: "none", isWeighted: true });
  await registry.createService(namespace, "plain", { records: ["A"], health: "none" });
  const { services } = await readOf(registry);
  expect(services.map(({ name, records, isWeighted = false }) => [name, ...records, isWeighted])).toEqual([
    ["of-CNAME", "CNAME", true],
    ["of-A", "A", true],
    ["plain", "A", false],
  ]);
});

test("a name that two namespaces have is refused, naming both ids", async () => {
  const { world, client } = await openCloudMap();
  const [one, two] = [seedNamespace(world), seedNamespace(world, { type: "DNS_PUBLIC" })];
  const registry = createRegistry({ ...OPTIONS, client, namespaces: ["shop.local"] });
  await expect(readOf(registry)).rejects.toThrow(new RegExp(`${one.id}.*${two.id}`));
});

test("a service that somebody else created meanwhile is left to the next pass", async () => {
  const { registry, service } = await openRegistry();
  expect(await registry.createService(service.namespace, "web", { records: ["A"], health: "none" })).toBeUndefined();
});

test("the services of one namespace are asked for, not those of the account", async () => {
  const { registry, service, callsOf } = await openRegistry();
  await registry.listServicesIn(service.namespace, Infinity, { fresh: true });
  expect(callsOf("ListServices").map(({ input }) => input["Filters"])).toEqual([
    [{ Name: "NAMESPACE_ID", Condition: "EQ", Values: [service.namespace.id] }],
  ]);
});

test("a creation that is answered without the service is a failure", async () => {
  const { client } = await openClient(awsJsonHandler("Route53AutoNaming_v20170314", async () => ({ Service: {} })));
  const registry = createRegistry({ ...OPTIONS, client, namespaces: ["shop.local"] });
  const { namespace } = serviceOf();
  await expect(registry.createService(namespace, "web", { records: ["A"], health: "none" })).rejects.toThrow(
    "service shop.local/web could not be created: Cloud Map answered without the service",
  );
});

test("a service says what keeps it, and has no DNS settings where its namespace has no DNS", async () => {
  const { world, client } = await openCloudMap();
  seedNamespace(world, { type: "HTTP" });
  const registry = createRegistry({ ...OPTIONS, client, namespaces: ["shop.local"] });
  await registry.createService((await readOf(registry)).namespace, "web", { records: [], health: "none" });
  const input = world.calls.find(({ operation }) => operation === "CreateService")?.input;
  expect(input).toMatchObject({ Name: "web", Description: expect.stringContaining("eks-cloudmap-sync") as string });
  expect(input).not.toHaveProperty("DnsConfig");
  expect(input).not.toHaveProperty("HealthCheckCustomConfig");
});

test("a part of a document deletes the services that it made, and leaves those of other parts and of none", async () => {
  const { world, another, service } = await openRegistry();
  const [blue, green, whole] = [another({ part: "blue" }), another({ part: "green" }), another()];
  const made = await blue.createService(service.namespace, "api", { records: ["A"], health: "none" });
  if (made === undefined) throw new Error("there is no service");
  expect(world.tags.get(made.arn)).toEqual([
    { Key: "eks-cloudmap-sync/owner", Value: "me" },
    { Key: "eks-cloudmap-sync/part", Value: "blue" },
  ]);
  expect([await green.deleteService(made), await whole.deleteService(made)]).toEqual([false, false]);
  expect(await another({ owner: "else", part: "blue" }).deleteService(made)).toBe(false);
  expect(await blue.deleteService(made)).toBe(true);
});

test.each([
  ["its tags are read", "ListTagsForResource", "ResourceNotFoundException"],
  ["it is to go", "DeleteService", "ServiceNotFound"],
])("a service that is gone when %s counts as deleted", async (_, operation, error) => {
  const { world, registry, service } = await openRegistry();
  world.tags.set(service.arn, [{ Key: "eks-cloudmap-sync/owner", Value: "me" }]);
  world.options.fault = (asked) =>
    asked.operation === operation ? { error, message: "it is gone", status: 400 } : undefined;
  expect(await registry.deleteService(service)).toBe(true);
});

test("the tags of a service are read, and a failure to do so names it", async () => {
  const { world, client, service } = await openRegistry();
  world.tags.set(service.arn, [{ Key: "team", Value: "shop" }]);
  const listTags = createListTags(client);
  expect(await listTags(service)).toEqual({ team: "shop" });
  world.options.fault = () => ({ error: "AccessDeniedException", message: "no", status: 400 });
  await expect(listTags(service)).rejects.toThrow(
    `the tags of shop.local/web could not be read: no; grant servicediscovery:ListTagsForResource on ${service.arn}`,
  );
});

test("a service that is not empty after all is not deleted", async () => {
  const { world, registry, service } = await openRegistry();
  world.tags.set(service.arn, [{ Key: "eks-cloudmap-sync/owner", Value: "me" }]);
  await registry.apply(service, [register("10.0.0.1")], FAR);
  expect(await registry.deleteService(service)).toBe(false);
});

test("services that cannot be created or deleted in time are left to the next pass", async () => {
  const { world, another, service, callsOf } = await openRegistry();
  const registry = another({ rates: { CreateService: "0.01:1", ListTagsForResource: "0.01:1" } });
  const until = Date.now() + 30_000;
  const [first, second] = await Promise.all(
    ["api", "late"].map((name) =>
      registry.createService(service.namespace, name, { records: ["A"], health: "none" }, until),
    ),
  );
  expect([first?.name, second]).toEqual(["api", undefined]);
  world.tags.set(service.arn, [{ Key: "eks-cloudmap-sync/owner", Value: "me" }]);
  const both = [service, ...(first === undefined ? [] : [first])];
  expect(await Promise.all(both.map((one) => registry.deleteService(one, until)))).toEqual([true, false]);
  expect([callsOf("CreateService"), callsOf("ListTagsForResource")].map(({ length }) => length)).toEqual([1, 1]);
});

test("a server that ignores filters, counts nothing and ends its lists with an empty token is read rightly", async () => {
  const answers: Readonly<Record<string, object>> = {
    ListNamespaces: { Namespaces: ["other", "shop"].map((name) => namespace(name)), NextToken: "" },
    ListServices: {
      Services: [
        { Id: "srv-1", Name: "web", DnsConfig: { NamespaceId: "ns-shop", DnsRecords: [{ Type: "A", TTL: 60 }] } },
        { Id: "srv-2", Name: "web", DnsConfig: { NamespaceId: "ns-other", DnsRecords: [] } },
        { Id: "srv-3", Name: "api", DnsConfig: null, HealthCheckCustomConfig: null },
        { Id: "srv-4", Name: "far", DnsConfig: {}, HealthCheckConfig: { Type: "HTTP" }, InstanceCount: 0 },
        { Id: "srv-5", DnsConfig: {} },
        { Name: "nameless", DnsConfig: {} },
      ],
      NextToken: "",
    },
  };
  const server = await serve(
    awsJsonHandler("Route53AutoNaming_v20170314", async (operation) => answers[operation] ?? {}),
  );
  onTestFinished(server.close);
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" });
  const client = createServiceDiscoveryClient({ region: "us-west-2", endpoint: server.url });
  const { services } = await readOf(createRegistry({ ...OPTIONS, client, namespaces: ["shop.local"] }));
  expect(services.map(({ id, records, health }) => ({ id, records, health }))).toEqual([
    { id: "srv-1", records: ["A"], health: "none" },
    { id: "srv-3", records: [], health: "none" },
    { id: "srv-4", records: [], health: "route53" },
  ]);
  // Where it is not counted, it may hold instances: only reading tells.
  expect(services.map(({ instanceCount }) => instanceCount)).toEqual([1, 1, 0]);
});

function namespace(name: string): object {
  return {
    Id: `ns-${name}`,
    Arn: `arn:aws:servicediscovery:us-west-2:1:namespace/ns-${name}`,
    Name: `${name}.local`,
    Type: "HTTP",
  };
}
