import { expect, test } from "vitest";
import { InputError } from "../../functions/core/errors.ts";
import type { HeldReason, Scope } from "../../functions/core/model.ts";
import type { ServiceReport } from "../../functions/core/report.ts";
import { failedMessages, parseBatch } from "../../functions/triggers/batch.ts";
import { scopeMessage } from "../../functions/triggers/queue-message.ts";

const SHOP: Scope = { kind: "namespace", namespace: "shop" };
const WEB: Scope = { kind: "service", service: "web", namespace: "shop.local" };

test.each<[string, Scope, ServiceReport, boolean]>([
  ["whose service failed", WEB, service({ error: "no" }), true],
  ["whose service did not", { ...WEB, service: "api" }, service({ error: "no" }), false],
  ["of a Kubernetes namespace that the failed service draws on", SHOP, service({ error: "no" }), true],
  ["of another namespace", { ...SHOP, namespace: "backend" }, service({ error: "no" }), false],
  ["that asked for everything", { kind: "all" }, service({ error: "no" }), true],
  ["about a node", { kind: "node", node: "i-1" }, service({ error: "no" }), true],
  ["whose service waits for a source that failed", WEB, service({ held: ["source-failed"] }), true],
  ["whose service is ambiguous or cannot be", WEB, service({ held: ["ambiguous", "invalid"] }), false],
  ["whose service waits for somebody", WEB, service({ held: ["guard", "foreign", "quota", "not-allowed"] }), false],
  ["whose service is asked for again anyway", WEB, service({ held: ["unfinished"] }), false],
])("a message %s comes back, or not", (_, scope, report, wanted) => {
  const messages = [{ id: "m", scopes: [scope], attempt: 0 }];
  expect(failedMessages(messages, [report])).toEqual(wanted ? ["m"] : []);
});

test("a batch keeps each message's scopes, its attempt, and what nobody understands, apart", () => {
  const bodies = [
    scopeMessage(SHOP),
    scopeMessage(WEB, 3),
    '{"scope":{"kind":"pod"}}',
    '{"scope":{"kind":"all"},"x":1}',
  ];
  const event = { Records: bodies.map((body, index) => ({ messageId: `m${index}`, body })) };
  const { messages, refused } = parseBatch(event, "prod");
  expect(messages).toEqual([
    { id: "m0", scopes: [SHOP], attempt: 0 },
    { id: "m1", scopes: [WEB], attempt: 3 },
  ]);
  expect(refused.map(({ id }) => id)).toEqual(["m2", "m3"]);
  expect(refused.every(({ error }) => error instanceof InputError)).toBe(true);
});

function service({
  error = null,
  held = [],
}: {
  readonly error?: string | null;
  readonly held?: readonly HeldReason[];
}): ServiceReport {
  return {
    namespace: "shop.local",
    service: "web",
    podNamespaces: ["shop"],
    desired: 1,
    registered: 1,
    foreign: 0,
    changes: [],
    held: held.map((reason) => ({ kind: "register", id: "10.0.0.1", reason, pod: null, remedy: "" })),
    error,
  };
}
