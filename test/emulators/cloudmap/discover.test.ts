import {
  DeregisterInstanceCommand,
  DiscoverInstancesCommand,
  DiscoverInstancesRevisionCommand,
  GetInstancesHealthStatusCommand,
  RegisterInstanceCommand,
  UpdateInstanceCustomHealthStatusCommand,
} from "@aws-sdk/client-servicediscovery";
import type {
  DiscoverInstancesCommandInput,
  DiscoverInstancesCommandOutput,
  ServiceDiscoveryClient,
} from "@aws-sdk/client-servicediscovery";
import { describe, expect, test } from "vitest";
import { failureOf, openCloudMap } from "./fixture.ts";
import { seedInstance, seedNamespace, seedService } from "./seed.ts";
import { SWITCH_SETTINGS } from "./switches.ts";

const Attributes = { AWS_INSTANCE_IPV4: "10.0.0.1" };

describe("DiscoverInstances", () => {
  test("answers with the names, the attributes, and UNKNOWN health where no check is", async () => {
    const { world, client } = await openCloudMap();
    const service = seedService(world, seedNamespace(world));
    await client.send(new RegisterInstanceCommand({ ServiceId: service.id, InstanceId: "a", Attributes }));
    const { Instances } = await discover(client);
    expect(Instances).toEqual([
      { InstanceId: "a", NamespaceName: "shop.local", ServiceName: "web", HealthStatus: "UNKNOWN", Attributes },
    ]);
  });

  test("narrows by query parameters, and by optional ones only where something is left", async () => {
    const { world, client } = await openCloudMap();
    const service = seedService(world, seedNamespace(world));
    seedInstance(world, service, "1", { version: "blue", zone: "a" });
    seedInstance(world, service, "2", { version: "blue", zone: "b" });
    seedInstance(world, service, "3", { version: "red", zone: "c" });
    const ids = async (asked: Partial<DiscoverInstancesCommandInput>) => idsOf(await discover(client, asked));
    expect(await ids({ QueryParameters: { version: "blue" } })).toEqual(["1", "2"]);
    expect(await ids({ QueryParameters: { version: "blue", zone: "c" } })).toEqual([]);
    expect(await ids({ QueryParameters: { version: "blue" }, OptionalParameters: { zone: "b" } })).toEqual(["2"]);
    expect(await ids({ QueryParameters: { version: "blue" }, OptionalParameters: { zone: "c" } })).toEqual(["1", "2"]);
  });

  test("filters by health, and ignores the filter where no check is", async () => {
    const { world, client } = await openCloudMap();
    const namespace = seedNamespace(world);
    const checked = seedService(world, namespace, { hasCustomHealth: true });
    for (const id of ["1", "2"]) seedInstance(world, checked, id);
    seedInstance(world, checked, "3", { AWS_INIT_HEALTH_STATUS: "UNHEALTHY" });
    seedInstance(world, seedService(world, namespace, { name: "unchecked" }), "4");
    const ids = async (HealthStatus: "HEALTHY" | "UNHEALTHY" | "ALL" | "HEALTHY_OR_ELSE_ALL", ServiceName = "web") =>
      idsOf(await discover(client, { HealthStatus, ServiceName }));
    expect(await ids("HEALTHY")).toEqual(["1", "2"]);
    expect(await ids("UNHEALTHY")).toEqual(["3"]);
    expect(await ids("ALL")).toEqual(["1", "2", "3"]);
    expect(await ids("HEALTHY_OR_ELSE_ALL")).toEqual(["1", "2"]);
    for (const { health } of checked.discovery.instances.values()) health.status = "UNHEALTHY";
    expect(await ids("HEALTHY")).toEqual([]);
    expect(await ids("HEALTHY_OR_ELSE_ALL")).toEqual(["1", "2", "3"]);
    expect(await ids("UNHEALTHY", "unchecked")).toEqual(["4"]);
  });

  test("returns 100 instances, up to 1,000 if asked", async () => {
    const { world, client } = await openCloudMap();
    const service = seedService(world, seedNamespace(world));
    for (let index = 0; index < 1_000; index++) seedInstance(world, service, `i-${index}`);
    expect((await discover(client)).Instances).toHaveLength(100);
    expect((await discover(client, { MaxResults: 1_000 })).Instances).toHaveLength(1_000);
    expect((await failureOf(discover(client, { MaxResults: 1_001 }))).name).toBe("InvalidInput");
  });

  test("hears of changes later, with a revision that grows with them and not with health", async () => {
    const { world, client, pass } = await openCloudMap({ discoverDelayMs: 5_000 });
    const service = seedService(world, seedNamespace(world), { hasCustomHealth: true });
    const instance = { ServiceId: service.id, InstanceId: "a" };
    const revision = async () => {
      const names = { NamespaceName: "shop.local", ServiceName: "web" };
      const answer = await client.send(new DiscoverInstancesRevisionCommand(names));
      return answer.InstancesRevision ?? 0;
    };
    const begun = await revision();
    await client.send(new RegisterInstanceCommand({ ...instance, Attributes }));
    expect([idsOf(await discover(client)), await revision()]).toEqual([[], begun]);
    pass(5_000);
    expect([idsOf(await discover(client)), await revision()]).toEqual([["a"], begun + 1]);
    await client.send(new UpdateInstanceCustomHealthStatusCommand({ ...instance, Status: "UNHEALTHY" }));
    pass(30_000);
    const { Instances, InstancesRevision } = await discover(client, { HealthStatus: "ALL" });
    expect([Instances?.[0]?.HealthStatus, InstancesRevision]).toEqual(["UNHEALTHY", begun + 1]);
    await client.send(new DeregisterInstanceCommand(instance));
    expect(idsOf(await discover(client))).toEqual(["a"]);
    pass(5_000);
    expect([idsOf(await discover(client)), await revision()]).toEqual([[], begun + 2]);
  });

  test("does not know other names, and shared namespaces only with their owner's account", async () => {
    const { world, client } = await openCloudMap();
    const shared = seedNamespace(world, { name: "theirs", owner: "210987654321" });
    seedInstance(world, seedService(world, shared), "a");
    seedNamespace(world);
    expect((await failureOf(discover(client, { NamespaceName: "none" }))).name).toBe("NamespaceNotFound");
    expect((await failureOf(discover(client, { ServiceName: "none" }))).name).toBe("ServiceNotFound");
    expect((await failureOf(discover(client, { NamespaceName: "theirs" }))).name).toBe("NamespaceNotFound");
    expect(idsOf(await discover(client, { NamespaceName: "theirs", OwnerAccount: "210987654321" }))).toEqual(["a"]);
  });
});

describe("custom health", () => {
  test("begins as AWS_INIT_HEALTH_STATUS says, and changes 30 s after it was first sent", async () => {
    const { world, client, pass } = await openCloudMap();
    const service = seedService(world, seedNamespace(world), { hasCustomHealth: true });
    const unhealthy = { ...Attributes, AWS_INIT_HEALTH_STATUS: "UNHEALTHY" };
    await register(client, service.id, "a", Attributes);
    await register(client, service.id, "b", unhealthy);
    expect(await statuses(client, service.id)).toEqual({ a: "HEALTHY", b: "UNHEALTHY" });
    await setHealth(client, service.id, "a", "UNHEALTHY");
    pass(20_000);
    await setHealth(client, service.id, "a", "UNHEALTHY");
    pass(9_999);
    expect(await statuses(client, service.id)).toMatchObject({ a: "HEALTHY" });
    pass(1);
    expect(await statuses(client, service.id)).toMatchObject({ a: "UNHEALTHY" });
  });

  test("stays where a status is taken back before it shows", async () => {
    const { world, client, pass } = await openCloudMap();
    const service = seedService(world, seedNamespace(world), { hasCustomHealth: true });
    seedInstance(world, service, "a");
    await setHealth(client, service.id, "a", "UNHEALTHY");
    pass(10_000);
    await setHealth(client, service.id, "a", "HEALTHY");
    pass(60_000);
    expect(await statuses(client, service.id)).toEqual({ a: "HEALTHY" });
  });

  test("cannot be set without a custom check, or for an instance that is not there", async () => {
    const { world, client } = await openCloudMap();
    const service = seedService(world, seedNamespace(world));
    seedInstance(world, service, "a");
    const failure = await failureOf(setHealth(client, service.id, "a", "HEALTHY"));
    expect(failure).toMatchObject({ name: "CustomHealthNotFound", status: 400 });
    expect((await failureOf(setHealth(client, service.id, "b", "HEALTHY"))).name).toBe("InstanceNotFound");
  });

  test("is read in pages, or for some instances by id, all of which must exist", async () => {
    const { world, client } = await openCloudMap({ maxPageSize: 2 });
    const service = seedService(world, seedNamespace(world), { hasCustomHealth: true });
    for (const id of ["a", "b", "c"]) seedInstance(world, service, id);
    const read = (asked: { Instances?: string[]; NextToken?: string | undefined }) =>
      client.send(new GetInstancesHealthStatusCommand({ ServiceId: service.id, ...asked }));
    const first = await read({});
    const second = await read({ NextToken: first.NextToken });
    expect([first.Status, second.Status]).toEqual([{ a: "HEALTHY", b: "HEALTHY" }, { c: "HEALTHY" }]);
    expect((await read({ Instances: ["b"] })).Status).toEqual({ b: "HEALTHY" });
    expect((await failureOf(read({ Instances: ["b", "d"] }))).name).toBe("InstanceNotFound");
  });

  test.each(SWITCH_SETTINGS)("an update $switches.updateOfHealth it with $name switches", async ({ switches }) => {
    const { world, client } = await openCloudMap({ switches, customHealthDelayMs: 0 });
    const service = seedService(world, seedNamespace(world), { hasCustomHealth: true });
    await register(client, service.id, "a", Attributes);
    await setHealth(client, service.id, "a", "UNHEALTHY");
    await register(client, service.id, "a", { ...Attributes, version: "2" });
    const expected = switches.updateOfHealth === "keeps" ? "UNHEALTHY" : "HEALTHY";
    expect(await statuses(client, service.id)).toEqual({ a: expected });
  });

  test.each(SWITCH_SETTINGS)(
    "discovery takes $switches.defaultHealthFilter with $name switches",
    async ({ switches }) => {
      const { world, client } = await openCloudMap({ switches });
      const service = seedService(world, seedNamespace(world), { hasCustomHealth: true });
      seedInstance(world, service, "a");
      seedInstance(world, service, "b", { AWS_INIT_HEALTH_STATUS: "UNHEALTHY" });
      expect(idsOf(await discover(client))).toEqual(switches.defaultHealthFilter === "ALL" ? ["a", "b"] : ["a"]);
    },
  );
});

function discover(client: ServiceDiscoveryClient, asked: Partial<DiscoverInstancesCommandInput> = {}) {
  return client.send(new DiscoverInstancesCommand({ NamespaceName: "shop.local", ServiceName: "web", ...asked }));
}

/** Sorted, as they come in a random order. */
function idsOf({ Instances = [] }: DiscoverInstancesCommandOutput): readonly string[] {
  return Instances.map(({ InstanceId = "" }) => InstanceId).toSorted();
}

function register(
  client: ServiceDiscoveryClient,
  ServiceId: string,
  InstanceId: string,
  attributes: Record<string, string>,
) {
  return client.send(new RegisterInstanceCommand({ ServiceId, InstanceId, Attributes: attributes }));
}

function setHealth(
  client: ServiceDiscoveryClient,
  ServiceId: string,
  InstanceId: string,
  Status: "HEALTHY" | "UNHEALTHY",
) {
  return client.send(new UpdateInstanceCustomHealthStatusCommand({ ServiceId, InstanceId, Status }));
}

async function statuses(client: ServiceDiscoveryClient, ServiceId: string) {
  const { Status } = await client.send(new GetInstancesHealthStatusCommand({ ServiceId }));
  return Status;
}
