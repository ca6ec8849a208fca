import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { seedInstance, seedService } from "../emulators/cloudmap/seed.ts";
import { openShop, registered, SCHEDULED } from "../functions/shop.ts";

const operations = readFileSync("docs/operations.md", "utf8");
const [, document = ""] =
  /put-parameter --overwrite --tier Intelligent-Tiering --name PARAMETER --value '(\{.*\})'/.exec(operations) ?? [];

test("the documented way out takes this owner's instances along, and nothing of anybody else", async () => {
  const shop = await openShop();
  seedInstance(shop.cloudMap, seedService(shop.cloudMap, shop.namespace, { name: "web" }), "10.9.9.9");
  const scheduled = await shop.start("scheduled-reconcile");
  const resync = await shop.start("manual-resync");
  await scheduled.invoke(SCHEDULED);
  expect(registered(shop)).toEqual(["api 10.0.1.1", "web 10.0.0.1", "web 10.0.0.2", "web 10.9.9.9"]);

  shop.configure(document);
  shop.advance(61_000);
  expect((await resync.invoke({ force: true })).answer).toMatchObject({ ok: true });
  // The schedule goes on meanwhile, and brings nothing back.
  await scheduled.invoke(SCHEDULED);
  expect(registered(shop)).toEqual(["web 10.9.9.9"]);
  expect((await resync.invoke({ force: true })).answer).toMatchObject({ ok: true, services: [] });
});
