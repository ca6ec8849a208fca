import { expect, test } from "vitest";
import { InputError } from "../../functions/core/errors.ts";
import type { Scope } from "../../functions/core/model.ts";
import type { ServiceReport } from "../../functions/core/report.ts";
import { failedMessages, parseBatch } from "../../functions/triggers/batch.ts";
import { scopeMessage } from "../../functions/triggers/queue-message.ts";
import { heldFor, serviceReport } from "../support/reports.ts";

const SHOP: Scope = { kind: "namespace", namespace: "shop" };
const WEB: Scope = { kind: "service", service: "web", namespace: "shop.local" };

test.each<[string, Scope, ServiceReport, boolean]>([
  ["whose service failed", WEB, serviceReport({ error: "no" }), true],
  ["whose service did not", { ...WEB, service: "api" }, serviceReport({ error: "no" }), false],
  ["of a Kubernetes namespace that the failed service draws on", SHOP, serviceReport({ error: "no" }), true],
  ["of another namespace", { ...SHOP, namespace: "backend" }, serviceReport({ error: "no" }), false],
  ["that asked for everything", { kind: "all" }, serviceReport({ error: "no" }), true],
  ["about a node", { kind: "node", node: "i-1" }, serviceReport({ error: "no" }), true],
  ["whose service waits for a source that failed", WEB, serviceReport({ held: heldFor("source-failed") }), true],
  ["whose service is ambiguous or cannot be", WEB, serviceReport({ held: heldFor("ambiguous", "invalid") }), false],
  [
    "whose service waits for somebody",
    WEB,
    serviceReport({ held: heldFor("guard", "foreign", "quota", "not-allowed") }),
    false,
  ],
  ["whose service the schedule's next pass goes on with", WEB, serviceReport({ held: heldFor("unfinished") }), false],
])("a message %s comes back, or not", (_, scope, report, wanted) => {
  const messages = [{ id: "m", scopes: [scope] }];
  expect(failedMessages(messages, [report])).toEqual(wanted ? ["m"] : []);
});

test("a batch keeps each message's scopes, and what nobody understands, apart", () => {
  const bodies = [
    scopeMessage(SHOP),
    // As older versions wrote it.
    JSON.stringify({ scope: WEB, attempt: 3 }),
    '{"scope":{"kind":"pod"}}',
    '{"scope":{"kind":"all"},"x":1}',
  ];
  const event = { Records: bodies.map((body, index) => ({ messageId: `m${index}`, body })) };
  const { messages, refused } = parseBatch(event, "prod");
  expect(messages).toEqual([
    { id: "m0", scopes: [SHOP] },
    { id: "m1", scopes: [WEB] },
  ]);
  expect(refused.map(({ id }) => id)).toEqual(["m2", "m3"]);
  expect(refused.every(({ error }) => error instanceof InputError)).toBe(true);
});

test("a message of several scopes comes back when one of them failed, and a service when one of its holds is a source's", () => {
  const messages = [{ id: "m", scopes: [{ ...WEB, service: "api" }, WEB] }];
  expect(failedMessages(messages, [serviceReport({ held: heldFor("foreign", "source-failed") })])).toEqual(["m"]);
});

test("what is no batch is refused as such", () => {
  expect(() => parseBatch({ Records: [{}] }, "prod")).toThrow(new InputError("this is no batch of SQS messages"));
});
