import { expect, test } from "vitest";
import { handler } from "../../../functions/watch.ts";

const CONTEXT = { awsRequestId: "1", getRemainingTimeInMillis: () => 345_000 };

test("a schedule whose input lacks the time is told what to write", async () => {
  await expect(handler({}, CONTEXT)).rejects.toThrow('"<aws.scheduler.scheduled-time>"');
});

test("without its environment it ends at once, naming what is missing", async () => {
  const event = { time: new Date().toISOString() };
  await expect(handler(event, CONTEXT)).rejects.toThrow(/CLUSTER_NAME is missing.*CONFIG_PARAMETER is missing/s);
});
