import { readFileSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { pollOnce } from "../support/event-source.ts";
import { openWalkthroughDeployment } from "../support/walkthrough-deployment.ts";
import { registered } from "./shop.ts";

test("a pod's audit entry becomes its registration, by way of the queue", async () => {
  const deployment = await openWalkthroughDeployment();
  onTestFinished(() => deployment.close());
  const { sqs, queue, calls } = deployment;
  const [auditLog, events] = await Promise.all([deployment.start("audit-log"), deployment.start("event-reconcile")]);
  await auditLog.invoke(JSON.parse(readFileSync("events/audit-log-pod-ready.json", "utf8")));
  expect(registered(deployment)).toEqual([]);
  const ran = await pollOnce(sqs, queue, events);
  expect(ran?.logs[0]).toMatchObject({ cause: "queue", scopes: [{ namespace: "howto-k8s-cloudmap" }] });
  expect(registered(deployment)).toContain("colorapp 192.168.50.137");
  expect(calls.find(({ operation }) => operation === "RegisterInstance")?.caller).toBe("event-reconcile");
  expect(await pollOnce(sqs, queue, events)).toBeUndefined();
});
