import { expect, test } from "vitest";
import { findNamespace } from "../../functions/core/namespaces.ts";
import type { NamespaceRead } from "../../functions/core/ports.ts";
import { namespace } from "../support/builders.ts";

const shop: NamespaceRead = { asked: "ns-1", read: { value: { namespace: namespace(), services: [] } } };
const named: NamespaceRead = { ...shop, asked: "shop.local" };
const unread: NamespaceRead = { asked: "ns-3", read: { failure: new Error("no answer") } };

test.each<[string, readonly NamespaceRead[], RegExp]>([
  [
    "another one is called so",
    [shop, unread],
    /shop\.local may be ns-1 or ns-3, and ns-3 could not be read: no answer/,
  ],
  ["none is called so", [unread], /shop\.local may be ns-3, and ns-3 could not be read: no answer/],
])("a name fails while a namespace that could not be read may have it, where %s", (_, namespaces, sentence) => {
  const message: unknown = expect.stringMatching(sentence);
  expect(findNamespace("shop.local", namespaces)).toMatchObject({ read: { failure: { message } } });
});

test("a name is in no doubt where the configuration writes it so, whatever else cannot be read", () => {
  expect(findNamespace("shop.local", [unread, named])).toMatchObject({ name: "shop.local", read: { value: {} } });
});

test("an id is in no doubt, whatever else cannot be read", () => {
  expect(findNamespace("ns-1", [unread, named])).toMatchObject({ name: "shop.local", read: { value: {} } });
});
