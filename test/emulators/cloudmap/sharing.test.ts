import {
  CreateServiceCommand,
  DeleteNamespaceCommand,
  DeregisterInstanceCommand,
  GetNamespaceCommand,
  ListNamespacesCommand,
  ListServicesCommand,
  ListTagsForResourceCommand,
  RegisterInstanceCommand,
  TagResourceCommand,
} from "@aws-sdk/client-servicediscovery";
import type { NamespaceFilter } from "@aws-sdk/client-servicediscovery";
import { expect, test } from "vitest";
import { failureOf, openCloudMap } from "./fixture.ts";
import { seedNamespace, seedService } from "./seed.ts";

const OWNER = "444455556666";
const Attributes = { AWS_INSTANCE_IPV4: "10.0.0.1" };

test("namespaces that others share are listed among one's own, and told apart by RESOURCE_OWNER", async () => {
  const { client, own, shared } = await openShared();
  const list = async (...Filters: NamespaceFilter[]) =>
    (await client.send(new ListNamespacesCommand({ Filters }))).Namespaces?.map(({ Id }) => Id);
  expect(await list()).toEqual([own.id, shared.id]);
  expect(await list(owner("SELF"))).toEqual([own.id]);
  expect(await list(owner("OTHER_ACCOUNTS"), { Name: "NAME", Values: ["shop.local"] })).toEqual([shared.id]);
});

test("a shared namespace and what is in it are known by their ARNs alone", async () => {
  const { client, shared, service } = await openShared();
  const { Namespace } = await client.send(new GetNamespaceCommand({ Id: shared.arn }));
  expect(Namespace?.ResourceOwner).toBe(OWNER);
  expect(await failureOf(client.send(new GetNamespaceCommand({ Id: shared.id })))).toMatchObject({
    name: "NamespaceNotFound",
  });
  const list = async (value: string) =>
    (await client.send(new ListServicesCommand({ Filters: [{ Name: "NAMESPACE_ID", Values: [value] }] }))).Services;
  expect(await list(shared.id)).toEqual([]);
  expect(await list(shared.arn)).toMatchObject([{ Id: service.id, ResourceOwner: OWNER }]);
  const register = (ServiceId: string) =>
    client.send(new RegisterInstanceCommand({ ServiceId, InstanceId: "a", Attributes }));
  expect(await failureOf(register(service.id))).toMatchObject({ name: "ServiceNotFound" });
  await register(service.arn);
  await client.send(new DeregisterInstanceCommand({ ServiceId: service.arn, InstanceId: "a" }));
});

test("whoever a namespace is shared with makes services in it, but neither tags them nor deletes the namespace", async () => {
  const { client, shared, service } = await openShared();
  const create = { Name: "api", NamespaceId: shared.arn, DnsConfig: { DnsRecords: [{ Type: "A" as const, TTL: 60 }] } };
  const Tags = [{ Key: "a", Value: "b" }];
  const refused = [
    new CreateServiceCommand({ ...create, Tags }),
    new TagResourceCommand({ ResourceARN: service.arn, Tags }),
    new ListTagsForResourceCommand({ ResourceARN: service.arn }),
    new DeleteNamespaceCommand({ Id: shared.arn }),
  ];
  const messages = await Promise.all(refused.map((command) => failureOf(client.send(command as TagResourceCommand))));
  expect(messages.map(({ name, message }) => [name, /perform: (\S+)/.exec(String(message))?.[1]])).toEqual(
    ["TagResource", "TagResource", "ListTagsForResource", "DeleteNamespace"].map((right) => [
      "AccessDeniedException",
      `servicediscovery:${right}`,
    ]),
  );
  expect((await client.send(new CreateServiceCommand(create))).Service?.Name).toBe("api");
});

function owner(whose: string): NamespaceFilter {
  return { Name: "RESOURCE_OWNER", Condition: "EQ", Values: [whose] };
}

/** One's own `shop.local`, and another account's of the same name with a service. */
async function openShared() {
  const { world, client } = await openCloudMap();
  const own = seedNamespace(world);
  const shared = seedNamespace(world, { owner: OWNER });
  return { client, own, shared, service: seedService(world, shared) };
}
