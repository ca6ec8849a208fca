import { ReceiveMessageCommand, SendMessageBatchCommand, SQSClient, DeleteMessageCommand } from "@aws-sdk/client-sqs";
import { expect, onTestFinished, test } from "vitest";
import { serve } from "../serve.ts";
import { sqsHandler } from "./handler.ts";
import { bodiesIn, createSqs, putQueue } from "./world.ts";

test("a received message is hidden, comes back when it is not deleted, and then goes to the dead letters", async () => {
  const { client, QueueUrl, world, pass } = await openQueue({ visibilityTimeoutMs: 30_000, maxReceiveCount: 2 });
  const receive = async () => (await client.send(new ReceiveMessageCommand({ QueueUrl }))).Messages ?? [];
  await client.send(new SendMessageBatchCommand({ QueueUrl, Entries: [entry("0")] }));
  expect(await receive()).toHaveLength(1);
  expect(await receive()).toHaveLength(0);
  pass(30_000);
  expect(await receive()).toHaveLength(1);
  pass(30_000);
  expect(await receive()).toHaveLength(0);
  expect(bodiesIn(world, "scopes-dead")).toEqual([{ n: "0" }]);
});

test("a deleted message is gone, but not by the receipt of an earlier receive", async () => {
  const { client, QueueUrl, world, pass } = await openQueue({ visibilityTimeoutMs: 30_000 });
  await client.send(new SendMessageBatchCommand({ QueueUrl, Entries: [entry("0")] }));
  const receive = async () =>
    (await client.send(new ReceiveMessageCommand({ QueueUrl }))).Messages?.[0]?.ReceiptHandle ?? "";
  const early = await receive();
  pass(30_000);
  const late = await receive();
  await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: early }));
  expect(bodiesIn(world, "scopes")).toHaveLength(1);
  await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: late }));
  expect(bodiesIn(world, "scopes")).toEqual([]);
});

test("a delayed message is not seen before its time", async () => {
  const { client, QueueUrl, pass } = await openQueue();
  await client.send(new SendMessageBatchCommand({ QueueUrl, Entries: [{ ...entry("0"), DelaySeconds: 15 }] }));
  expect((await client.send(new ReceiveMessageCommand({ QueueUrl }))).Messages).toBeUndefined();
  pass(15_000);
  expect((await client.send(new ReceiveMessageCommand({ QueueUrl }))).Messages).toHaveLength(1);
});

test("refuses single entries of a batch, a batch of more than ten, and a queue that is not there", async () => {
  const { client, QueueUrl, world } = await openQueue();
  world.refuse = ({ body }) =>
    body.includes("1") ? { Code: "InternalError", Message: "busy", SenderFault: false } : undefined;
  const { Successful, Failed } = await client.send(
    new SendMessageBatchCommand({ QueueUrl, Entries: [entry("0"), entry("1")] }),
  );
  expect([Successful?.map(({ Id }) => Id), Failed?.map(({ Id }) => Id)]).toEqual([["0"], ["1"]]);
  const eleven = Array.from({ length: 11 }, (_, index) => entry(String(index)));
  await expect(client.send(new SendMessageBatchCommand({ QueueUrl, Entries: eleven }))).rejects.toThrow(
    "Maximum number of entries per request are 10",
  );
  const missing = QueueUrl.replace("scopes", "other");
  await expect(client.send(new ReceiveMessageCommand({ QueueUrl: missing }))).rejects.toThrow("does not exist");
});

function entry(n: string) {
  return { Id: n, MessageBody: JSON.stringify({ n }) };
}

async function openQueue(options: { readonly visibilityTimeoutMs?: number; readonly maxReceiveCount?: number } = {}) {
  const world = createSqs({ account: "111122223333" });
  putQueue(world, { name: "scopes", ...options });
  let now = 1_000_000;
  world.now = () => now;
  const server = await serve(sqsHandler(world));
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new SQSClient({ endpoint: server.url, region: "us-west-2", credentials });
  onTestFinished(() => server.close());
  return { client, world, QueueUrl: `${server.url}/111122223333/scopes`, pass: (ms: number) => (now += ms) };
}
