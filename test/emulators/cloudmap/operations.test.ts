import {
  CreateHttpNamespaceCommand,
  DeleteServiceCommand,
  DeregisterInstanceCommand,
  GetOperationCommand,
  ListInstancesCommand,
  ListOperationsCommand,
  RegisterInstanceCommand,
} from "@aws-sdk/client-servicediscovery";
import type { ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";
import { describe, expect, test } from "vitest";
import { failureOf, openCloudMap } from "./fixture.ts";
import { DEFAULT_SWITCHES } from "./switches.ts";
import { seedInstance, seedNamespace, seedService } from "./seed.ts";

const Attributes = { AWS_INSTANCE_IPV4: "10.0.0.1" };

test("an operation is submitted, then pending, then a success, and only then has an effect", async () => {
  const { world, client, pass } = await openCloudMap({ operationDelayMs: 1_000 });
  const service = seedService(world, seedNamespace(world));
  const begun = new Date(world.now());
  const { OperationId } = await client.send(
    new RegisterInstanceCommand({ ServiceId: service.id, InstanceId: "a", Attributes }),
  );
  expect(await operation(client, OperationId)).toMatchObject({ Status: "SUBMITTED", CreateDate: begun });
  pass(999);
  expect((await operation(client, OperationId)).Status).toBe("PENDING");
  expect(service.instances.size).toBe(0);
  pass(1);
  expect(await operation(client, OperationId)).toMatchObject({
    Status: "SUCCESS",
    Type: "REGISTER_INSTANCE",
    UpdateDate: new Date(begun.getTime() + 1_000),
    Targets: { NAMESPACE: service.namespaceId, SERVICE: service.id, INSTANCE: "a" },
  });
  expect(service.instances.size).toBe(1);
});

test("a write to a service that was deleted is refused, or accepted and fails, as the switch says", async () => {
  for (const deletedService of ["accepted", "refused"] as const) {
    const { world, client } = await openCloudMap({ switches: { ...DEFAULT_SWITCHES, deletedService } });
    const { id: ServiceId } = seedService(world, seedNamespace(world));
    await client.send(new DeleteServiceCommand({ Id: ServiceId }));
    const ends = [
      client.send(new RegisterInstanceCommand({ ServiceId, InstanceId: "a", Attributes })),
      client.send(new DeregisterInstanceCommand({ ServiceId, InstanceId: "b" })),
    ].map((sent) =>
      sent.then(
        async ({ OperationId }) => (await operation(client, OperationId)).Status,
        ({ name }: Error) => name,
      ),
    );
    const expected = deletedService === "refused" ? "ServiceNotFound" : "FAIL";
    expect(await Promise.all(ends)).toEqual([expected, expected]);
  }
});

test("an operation that fails tells its cause and has no effect", async () => {
  const { world, client } = await openCloudMap({
    failOperation: () => ({ code: "THROTTLED_REQUEST", message: "Route 53 is busy" }),
  });
  const service = seedService(world, seedNamespace(world));
  seedInstance(world, service, "10.0.0.1");
  const { OperationId } = await client.send(
    new DeregisterInstanceCommand({ ServiceId: service.id, InstanceId: "10.0.0.1" }),
  );
  expect(await operation(client, OperationId)).toMatchObject({
    Status: "FAIL",
    ErrorCode: "THROTTLED_REQUEST",
    ErrorMessage: "Route 53 is busy",
  });
  expect(service.instances.size).toBe(1);
});

test("an operation that hangs keeps its instance busy, and no other", async () => {
  const { world, client } = await openCloudMap({
    failOperation: ({ targets }) => (targets.INSTANCE === "a" ? "hang" : undefined),
  });
  const service = seedService(world, seedNamespace(world));
  const register = (InstanceId: string) =>
    client.send(new RegisterInstanceCommand({ ServiceId: service.id, InstanceId, Attributes }));
  const { OperationId } = await register("a");
  expect(await failureOf(register("a"))).toMatchObject({ name: "DuplicateRequest", DuplicateOperationId: OperationId });
  await register("b");
  expect([...service.instances.keys()]).toEqual(["b"]);
});

test("another write to an instance is a DuplicateRequest while an operation runs on it", async () => {
  const { world, client, pass } = await openCloudMap({ operationDelayMs: 1_000 });
  const service = seedService(world, seedNamespace(world));
  seedInstance(world, service, "10.0.0.1");
  const instance = { ServiceId: service.id, InstanceId: "10.0.0.1" };
  const { OperationId } = await client.send(new RegisterInstanceCommand({ ...instance, Attributes }));
  const duplicate = { name: "DuplicateRequest", status: 400, DuplicateOperationId: OperationId };
  const again = { ...instance, Attributes, CreatorRequestId: "other" };
  expect(await failureOf(client.send(new RegisterInstanceCommand(again)))).toMatchObject(duplicate);
  expect(await failureOf(client.send(new DeregisterInstanceCommand(instance)))).toMatchObject(duplicate);
  pass(1_000);
  await client.send(new DeregisterInstanceCommand(instance));
});

test("a retry with the same CreatorRequestId and request gets the operation that runs already", async () => {
  const { world, client } = await openCloudMap({ operationDelayMs: 1_000 });
  const service = seedService(world, seedNamespace(world));
  const request = { ServiceId: service.id, InstanceId: "a", Attributes, CreatorRequestId: "one" };
  const first = await client.send(new RegisterInstanceCommand(request));
  const retried = await client.send(new RegisterInstanceCommand(request));
  expect(retried.OperationId).toBe(first.OperationId);
  const changed = { ...request, Attributes: { ...Attributes, version: "2" } };
  expect((await failureOf(client.send(new RegisterInstanceCommand(changed)))).name).toBe("DuplicateRequest");
});

test("a namespace that is being created is a DuplicateRequest to others", async () => {
  const { client } = await openCloudMap({ operationDelayMs: 1_000 });
  const { OperationId } = await client.send(new CreateHttpNamespaceCommand({ Name: "shop" }));
  const failure = await failureOf(client.send(new CreateHttpNamespaceCommand({ Name: "shop" })));
  expect(failure).toMatchObject({ name: "DuplicateRequest", DuplicateOperationId: OperationId });
});

test("an operation nobody began is not found", async () => {
  const { client } = await openCloudMap();
  const failure = await failureOf(client.send(new GetOperationCommand({ OperationId: "none" })));
  expect(failure).toMatchObject({ name: "OperationNotFound", status: 400 });
});

describe("ListOperations", () => {
  test("filters by status, type, service and date", async () => {
    const { world, client, pass } = await openCloudMap();
    const service = seedService(world, seedNamespace(world));
    await client.send(new CreateHttpNamespaceCommand({ Name: "other" }));
    pass(60_000);
    const at = world.now() / 1_000;
    await client.send(new RegisterInstanceCommand({ ServiceId: service.id, InstanceId: "a", Attributes }));
    world.options.operationDelayMs = Infinity;
    await client.send(new DeregisterInstanceCommand({ ServiceId: service.id, InstanceId: "a" }));
    const [create = "", register = "", deregister = ""] = world.operations.keys();
    const found = async (Name: string, Condition: string | undefined, ...Values: string[]) => {
      const filter = { Name, Values, ...(Condition === undefined ? {} : { Condition }) };
      const { Operations = [] } = await client.send(new ListOperationsCommand({ Filters: [filter as never] }));
      return Operations.map(({ Id }) => Id);
    };
    expect(await found("STATUS", undefined, "SUCCESS")).toEqual([create, register]);
    expect(await found("STATUS", "IN", "SUBMITTED", "PENDING")).toEqual([deregister]);
    expect(await found("TYPE", "EQ", "REGISTER_INSTANCE")).toEqual([register]);
    expect(await found("SERVICE_ID", "EQ", service.id)).toEqual([register, deregister]);
    expect(await found("UPDATE_DATE", "BETWEEN", String(at - 90), String(at - 30))).toEqual([create]);
    expect((await failureOf(found("TYPE", "BETWEEN", "A", "B")))["name"]).toBe("InvalidInput");
    expect((await failureOf(found("SERVICE_ID", "EQ", "a", "b")))["name"]).toBe("InvalidInput");
  });
});

async function operation(client: ServiceDiscoveryClient, OperationId: string | undefined) {
  const { Operation } = await client.send(new GetOperationCommand({ OperationId }));
  if (Operation === undefined) throw new Error("no operation");
  return Operation;
}

test("operations that take different times end in the order in which they are due", async () => {
  const { world, client, pass } = await openCloudMap();
  const service = seedService(world, seedNamespace(world));
  world.options.operationDelayOf = ({ targets }) => (targets.INSTANCE === "first" ? 2_000 : 1_000);
  for (const InstanceId of ["first", "second"])
    await client.send(new RegisterInstanceCommand({ ServiceId: service.id, InstanceId, Attributes }));
  const held = async () => {
    const { Instances = [] } = await client.send(new ListInstancesCommand({ ServiceId: service.id }));
    return Instances.map(({ Id }) => Id);
  };
  expect(await held()).toEqual([]);
  pass(1_000);
  expect(await held()).toEqual(["second"]);
  pass(1_000);
  expect(await held()).toEqual(["first", "second"]);
});
