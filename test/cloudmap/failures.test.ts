import { expect, test } from "vitest";
import { deniedRight, failure } from "../../functions/cloudmap/failures.ts";
import { seedInstance, seedNamespace } from "../emulators/cloudmap/seed.ts";
import { findService } from "../emulators/cloudmap/identity.ts";
import { openRegistry } from "./fixture.ts";

/** A failure says what was not done, why, and what to do next. */

const ARN = "arn:aws:servicediscovery:eu-west-1:111122223333:service/srv-1";

test.each([
  ["ServiceNotFound", "x", "the service was deleted meanwhile, the next pass looks it up again"],
  ["InstanceNotFound", "x", "it was removed meanwhile, the next pass looks it up again"],
  ["NamespaceNotFound", "x", "check `namespaces` in the configuration"],
  ["CredentialsProviderError", "x", "give the process AWS credentials"],
  ["InvalidInput", "x", "change the mapping, or the service's DNS records"],
  ["InvalidSignatureException", "Signature expired: 2026 is now earlier than 2027", "set this machine's clock"],
  ["InvalidSignatureException", "Signature not yet current: 2027 is still later", "set this machine's clock"],
  ["InvalidSignatureException", "x", "renew the AWS credentials, and check their account and the clock"],
  ["ExpiredTokenException", "x", "renew the AWS credentials, and check their account and the clock"],
  ["UnrecognizedClientException", "x", "renew the AWS credentials, and check their account and the clock"],
  ["InvalidClientTokenId", "x", "renew the AWS credentials, and check their account and the clock"],
  ["MissingAuthenticationToken", "x", "renew the AWS credentials, and check their account and the clock"],
  ["TimeoutError", "x", "check the AWS region, the endpoint and the network"],
])("after %s (%s): %s", (name, message, remedy) => {
  const error = failure("ListInstances", "it was not done", ARN, named(name, message));
  expect(error.message).toBe(`it was not done: ${message}; ${remedy}`);
});

test("what nobody can do anything about is told as it is", () => {
  for (const error of [named("InternalFailure", "x"), named("NotExpiredAtAll", "No Signature expired"), "x"])
    expect(failure("ListInstances", "it was not done", ARN, error).message).toMatch(
      /^it was not done: (x|No Signature expired)$/,
    );
});

test.each([
  ["no", `servicediscovery:ListInstances on ${ARN}`],
  [
    "User: me is not authorized to perform: servicediscovery:TagResource because",
    `servicediscovery:TagResource on ${ARN}`,
  ],
  [
    "not authorized to perform: servicediscovery:ListInstances on resource: arn:of-it because",
    "servicediscovery:ListInstances on arn:of-it",
  ],
])("a right that is lacking is the one that AWS names, else the call's own: %s", (message, right) => {
  const error = failure("ListInstances", "it was not done", ARN, named("AccessDeniedException", message));
  expect(error.message).toBe(`it was not done: ${message}; grant ${right}`);
});

test("what AWS does not name is left out", () => {
  expect(deniedRight(new Error("no"))).toEqual({});
  expect(deniedRight(new Error("not authorized to perform: a:B"))).toEqual({ right: "a:B" });
});

type Opened = Awaited<ReturnType<typeof openRegistry>>;

test.each<[string, string, (opened: Opened) => Promise<unknown>]>([
  ["ListInstances", "the instances of shop.local/web could not be listed", list],
  ["GetInstancesHealthStatus", "the health of shop.local/web's instances could not be read", list],
  [
    "ListServices",
    "the services of namespace shop.local could not be listed",
    ({ registry, service }) => registry.listServicesIn(service.namespace, Infinity, { fresh: true }),
  ],
  [
    "CreateService",
    "service shop.local/api could not be created",
    ({ registry, service }) => registry.createService(service.namespace, "api", { records: ["A"], health: "none" }),
  ],
  [
    "DeleteService",
    "service shop.local/web could not be deleted",
    ({ registry, service }) => registry.deleteService(service),
  ],
  ["ListNamespaces", "Cloud Map namespaces could not be listed", ({ another }) => readFirst(another())],
  [
    "GetNamespace",
    "namespace ns-1234567890abcdef could not be read",
    ({ another }) => readFirst(another({ namespaces: ["ns-1234567890abcdef"] })),
  ],
])("where %s is denied: %s, and the right is named", async (operation, what, act) => {
  const opened = await openRegistry({ hasCustomHealth: true });
  const { world, held, service } = opened;
  seedInstance(world, findService(world, held.id), "10.0.0.1");
  world.tags.set(service.arn, [{ Key: "eks-cloudmap-sync/owner", Value: "me" }]);
  world.options.fault = (asked) =>
    asked.operation === operation ? { error: "AccessDeniedException", message: "no", status: 400 } : undefined;
  await expect(act(opened)).rejects.toThrow(`${what}: no; grant servicediscovery:${operation} on `);
});

test("each call is counted by the name of its operation", async () => {
  const counted: string[] = [];
  const { world, registry, service, another, held } = await openRegistry({
    hasCustomHealth: true,
    onCall: (operation) => counted.push(operation),
  });
  seedInstance(world, findService(world, held.id), "10.0.0.1");
  counted.length = 0;
  const id = seedNamespace(world, { name: "other.local" }).id;
  await another({ namespaces: [id, "shop.local"] }).listNamespaces();
  await registry.listServicesIn(service.namespace, Infinity, { fresh: true });
  await list({ registry, service });
  world.tags.set(service.arn, [{ Key: "eks-cloudmap-sync/owner", Value: "me" }]);
  await registry.deleteService(service);
  expect(counted.toSorted()).toEqual(world.calls.map(({ operation }) => operation).toSorted());
  expect(new Set(counted).size).toBe(7);
});

function list({ registry, service }: Pick<Opened, "registry" | "service">): Promise<unknown> {
  return registry.listInstances(service);
}

async function readFirst(registry: Opened["registry"]): Promise<unknown> {
  const [first] = await registry.listNamespaces();
  if (first !== undefined && "failure" in first.read) throw first.read.failure;
  return first;
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}
