import {
  ListInstancesCommand,
  ListNamespacesCommand,
  ListServicesCommand,
  paginateListInstances,
  paginateListServices,
  RegisterInstanceCommand,
} from "@aws-sdk/client-servicediscovery";
import { expect, test } from "vitest";
import { failureOf, openCloudMap } from "./fixture.ts";
import { seedInstance, seedNamespace, seedService } from "./seed.ts";

test("a page holds 100 things unless fewer are asked for, and the last one has no token", async () => {
  const { world, client } = await openCloudMap();
  const service = seedService(world, seedNamespace(world));
  for (let index = 0; index < 200; index++) seedInstance(world, service, `10.0.1.${index}`);
  const ServiceId = service.id;
  const first = await client.send(new ListInstancesCommand({ ServiceId }));
  const second = await client.send(new ListInstancesCommand({ ServiceId, NextToken: first.NextToken }));
  expect([first.Instances?.length, second.Instances?.length, second.NextToken]).toEqual([100, 100, undefined]);
  expect(new Set([...(first.Instances ?? []), ...(second.Instances ?? [])].map(({ Id }) => Id)).size).toBe(200);
  const few = await client.send(new ListInstancesCommand({ ServiceId, MaxResults: 3 }));
  expect(few.Instances?.length).toBe(3);
});

test.each([0, 101, 1.5])("MaxResults of %d is refused", async (MaxResults) => {
  const { world, client } = await openCloudMap();
  const { id } = seedService(world, seedNamespace(world));
  const failure = await failureOf(client.send(new ListInstancesCommand({ ServiceId: id, MaxResults })));
  expect(failure).toMatchObject({ name: MaxResults === 1.5 ? "SerializationException" : "InvalidInput", status: 400 });
});

test("what is removed or added between pages neither hides nor repeats another", async () => {
  const { world, client } = await openCloudMap({ maxPageSize: 2 });
  const service = seedService(world, seedNamespace(world));
  for (const id of ["1", "2", "3", "4"]) seedInstance(world, service, id);
  const first = await client.send(new ListInstancesCommand({ ServiceId: service.id }));
  service.instances.delete("2");
  seedInstance(world, service, "5");
  const ids: (string | undefined)[] = [];
  for await (const { Instances = [] } of paginateListInstances(
    { client, startingToken: first.NextToken },
    { ServiceId: service.id },
  ))
    ids.push(...Instances.map(({ Id }) => Id));
  expect(ids).toEqual(["3", "4", "5"]);
});

test("an update keeps an instance's place in the pages", async () => {
  const { world, client } = await openCloudMap({ maxPageSize: 1 });
  const service = seedService(world, seedNamespace(world));
  for (const id of ["1", "2", "3"]) seedInstance(world, service, id);
  const Attributes = { AWS_INSTANCE_IPV4: "10.0.0.1" };
  await client.send(new RegisterInstanceCommand({ ServiceId: service.id, InstanceId: "1", Attributes }));
  const ids: (string | undefined)[] = [];
  for await (const { Instances = [] } of paginateListInstances({ client }, { ServiceId: service.id }))
    ids.push(...Instances.map(({ Id }) => Id));
  expect(ids).toEqual(["1", "2", "3"]);
});

test("a token of another list, or none at all, is refused", async () => {
  const { world, client } = await openCloudMap({ maxPageSize: 1 });
  const namespace = seedNamespace(world);
  const [web, api] = [seedService(world, namespace), seedService(world, namespace, { name: "api" })];
  for (const id of ["1", "2"]) seedInstance(world, web, id);
  const { NextToken } = await client.send(new ListInstancesCommand({ ServiceId: web.id }));
  expect(NextToken).toBeDefined();
  for (const request of [
    { ServiceId: api.id, NextToken },
    { ServiceId: web.id, NextToken: "!" },
  ])
    expect((await failureOf(client.send(new ListInstancesCommand(request)))).name).toBe("InvalidInput");
});

test("filters apply after paging: a page may be empty and not the last", async () => {
  const { world, client } = await openCloudMap({ maxPageSize: 2 });
  const [other, wanted] = [seedNamespace(world, { name: "other" }), seedNamespace(world, { name: "wanted" })];
  for (const name of ["a", "b", "c"]) seedService(world, other, { name });
  seedService(world, wanted, { name: "d" });
  const Filters = [{ Name: "NAMESPACE_ID" as const, Condition: "EQ" as const, Values: [wanted.id] }];
  const pages: (string | undefined)[][] = [];
  for await (const { Services = [] } of paginateListServices({ client }, { Filters }))
    pages.push(Services.map(({ Name }) => Name));
  expect(pages).toEqual([[], ["d"]]);
});

test("ListServices tells records, health check, count and type", async () => {
  const { world, client } = await openCloudMap();
  const [dns, http] = [seedNamespace(world), seedNamespace(world, { name: "http", type: "HTTP" })];
  seedInstance(world, seedService(world, dns, { records: ["A", "AAAA"], hasCustomHealth: true }), "10.0.0.1");
  seedService(world, http, { name: "api" });
  const { Services } = await client.send(new ListServicesCommand({}));
  const DnsRecords = [
    { Type: "A", TTL: 60 },
    { Type: "AAAA", TTL: 60 },
  ];
  expect(Services).toMatchObject([
    {
      Name: "web",
      Type: "DNS_HTTP",
      InstanceCount: 1,
      DnsConfig: { RoutingPolicy: "MULTIVALUE", DnsRecords },
      HealthCheckCustomConfig: { FailureThreshold: 1 },
    },
    { Name: "api", Type: "HTTP", InstanceCount: 0 },
  ]);
  expect(Services?.[1]?.HealthCheckCustomConfig).toBeUndefined();
});

test("ListNamespaces filters by type, name, the beginning of a name, and owner", async () => {
  const { world, client } = await openCloudMap();
  seedNamespace(world, { name: "shop.local" });
  seedNamespace(world, { name: "shop", type: "HTTP" });
  seedNamespace(world, { name: "theirs", owner: "210987654321" });
  const found = async (Name: string, Value: string, Condition?: string) => {
    const filter = { Name, Values: [Value], ...(Condition === undefined ? {} : { Condition }) };
    const { Namespaces = [] } = await client.send(new ListNamespacesCommand({ Filters: [filter as never] }));
    return Namespaces.map(({ Name: name }) => name);
  };
  expect(await found("TYPE", "HTTP")).toEqual(["shop"]);
  expect(await found("NAME", "shop", "EQ")).toEqual(["shop"]);
  expect(await found("HTTP_NAME", "shop.local")).toEqual(["shop.local"]);
  expect(await found("NAME", "shop", "BEGINS_WITH")).toEqual(["shop.local", "shop"]);
  expect(await found("RESOURCE_OWNER", "OTHER_ACCOUNTS")).toEqual(["theirs"]);
  expect(await found("RESOURCE_OWNER", "SELF")).toEqual(["shop.local", "shop"]);
  expect((await failureOf(found("NAME", "shop", "IN")))["name"]).toBe("InvalidInput");
  expect((await failureOf(found("COLOR", "blue")))["name"]).toBe("InvalidInput");
});
