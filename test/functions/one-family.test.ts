import { expect, test } from "vitest";
import { seedService } from "../emulators/cloudmap/seed.ts";
import type { Switches } from "../emulators/cloudmap/switches.ts";
import { callsOf, openShop, registered, SCHEDULED, SWEEP } from "./shop.ts";

test("a pod of one family is registered in a service with A and AAAA records where AWS takes it", async () => {
  const shop = await openBoth("accepted");
  const lambda = await shop.start("scheduled-reconcile");
  expect((await lambda.invoke(SCHEDULED)).answer).toMatchObject({ ok: true });
  expect(registered(shop)).toContain("web 10.0.0.1");
});

test("where AWS refuses it, it is held with AWS's words, and tried again on the next sweep, not before", async () => {
  const shop = await openBoth("refused");
  const lambda = await shop.start("scheduled-reconcile");
  const first = await lambda.invoke(SCHEDULED);
  const held = expect.objectContaining({
    id: "10.0.0.1",
    reason: "invalid",
    remedy: expect.stringContaining("AWS_INSTANCE_IPV6"),
  });
  expect(first.answer).toMatchObject({ ok: true });
  expect(heldIn(first.answer)).toContainEqual(held);
  shop.calls.length = 0;
  expect(heldIn((await lambda.invoke(SCHEDULED)).answer)).toContainEqual(held);
  expect(callsOf(shop)).not.toContain("servicediscovery RegisterInstance");
  await lambda.invoke(SWEEP);
  expect(callsOf(shop)).toContain("servicediscovery RegisterInstance");
});

async function openBoth(oneFamily: Switches["oneFamily"]) {
  const shop = await openShop({ namespace: { type: "DNS_PRIVATE" } });
  shop.cloudMap.options.switches = { ...shop.cloudMap.options.switches, oneFamily };
  seedService(shop.cloudMap, shop.namespace, { name: "web", records: ["A", "AAAA"] });
  return shop;
}

function heldIn(answer: unknown): readonly object[] {
  const { services } = answer as { readonly services: readonly { readonly held: readonly object[] }[] };
  return services.flatMap(({ held }) => held);
}
