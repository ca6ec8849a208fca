import {
  CreatePrivateDnsNamespaceCommand,
  DeleteServiceAttributesCommand,
  GetNamespaceCommand,
  GetOperationCommand,
  GetServiceAttributesCommand,
  UpdateHttpNamespaceCommand,
  UpdatePrivateDnsNamespaceCommand,
  UpdateServiceAttributesCommand,
} from "@aws-sdk/client-servicediscovery";
import { expect, test } from "vitest";
import { failureOf, openCloudMap } from "./fixture.ts";
import { seedNamespace, seedService } from "./seed.ts";

test("a service's own attributes are added, replaced and taken away", async () => {
  const { world, client } = await openCloudMap();
  const { id, arn } = seedService(world, seedNamespace(world));
  const update = (Attributes: Record<string, string>) =>
    client.send(new UpdateServiceAttributesCommand({ ServiceId: id, Attributes }));
  await update({ team: "color", tier: "front" });
  await update({ tier: "back" });
  const read = async () => (await client.send(new GetServiceAttributesCommand({ ServiceId: arn }))).ServiceAttributes;
  expect(await read()).toEqual({
    ServiceArn: arn,
    ResourceOwner: world.account,
    Attributes: { team: "color", tier: "back" },
  });
  await client.send(new DeleteServiceAttributesCommand({ ServiceId: id, Attributes: ["team", "none"] }));
  expect((await read())?.Attributes).toEqual({ tier: "back" });
});

test("a service has 30 attributes at most, and a request names 1 to 30", async () => {
  const { world, client } = await openCloudMap();
  const { id } = seedService(world, seedNamespace(world));
  const update = (count: number, prefix: string) =>
    client.send(
      new UpdateServiceAttributesCommand({
        ServiceId: id,
        Attributes: Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, "x"])),
      }),
    );
  await update(30, "a");
  expect(await failureOf(update(1, "b"))).toMatchObject({
    name: "ServiceAttributesLimitExceededException",
    status: 400,
  });
  for (const count of [0, 31]) expect(await failureOf(update(count, "c"))).toMatchObject({ name: "InvalidInput" });
  const absent = client.send(new GetServiceAttributesCommand({ ServiceId: "srv-none" }));
  expect(await failureOf(absent)).toMatchObject({ name: "ServiceNotFound" });
});

test("a namespace keeps the TTL that it is created with until it is updated, and what is left out stays", async () => {
  const { world, client } = await openCloudMap();
  await client.send(
    new CreatePrivateDnsNamespaceCommand({ Name: "shop.local", Vpc: "vpc-1", Description: "a", Properties: soa(100) }),
  );
  const [{ id: Id = "" } = {}] = world.namespaces.values();
  const read = async () => (await client.send(new GetNamespaceCommand({ Id }))).Namespace;
  expect(await read()).toMatchObject({ Description: "a", Properties: soa(100) });
  const { OperationId } = await client.send(
    new UpdatePrivateDnsNamespaceCommand({ Id, Namespace: { Properties: soa(60) } }),
  );
  const { Operation } = await client.send(new GetOperationCommand({ OperationId }));
  expect(Operation).toMatchObject({ Type: "UPDATE_NAMESPACE", Status: "SUCCESS", Targets: { NAMESPACE: Id } });
  expect(await read()).toMatchObject({ Description: "a", Properties: soa(60) });
  await client.send(new UpdatePrivateDnsNamespaceCommand({ Id, Namespace: { Description: "b" } }));
  expect(await read()).toMatchObject({ Description: "b", Properties: soa(60) });
});

test("a namespace is updated by the operation of its type, one at a time", async () => {
  const { world, client } = await openCloudMap({ operationDelayMs: 1_000 });
  const { id: Id } = seedNamespace(world, { type: "HTTP" });
  const wrong = client.send(new UpdatePrivateDnsNamespaceCommand({ Id, Namespace: { Description: "b" } }));
  expect(await failureOf(wrong)).toMatchObject({ name: "InvalidInput" });
  const update = (Description: string) =>
    client.send(new UpdateHttpNamespaceCommand({ Id, UpdaterRequestId: "one", Namespace: { Description } }));
  const { OperationId } = await update("a");
  expect((await update("a")).OperationId).toBe(OperationId);
  expect(await failureOf(update("b"))).toMatchObject({ name: "DuplicateRequest", DuplicateOperationId: OperationId });
});

const soa = (TTL: number) => ({ DnsProperties: { SOA: { TTL } } });
