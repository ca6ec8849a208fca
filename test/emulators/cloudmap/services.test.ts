import {
  CreateHttpNamespaceCommand,
  CreatePrivateDnsNamespaceCommand,
  CreatePublicDnsNamespaceCommand,
  CreateServiceCommand,
  DeleteNamespaceCommand,
  DeleteServiceCommand,
  GetNamespaceCommand,
  GetOperationCommand,
  GetServiceCommand,
  ListInstancesCommand,
  ListServicesCommand,
  ListTagsForResourceCommand,
  RegisterInstanceCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-servicediscovery";
import type { CreateServiceCommandInput } from "@aws-sdk/client-servicediscovery";
import { describe, expect, test } from "vitest";
import { failureOf, openCloudMap } from "./fixture.ts";
import { seedInstance, seedNamespace, seedService } from "./seed.ts";

const A = { DnsRecords: [{ Type: "A" as const, TTL: 60 }] };

describe("namespaces", () => {
  test("of each kind are created and read by id and ARN", async () => {
    const { world, client } = await openCloudMap();
    await client.send(new CreatePrivateDnsNamespaceCommand({ Name: "shop.local", Vpc: "vpc-1" }));
    await client.send(new CreatePublicDnsNamespaceCommand({ Name: "example.com" }));
    await client.send(new CreateHttpNamespaceCommand({ Name: "shop" }));
    const all = [...world.namespaces.values()];
    expect(all.map(({ name, type }) => [name, type])).toEqual([
      ["shop.local", "DNS_PRIVATE"],
      ["example.com", "DNS_PUBLIC"],
      ["shop", "HTTP"],
    ]);
    for (const Id of all.flatMap(({ id, arn }) => [id, arn])) {
      const { Namespace } = await client.send(new GetNamespaceCommand({ Id }));
      expect([Namespace?.Id, Namespace?.Arn]).toContain(Id);
    }
    const failure = await failureOf(client.send(new GetNamespaceCommand({ Id: "ns-none" })));
    expect(failure).toMatchObject({ name: "NamespaceNotFound", status: 400 });
  });

  test("of the same name and kind exist once; of another kind they get an HttpName of their own", async () => {
    const { world, client } = await openCloudMap();
    await client.send(new CreateHttpNamespaceCommand({ Name: "shop.com", CreatorRequestId: "one" }));
    const [first] = world.namespaces.values();
    const failure = await failureOf(client.send(new CreateHttpNamespaceCommand({ Name: "shop.com" })));
    expect(failure).toMatchObject({
      name: "NamespaceAlreadyExists",
      NamespaceId: first?.id,
      CreatorRequestId: "one",
    });
    await client.send(new CreatePublicDnsNamespaceCommand({ Name: "shop.com" }));
    const [, second] = world.namespaces.values();
    expect(second?.httpName).toMatch(/^shop\.com-\w+$/);
  });

  test("are refused with a name that their kind cannot have", async () => {
    const { client } = await openCloudMap();
    const calls = [
      client.send(new CreateHttpNamespaceCommand({ Name: "a b" })),
      client.send(new CreatePublicDnsNamespaceCommand({ Name: "nodots" })),
      client.send(new CreatePrivateDnsNamespaceCommand({ Name: "a".repeat(254), Vpc: "vpc-1" })),
      client.send(new CreatePrivateDnsNamespaceCommand({ Name: "shop.local", Vpc: undefined })),
    ];
    for (const call of calls) expect((await failureOf(call)).name).toBe("InvalidInput");
  });

  test("are not deleted while they have services", async () => {
    const { world, client } = await openCloudMap();
    const namespace = seedNamespace(world);
    const service = seedService(world, namespace);
    const command = new DeleteNamespaceCommand({ Id: namespace.id });
    expect(await failureOf(client.send(command))).toMatchObject({ name: "ResourceInUse", status: 400 });
    await client.send(new DeleteServiceCommand({ Id: service.id }));
    await client.send(command);
    expect(world.namespaces.size).toBe(0);
  });

  test("are refused beyond their quota", async () => {
    const { world, client } = await openCloudMap();
    world.options.quotas = { ...world.options.quotas, namespaces: 1 };
    seedNamespace(world);
    const failure = await failureOf(client.send(new CreateHttpNamespaceCommand({ Name: "shop" })));
    expect(failure.name).toBe("ResourceLimitExceeded");
  });
});

describe("services", () => {
  test("are created at once, with their tags", async () => {
    const { world, client } = await openCloudMap({ operationDelayMs: Infinity });
    const namespace = seedNamespace(world);
    const Tags = [{ Key: "team", Value: "color" }];
    const { Service } = await client.send(
      new CreateServiceCommand({ Name: "web", NamespaceId: namespace.id, DnsConfig: A, Tags }),
    );
    expect(Service).toMatchObject({ Name: "web", NamespaceId: namespace.id, Type: "DNS_HTTP", InstanceCount: 0 });
    const read = await client.send(new GetServiceCommand({ Id: Service?.Arn }));
    expect(read.Service).toEqual(Service);
    const tags = await client.send(new ListTagsForResourceCommand({ ResourceARN: Service?.Arn }));
    expect(tags.Tags).toEqual(Tags);
  });

  test("of the same name exist once, in DNS whatever the case; a retry gets the one it has created", async () => {
    const { world, client } = await openCloudMap();
    const [dns, http] = [seedNamespace(world), seedNamespace(world, { name: "http", type: "HTTP" })];
    const request = { Name: "web", NamespaceId: dns.id, DnsConfig: A, CreatorRequestId: "one" };
    const { Service } = await client.send(new CreateServiceCommand(request));
    expect((await client.send(new CreateServiceCommand(request))).Service?.Id).toBe(Service?.Id);
    const other = { ...request, Name: "WEB", CreatorRequestId: "two" };
    expect(await failureOf(client.send(new CreateServiceCommand(other)))).toMatchObject({
      name: "ServiceAlreadyExists",
      ServiceId: Service?.Id,
      CreatorRequestId: "one",
    });
    for (const Name of ["web", "WEB"]) await client.send(new CreateServiceCommand({ Name, NamespaceId: http.id }));
  });

  test.each<[why: string, kind: "DNS_PRIVATE" | "DNS_PUBLIC" | "HTTP", request: Partial<CreateServiceCommandInput>]>([
    ["a name with a blank", "HTTP", { Name: "a b" }],
    ["a label of 64 characters", "HTTP", { Name: "a".repeat(64) }],
    ["a name of 129 characters", "HTTP", { Name: `${"a".repeat(63)}.${"b".repeat(63)}.c` }],
    ["records in an HTTP namespace", "HTTP", { DnsConfig: A }],
    ["no records in a DNS namespace", "DNS_PRIVATE", {}],
    ["records in a service of type HTTP", "DNS_PRIVATE", { DnsConfig: A, Type: "HTTP" }],
    ["A and SRV together", "DNS_PRIVATE", { DnsConfig: { DnsRecords: records("A", "SRV") } }],
    ["CNAME with MULTIVALUE", "DNS_PRIVATE", { DnsConfig: { DnsRecords: records("CNAME") } }],
    ["a Route 53 health check in a private namespace", "DNS_PRIVATE", { DnsConfig: A, HealthCheckConfig: http() }],
    ["both health checks", "DNS_PUBLIC", { DnsConfig: A, HealthCheckConfig: http(), HealthCheckCustomConfig: {} }],
    ["a path with a TCP check", "DNS_PUBLIC", { DnsConfig: A, HealthCheckConfig: { ...http(), Type: "TCP" } }],
    ["a negative TTL", "DNS_PRIVATE", { DnsConfig: { DnsRecords: [{ Type: "A", TTL: -1 }] } }],
  ])("are refused with %s", async (_why, type, request) => {
    const { world, client } = await openCloudMap();
    const { id } = seedNamespace(world, { type, name: "shop.com" });
    const command = new CreateServiceCommand({ Name: "web", NamespaceId: id, ...request });
    expect(await failureOf(client.send(command))).toMatchObject({ name: "InvalidInput", status: 400 });
  });

  test("are not deleted while they have instances, not even one on its way", async () => {
    const { world, client } = await openCloudMap({ operationDelayMs: 1_000 });
    const service = seedService(world, seedNamespace(world));
    const Attributes = { AWS_INSTANCE_IPV4: "10.0.0.1" };
    await client.send(new RegisterInstanceCommand({ ServiceId: service.id, InstanceId: "a", Attributes }));
    const command = new DeleteServiceCommand({ Id: service.id });
    expect(await failureOf(client.send(command))).toMatchObject({ name: "ResourceInUse", status: 400 });
    expect(world.services.size).toBe(1);
  });

  test("are updated by an operation that deletes what is left out, but never in HTTP namespaces", async () => {
    const { world, client } = await openCloudMap();
    const service = seedService(world, seedNamespace(world));
    const DnsConfig = { DnsRecords: [{ Type: "A" as const, TTL: 10 }] };
    await client.send(new UpdateServiceCommand({ Id: service.id, Service: { DnsConfig } }));
    expect(service.settings.dns?.DnsRecords).toEqual(DnsConfig.DnsRecords);
    const retyped = { DnsConfig: { DnsRecords: records("AAAA") } };
    const refused = client.send(new UpdateServiceCommand({ Id: service.id, Service: retyped }));
    expect((await failureOf(refused)).name).toBe("InvalidInput");
    await client.send(new UpdateServiceCommand({ Id: service.id, Service: {} }));
    expect(service.settings.dns).toBeUndefined();
    const http = seedService(world, seedNamespace(world, { type: "HTTP", name: "http" }));
    const call = client.send(new UpdateServiceCommand({ Id: http.id, Service: { Description: "new" } }));
    expect((await failureOf(call)).name).toBe("InvalidInput");
  });
});

describe("tags", () => {
  test("are added, replaced and removed, 50 at most", async () => {
    const { world, client } = await openCloudMap();
    const { arn } = seedService(world, seedNamespace(world), { tags: { a: "1", b: "1" } });
    const tag = (Tags: { Key: string; Value: string }[]) =>
      client.send(new TagResourceCommand({ ResourceARN: arn, Tags }));
    await tag([{ Key: "b", Value: "2" }]);
    await client.send(new UntagResourceCommand({ ResourceARN: arn, TagKeys: ["a"] }));
    const { Tags } = await client.send(new ListTagsForResourceCommand({ ResourceARN: arn }));
    expect(Tags).toEqual([{ Key: "b", Value: "2" }]);
    const many = Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}`, Value: "" }));
    expect((await failureOf(tag(many))).name).toBe("TooManyTagsException");
    const unknown = client.send(new ListTagsForResourceCommand({ ResourceARN: `${arn}x` }));
    expect((await failureOf(unknown)).name).toBe("ResourceNotFoundException");
  });
});

describe("a namespace that another account shares", () => {
  test("and its services are known by their ARNs alone", async () => {
    const { world, client } = await openCloudMap();
    const namespace = seedNamespace(world, { owner: "210987654321" });
    const byId = client.send(new CreateServiceCommand({ Name: "web", NamespaceId: namespace.id, DnsConfig: A }));
    expect((await failureOf(byId)).name).toBe("NamespaceNotFound");
    const { Service } = await client.send(
      new CreateServiceCommand({ Name: "web", NamespaceId: namespace.arn, DnsConfig: A }),
    );
    expect(Service).toMatchObject({ ResourceOwner: "210987654321", CreatedByAccount: world.account });
    expect(Service?.Arn).toContain(":210987654321:service/");
    const list = (Value: string) => {
      const Filters = [{ Name: "NAMESPACE_ID" as const, Values: [Value] }];
      return client.send(new ListServicesCommand({ Filters }));
    };
    expect((await list(namespace.id)).Services).toEqual([]);
    expect((await list(namespace.arn)).Services).toHaveLength(1);
    const unread = client.send(new ListInstancesCommand({ ServiceId: Service?.Id }));
    expect((await failureOf(unread)).name).toBe("ServiceNotFound");
    const read = await client.send(new ListInstancesCommand({ ServiceId: Service?.Arn }));
    expect(read.ResourceOwner).toBe("210987654321");
  });

  test("has operations that are found only with its owner's account", async () => {
    const { world, client } = await openCloudMap();
    const service = seedService(world, seedNamespace(world, { owner: "210987654321" }));
    seedInstance(world, service, "10.0.0.1");
    const Attributes = { AWS_INSTANCE_IPV4: "10.0.0.2" };
    const { OperationId } = await client.send(
      new RegisterInstanceCommand({ ServiceId: service.arn, InstanceId: "a", Attributes }),
    );
    const without = client.send(new GetOperationCommand({ OperationId }));
    expect((await failureOf(without)).name).toBe("OperationNotFound");
    const found = await client.send(new GetOperationCommand({ OperationId, OwnerAccount: "210987654321" }));
    expect(found.Operation).toMatchObject({ Status: "SUCCESS", OwnerAccount: "210987654321" });
  });
});

function records(...types: readonly ("A" | "AAAA" | "SRV" | "CNAME")[]) {
  return types.map((Type) => ({ Type, TTL: 60 }));
}

function http() {
  return { Type: "HTTP" as const, ResourcePath: "/" };
}
