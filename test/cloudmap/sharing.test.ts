import { expect, test } from "vitest";
import { createRegistry } from "../../functions/cloudmap/registry.ts";
import type { RegistryOptions } from "../../functions/cloudmap/registry.ts";
import type { ServiceKind } from "../../functions/core/model.ts";
import { openCloudMap } from "../emulators/cloudmap/fixture.ts";
import { seedNamespace, seedService } from "../emulators/cloudmap/seed.ts";
import { FAR, register, resultsOf } from "./changes.ts";
import { readOf } from "./fixture.ts";

const THEIRS = "444455556666";
const KIND: ServiceKind = { records: ["A"], health: "none" };
const OWNER_TAG = { Key: "eks-cloudmap-sync/owner", Value: "me" };
const OPTIONS = {
  owner: "me",
  services: { ttl: 60, customHealth: false, tags: {} },
  rates: {},
} satisfies Partial<RegistryOptions>;

test("a name means one of one's own namespaces, whatever others share", async () => {
  const { world, client } = await openCloudMap();
  seedNamespace(world, { owner: THEIRS });
  const own = seedNamespace(world);
  const registry = createRegistry({ ...OPTIONS, client, namespaces: ["shop.local"] });
  expect((await readOf(registry)).namespace.id).toBe(own.id);
});

test("a namespace that is only shared is not found by its name, and the message says how to name it", async () => {
  const { world, client } = await openCloudMap();
  seedNamespace(world, { owner: THEIRS });
  const registry = createRegistry({ ...OPTIONS, client, namespaces: ["shop.local", "other.local"] });
  await expect(readOf(registry)).rejects.toThrow(/shop\.local does not exist.*named by its ARN/);
});

test.each(["ns-prod.local", "ns-prod"])("a namespace may be called %s", async (name) => {
  const { world, client } = await openCloudMap();
  const held = seedNamespace(world, { name });
  const registry = createRegistry({ ...OPTIONS, client, namespaces: [name] });
  expect((await readOf(registry)).namespace.id).toBe(held.id);
});

test("a service in a shared namespace is created without tags where tagging is refused, and a warning says so", async () => {
  const { registry, world, shared, warnings } = await openShared();
  const created = await registry.createService((await readOf(registry)).namespace, "api", KIND);
  expect(created).toMatchObject({ name: "api", records: ["A"] });
  expect(world.tags.get(created?.arn ?? "")).toEqual([]);
  expect(warnings).toEqual([expect.stringMatching(new RegExp(`${shared.arn} are created without tags`))]);
  // It is written all the same, by its ARN.
  if (created === undefined) throw new Error("there is no service");
  expect(resultsOf(await registry.apply(created, [register("10.0.0.1")], FAR))).toEqual(["done"]);
});

test("a service in a shared namespace is tagged where the sharing allows it", async () => {
  const { registry, world, warnings } = await openShared();
  world.options.sharesTagging = true;
  const created = await registry.createService((await readOf(registry)).namespace, "api", KIND);
  expect(world.tags.get(created?.arn ?? "")).toEqual([OWNER_TAG]);
  expect(warnings).toEqual([]);
});

test("a service that may not be created in a shared namespace is not tried without tags", async () => {
  const { registry, world, warnings } = await openShared();
  const { namespace } = await readOf(registry);
  world.options.lacks = ({ operation }) => operation === "CreateService";
  world.calls.length = 0;
  await expect(registry.createService(namespace, "api", KIND)).rejects.toThrow("grant servicediscovery:CreateService");
  expect(world.calls).toHaveLength(1);
  expect(warnings).toEqual([]);
});

test("a service whose tags may not be read stays: that this owner made it cannot be known", async () => {
  const { registry, service } = await openShared();
  const [held] = (await readOf(registry)).services;
  if (held === undefined) throw new Error("there is no service");
  expect(await registry.deleteService(held)).toBe(false);
  expect(held.id).toBe(service.id);
});

test("in one's own namespace a denied right is a failure that names it, not the call that needed it", async () => {
  const { world, client } = await openCloudMap();
  seedService(world, seedNamespace(world));
  const registry = createRegistry({ ...OPTIONS, client, namespaces: ["shop.local"] });
  const { namespace, services } = await readOf(registry);
  world.options.lacks = ({ operation }) => /Tag/.test(operation);
  await expect(registry.createService(namespace, "api", KIND)).rejects.toThrow(
    "; grant servicediscovery:TagResource on *",
  );
  const [service] = services;
  if (service === undefined) throw new Error("there is no service");
  await expect(registry.deleteService(service)).rejects.toThrow("; grant servicediscovery:ListTagsForResource on *");
});

test("services are created with the configuration's own tags beside the owner's", async () => {
  const { world, client } = await openCloudMap();
  seedNamespace(world);
  const services = { ...OPTIONS.services, tags: { team: "shop", "cost center": "42" } };
  const registry = createRegistry({ ...OPTIONS, services, client, namespaces: ["shop.local"] });
  const created = await registry.createService((await readOf(registry)).namespace, "api", KIND);
  expect(world.tags.get(created?.arn ?? "")).toEqual([
    { Key: "team", Value: "shop" },
    { Key: "cost center", Value: "42" },
    OWNER_TAG,
  ]);
});

/** Another account's namespace, known by its ARN, with a service. */
async function openShared() {
  const { world, client } = await openCloudMap();
  const shared = seedNamespace(world, { owner: THEIRS });
  const service = seedService(world, shared);
  const warnings: string[] = [];
  const onWarning = (warning: string) => warnings.push(warning);
  const registry = createRegistry({ ...OPTIONS, client, namespaces: [shared.arn], onWarning });
  return { world, registry, shared, service, warnings };
}
