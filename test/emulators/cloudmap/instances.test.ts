import {
  DeregisterInstanceCommand,
  GetInstanceCommand,
  ListInstancesCommand,
  RegisterInstanceCommand,
} from "@aws-sdk/client-servicediscovery";
import type { ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";
import { describe, expect, test } from "vitest";
import { failureOf, openCloudMap } from "./fixture.ts";
import { seedInstance, seedNamespace, seedService } from "./seed.ts";
import { SWITCH_SETTINGS } from "./switches.ts";

type Attributes = Record<string, string>;
const IPV4 = { AWS_INSTANCE_IPV4: "10.0.0.1" };

describe("RegisterInstance", () => {
  test("replaces all attributes of an instance that exists", async () => {
    const { world, client } = await openCloudMap();
    const service = seedService(world, seedNamespace(world));
    await register(client, service.id, "a", { ...IPV4, version: "1", team: "color" });
    await register(client, service.id, "a", { ...IPV4, version: "2" });
    expect(await list(client, service.id)).toEqual([{ Id: "a", Attributes: { ...IPV4, version: "2" } }]);
  });

  test("takes a service by its ARN as well as by its id", async () => {
    const { world, client } = await openCloudMap();
    const service = seedService(world, seedNamespace(world));
    await register(client, service.arn, "a", IPV4);
    expect([...service.instances.keys()]).toEqual(["a"]);
    expect((await failureOf(register(client, "srv-none", "a", IPV4))).name).toBe("ServiceNotFound");
  });

  test.each<[why: string, id: string, attributes: Attributes]>([
    ["an id of 65 characters", "a".repeat(65), IPV4],
    ["an id with a blank", "a b", IPV4],
    ["a key of 256 characters", "a", { ...IPV4, ["k".repeat(256)]: "v" }],
    ["a key with a blank", "a", { ...IPV4, "a key": "v" }],
    ["a key beyond ASCII", "a", { ...IPV4, ключ: "v" }],
    ["a value of 1,025 characters", "a", { ...IPV4, key: "v".repeat(1_025) }],
    ["a value that begins with a blank", "a", { ...IPV4, key: " v" }],
    ["a value beyond ASCII", "a", { ...IPV4, key: "grün" }],
    ["31 custom attributes", "a", { ...IPV4, ...numbered(31) }],
    ["5,001 characters in all", "a", { ...IPV4, ...filled(5_001) }],
    ["an address that is none", "a", { AWS_INSTANCE_IPV4: "10.0.0.256" }],
    ["a port beyond 65535", "a", { ...IPV4, AWS_INSTANCE_PORT: "65536" }],
    ["an initial health that is none", "a", { ...IPV4, AWS_INIT_HEALTH_STATUS: "FINE" }],
    ["no AWS_INSTANCE_IPV4 though there is an A record", "a", { version: "1" }],
  ])("refuses %s", async (_why, id, attributes) => {
    const { world, client } = await openCloudMap();
    const service = seedService(world, seedNamespace(world));
    const failure = await failureOf(register(client, service.id, id, attributes));
    expect(failure).toMatchObject({ name: "InvalidInput", status: 400 });
    expect(service.instances.size).toBe(0);
  });

  test.each<[what: string, id: string, attributes: Attributes]>([
    ["an id of 64 characters", "a".repeat(64), IPV4],
    ["an id of every kind of character", "aZ0_/:.@-", IPV4],
    ["a key of 255 and a value of 1,024 characters", "a", { ...IPV4, ["k".repeat(255)]: "v".repeat(1_024) }],
    ["30 custom attributes besides Cloud Map's own", "a", { ...IPV4, AWS_INSTANCE_PORT: "80", ...numbered(30) }],
    ["5,000 characters in all", "a", { ...IPV4, ...filled(5_000) }],
  ])("takes %s", async (_what, id, attributes) => {
    const { world, client } = await openCloudMap();
    const service = seedService(world, seedNamespace(world));
    await register(client, service.id, id, attributes);
    expect(await list(client, service.id)).toEqual([{ Id: id, Attributes: attributes }]);
  });

  test.each([
    ["AAAA", { AWS_INSTANCE_IPV4: "10.0.0.1" }, { AWS_INSTANCE_IPV6: "2001:db8::1" }],
    ["CNAME", { AWS_INSTANCE_IPV4: "10.0.0.1" }, { AWS_INSTANCE_CNAME: "example.com" }],
    ["SRV", { AWS_INSTANCE_IPV4: "10.0.0.1" }, { AWS_INSTANCE_IPV4: "10.0.0.1", AWS_INSTANCE_PORT: "80" }],
    ["SRV", { AWS_INSTANCE_PORT: "80" }, { AWS_INSTANCE_IPV6: "2001:db8::1", AWS_INSTANCE_PORT: "80" }],
  ] as const)("demands what an %s record is made of", async (record, tooLittle, enough) => {
    const { world, client } = await openCloudMap();
    const service = seedService(world, seedNamespace(world), { records: [record] });
    expect((await failureOf(register(client, service.id, "a", tooLittle))).name).toBe("InvalidInput");
    await register(client, service.id, "a", enough);
  });

  test("takes an alias of a load balancer only where the policy is WEIGHTED, and instead of the address", async () => {
    const { world, client } = await openCloudMap();
    const service = seedService(world, seedNamespace(world));
    const alias = { AWS_ALIAS_DNS_NAME: "lb-1.us-west-2.elb.amazonaws.com" };
    expect((await failureOf(register(client, service.id, "a", alias))).name).toBe("InvalidInput");
    const weighted = seedService(world, seedNamespace(world), { isWeighted: true });
    for (const wrong of [{ ...alias, ...IPV4 }, { AWS_ALIAS_DNS_NAME: "lb.example.com" }])
      expect((await failureOf(register(client, weighted.id, "a", wrong))).name).toBe("InvalidInput");
    await register(client, weighted.id, "a", alias);
  });

  test("takes no alias in GovCloud", async () => {
    const { world, client } = await openCloudMap({ region: "us-gov-west-1" });
    const weighted = seedService(world, seedNamespace(world), { isWeighted: true });
    const alias = { AWS_ALIAS_DNS_NAME: "lb-1.us-gov-west-1.elb.amazonaws.com" };
    expect((await failureOf(register(client, weighted.id, "a", alias))).name).toBe("InvalidInput");
  });

  test("fills in the address of an EC2 instance, in HTTP namespaces only", async () => {
    const { world, client } = await openCloudMap({ ec2Addresses: { "i-0123456789abcdef0": "10.9.8.7" } });
    const ec2 = { AWS_EC2_INSTANCE_ID: "i-0123456789abcdef0" };
    const http = seedService(world, seedNamespace(world, { type: "HTTP", name: "http" }));
    await register(client, http.id, "a", ec2);
    expect(await list(client, http.id)).toEqual([{ Id: "a", Attributes: { ...ec2, AWS_INSTANCE_IPV4: "10.9.8.7" } }]);
    const dns = seedService(world, seedNamespace(world));
    expect((await failureOf(register(client, dns.id, "a", ec2))).name).toBe("InvalidInput");
    expect((await failureOf(register(client, http.id, "a", { ...ec2, version: "1" }))).name).toBe("InvalidInput");
  });

  test("is refused at a service's quota, counting those on their way, but updates go on", async () => {
    const { world, client } = await openCloudMap({ operationDelayMs: Infinity });
    world.options.quotas = { ...world.options.quotas, instancesPerService: 2 };
    const service = seedService(world, seedNamespace(world));
    seedInstance(world, service, "10.0.0.1");
    await register(client, service.id, "10.0.0.2", { AWS_INSTANCE_IPV4: "10.0.0.2" });
    const third = { AWS_INSTANCE_IPV4: "10.0.0.3" };
    const failure = await failureOf(register(client, service.id, "10.0.0.3", third));
    expect(failure).toMatchObject({ name: "ResourceLimitExceeded", status: 400 });
    await register(client, service.id, "10.0.0.1", { ...IPV4, version: "2" });
  });

  test("is refused at a namespace's quota, which its services share", async () => {
    const { world, client } = await openCloudMap();
    world.options.quotas = { ...world.options.quotas, instancesPerNamespace: 2 };
    const namespace = seedNamespace(world);
    const [first, second] = [seedService(world, namespace), seedService(world, namespace, { name: "api" })];
    seedInstance(world, first, "10.0.0.1");
    seedInstance(world, first, "10.0.0.2");
    expect((await failureOf(register(client, second.id, "a", IPV4))).name).toBe("ResourceLimitExceeded");
  });
});

describe("DeregisterInstance", () => {
  test("removes one instance, and does not find it a second time", async () => {
    const { world, client } = await openCloudMap();
    const service = seedService(world, seedNamespace(world));
    for (const id of ["10.0.0.1", "10.0.0.2"]) seedInstance(world, service, id);
    const command = new DeregisterInstanceCommand({ ServiceId: service.id, InstanceId: "10.0.0.1" });
    await client.send(command);
    expect((await list(client, service.id)).map(({ Id }) => Id)).toEqual(["10.0.0.2"]);
    expect(await failureOf(client.send(command))).toMatchObject({ name: "InstanceNotFound", status: 400 });
    const read = new GetInstanceCommand({ ServiceId: service.id, InstanceId: "10.0.0.1" });
    expect((await failureOf(client.send(read))).name).toBe("InstanceNotFound");
  });
});

describe.each(SWITCH_SETTINGS)("with $name switches", ({ switches }) => {
  test(`reads show writes that are ${switches.writesShow}`, async () => {
    const { world, client, pass } = await openCloudMap({ switches, operationDelayMs: 1_000 });
    const service = seedService(world, seedNamespace(world));
    for (const id of ["10.0.0.1", "10.0.0.2"]) seedInstance(world, service, id);
    const ids = async () => (await list(client, service.id)).map(({ Id }) => Id);
    await register(client, service.id, "10.0.0.3", { AWS_INSTANCE_IPV4: "10.0.0.3" });
    await client.send(new DeregisterInstanceCommand({ ServiceId: service.id, InstanceId: "10.0.0.1" }));
    const [before, after] = [
      ["10.0.0.1", "10.0.0.2"],
      ["10.0.0.2", "10.0.0.3"],
    ];
    expect(await ids()).toEqual(switches.writesShow === "accepted" ? after : before);
    pass(1_000);
    expect(await ids()).toEqual(after);
  });

  test(`empty values are ${switches.emptyValues}`, async () => {
    const { world, client } = await openCloudMap({ switches });
    const service = seedService(world, seedNamespace(world));
    const answer = await answerOf(register(client, service.id, "a", { ...IPV4, empty: "" }));
    expect(answer).toBe(switches.emptyValues === "accepted" ? "accepted" : "InvalidInput");
  });

  test(`AWS_INIT_HEALTH_STATUS is ${switches.initHealth} by reads`, async () => {
    const { world, client } = await openCloudMap({ switches });
    const service = seedService(world, seedNamespace(world), { hasCustomHealth: true });
    const health = { AWS_INIT_HEALTH_STATUS: "UNHEALTHY" };
    await register(client, service.id, "a", { ...IPV4, ...health });
    const [read] = await list(client, service.id);
    expect(read?.Attributes).toEqual(switches.initHealth === "returned" ? { ...IPV4, ...health } : IPV4);
  });

  test(`AWS_INIT_HEALTH_STATUS without a custom health check is ${switches.initHealthWithoutCheck}`, async () => {
    const { world, client } = await openCloudMap({ switches });
    const service = seedService(world, seedNamespace(world));
    const answer = await answerOf(register(client, service.id, "a", { ...IPV4, AWS_INIT_HEALTH_STATUS: "HEALTHY" }));
    expect(answer).toBe(switches.initHealthWithoutCheck === "accepted" ? "accepted" : "InvalidInput");
  });
});

function register(client: ServiceDiscoveryClient, ServiceId: string, InstanceId: string, Attributes: Attributes) {
  return client.send(new RegisterInstanceCommand({ ServiceId, InstanceId, Attributes }));
}

async function answerOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "accepted",
    (error: unknown) => (error instanceof Error ? error.name : String(error)),
  );
}

async function list(client: ServiceDiscoveryClient, ServiceId: string) {
  const { Instances = [] } = await client.send(new ListInstancesCommand({ ServiceId }));
  return Instances.map(({ Id, Attributes }) => ({ Id, Attributes }));
}

function numbered(count: number): Attributes {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index}`, "value"]));
}

/** Attributes that make `total` characters together with AWS_INSTANCE_IPV4 and its value. */
function filled(total: number): Attributes {
  const [first, ...rest] = ["a", "b", "c", "d"].map((key) => [key, "v".repeat(1_000)] as const);
  const left = total - "AWS_INSTANCE_IPV410.0.0.1".length - 4 * 1_001 - 1;
  return Object.fromEntries([["e", "v".repeat(left)], first ?? [], ...rest]) as Attributes;
}
