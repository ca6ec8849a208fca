import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { bodiesIn } from "../emulators/sqs/world.ts";
import { callsOf, openShop } from "./shop.ts";

test("sends each namespace once, ten to a batch", async () => {
  const shop = await openShop();
  const lambda = await shop.start("audit-log");
  const { answer } = await lambda.invoke(delivery([...names(25), ...names(25)]));
  expect(callsOf(shop)).toEqual(Array.from({ length: 3 }, () => "sqs SendMessageBatch"));
  expect(bodiesIn(shop.sqs, shop.queue)).toEqual(scopesOf(names(25)).map((scope) => ({ scope })));
  expect(answer).toEqual({ scopes: scopesOf(names(25)) });
});

test("sends again what SQS refuses of a batch, and that alone", async () => {
  const shop = await openShop();
  shop.sqs.refuse = ({ body, count }) => (body.includes("team-02") && count < 3 ? REFUSAL : undefined);
  const lambda = await shop.start("audit-log");
  const { error } = await lambda.invoke(delivery(names(5)));
  expect(error).toBeUndefined();
  expect(bodiesIn(shop.sqs, shop.queue)).toHaveLength(5);
  expect(shop.calls.map(({ input }) => (input["Entries"] as readonly unknown[]).length)).toEqual([5, 1, 1]);
});

test("says what was lost when SQS goes on refusing", async () => {
  const shop = await openShop();
  shop.sqs.refuse = ({ body }) => (body.includes("team-02") ? REFUSAL : undefined);
  const lambda = await shop.start("audit-log");
  const { error } = await lambda.invoke(delivery(names(5)));
  expect(error?.message).toMatch(/^the queue refused .*team-02.*InternalError: busy.*next pass makes up for it$/);
  expect(bodiesIn(shop.sqs, shop.queue)).toHaveLength(4);
});

test("asks for everything where a small delivery unpacks to more than the function can hold", async () => {
  const shop = await openShop();
  const lambda = await shop.start("audit-log");
  const packed = gzipSync(Buffer.alloc(400 * 1024 * 1024, " "));
  expect(packed.length).toBeLessThan(534 * 1024);
  const { answer, error } = await lambda.invoke({ awslogs: { data: packed.toString("base64") } });
  expect(error).toBeUndefined();
  expect(answer).toEqual({ scopes: [{ kind: "all" }] });
  expect(bodiesIn(shop.sqs, shop.queue)).toEqual([{ scope: { kind: "all" } }]);
});

test("without a queue says which variable is missing", async () => {
  const shop = await openShop();
  const lambda = await shop.start("audit-log", { QUEUE_URL: "" });
  const { error } = await lambda.invoke(delivery(names(1)));
  expect(error?.message).toBe("QUEUE_URL is missing: this function sends to the queue; set it");
});

test("a delivery that cannot be read is refused, and nothing is sent", async () => {
  const shop = await openShop();
  const lambda = await shop.start("audit-log");
  const { error } = await lambda.invoke({ awslogs: { data: "bm8gZ3ppcA==" } });
  expect(error?.message).toMatch(/^this is no delivery of a CloudWatch Logs subscription/);
  expect(shop.calls).toEqual([]);
});

const REFUSAL = { Code: "InternalError", Message: "busy", SenderFault: false };

function names(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `team-${String(index).padStart(2, "0")}`);
}

function scopesOf(namespaces: readonly string[]): readonly object[] {
  return namespaces.map((namespace) => ({ kind: "namespace", namespace }));
}

/** A delivery in which a pod of each namespace is deleted. */
function delivery(namespaces: readonly string[]): object {
  const logEvents = namespaces.map((namespace) => ({
    message: JSON.stringify({
      verb: "delete",
      stage: "ResponseComplete",
      objectRef: { resource: "pods", namespace, name: "web-1", apiVersion: "v1" },
      responseStatus: { code: 200 },
    }),
  }));
  const payload = JSON.stringify({ messageType: "DATA_MESSAGE", logEvents });
  return { awslogs: { data: gzipSync(payload).toString("base64") } };
}
