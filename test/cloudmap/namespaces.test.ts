import { expect, test } from "vitest";
import { hasExternalDns, listOwnNamespaces } from "../../functions/cloudmap/own-namespaces.ts";
import { createRegistry } from "../../functions/cloudmap/registry.ts";
import { openCloudMap } from "../emulators/cloudmap/fixture.ts";
import { seedNamespace, seedService } from "../emulators/cloudmap/seed.ts";

test("one name is asked for by itself, several cost one list of all of this account's own", async () => {
  const { filters, find } = await open("shop.local", "bank.local", "post.local");
  await find("shop.local");
  await find("shop.local", "bank.local");
  expect(filters()).toEqual([["RESOURCE_OWNER=SELF", "NAME=shop.local"], ["RESOURCE_OWNER=SELF"]]);
});

test("names beside an id and an ARN are still asked for as names", async () => {
  const { world, filters, find } = await open("shop.local");
  const [one, two] = [seedNamespace(world, { name: "a.local" }), seedNamespace(world, { name: "b.local" })];
  expect(await find("shop.local", one.id, two.arn)).toEqual(["shop.local", "a.local", "b.local"]);
  expect(filters()).toEqual([["RESOURCE_OWNER=SELF", "NAME=shop.local"]]);
});

test.each([
  [
    "a name that is nearly another's: which is meant",
    ["shop.locl"],
    /shop\.locl does not exist .*; did you mean shop\.local\? If not, create it, or correct/,
  ],
  ["the same among several", ["shop.locl", "bank.local"], /did you mean shop\.local\?/],
  [
    "a name like no other: what to do",
    ["utterly-else"],
    /in this account and region; create it, or correct `namespaces`/,
  ],
  [
    "an ARN: that it may not be shared",
    ["arn:aws:servicediscovery:us-west-2:444455556666:namespace/ns-0000000000000000"],
    /namespace arn:\S+ does not exist, or is not shared with this account; correct `namespaces`/,
  ],
])("a namespace that does not exist is told by %s", async (_, asked, sentence) => {
  const { find } = await open("shop.local", "bank.local");
  expect((await find(...asked))[0]).toMatch(sentence);
});

test("a name that several have is told with the ids of these alone, and their types", async () => {
  const { world, find } = await open("shop.local", "bank.local");
  const twin = seedNamespace(world, { type: "HTTP" });
  const [first] = world.namespaces.keys();
  expect(await find("shop.local", "bank.local")).toEqual([
    `namespace shop.local exists more than once: ${first} (DNS_PRIVATE) and ${twin.id} (HTTP); write the id of the one that is meant`,
    "bank.local",
  ]);
});

test("a survey shows this account's own namespaces, of several pages, and none that others share", async () => {
  const { world, client } = await open("shop.local", "bank.local", "post.local");
  seedNamespace(world, { name: "their.local", owner: "444455556666" });
  world.options.maxPageSize = 2;
  const names = (await listOwnNamespaces(client, Infinity)).map(({ name }) => name);
  expect(names.toSorted()).toEqual(["bank.local", "post.local", "shop.local"]);
});

test("external-dns is known by what it writes into its services' descriptions, where these may be read", async () => {
  const { world, client } = await open("shop.local");
  const [namespace] = world.namespaces.values();
  if (namespace === undefined) throw new Error("there is no namespace");
  seedService(world, namespace, { name: "plain" });
  expect(await hasExternalDns(client, Infinity)).toBe(false);
  seedService(world, namespace, { name: "dns", description: '"heritage=external-dns,external-dns/owner=default"' });
  expect(await hasExternalDns(client, Infinity)).toBe(true);
  world.options.lacks = () => true;
  expect(await hasExternalDns(client, Infinity)).toBe(false);
});

/** A Cloud Map with namespaces of these names. `find`: what namespaces that are asked for are called, or why they are not found. */
async function open(...names: readonly string[]) {
  const { world, client } = await openCloudMap();
  for (const name of names) seedNamespace(world, { name });
  return {
    world,
    client,
    filters: () =>
      world.calls.flatMap(({ operation, input }) =>
        operation === "ListNamespaces"
          ? [(input["Filters"] as readonly Filter[]).map(({ Name, Values }) => `${Name}=${Values.join()}`)]
          : [],
      ),
    find: async (...namespaces: readonly string[]) => {
      const services = { ttl: 60, customHealth: false, tags: {} };
      const found = await createRegistry({ client, namespaces, owner: "me", services, rates: {} }).listNamespaces();
      return found.map(({ read }) => ("value" in read ? read.value.name : read.failure.message));
    },
  };
}

type Filter = { readonly Name: string; readonly Values: readonly string[] };
