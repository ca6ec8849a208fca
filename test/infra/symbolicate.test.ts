import { expect, test } from "vitest";
import { symbolicate } from "../../infra/symbolicate.ts";
import { startLambda } from "../support/lambda.ts";

test("a stack of a deployed function is told with its places in the sources", async () => {
  const lambda = await startLambda("scheduled-reconcile", { AWS_REGION: "us-west-2" });
  const { logs } = await lambda.invoke({ time: "2026-11-24T14:00:00Z" });
  await lambda.stop();
  const stack = JSON.stringify(logs);
  expect(stack).toContain("CLUSTER_NAME is missing");
  expect(stack).not.toContain("environment.ts");
  expect(symbolicate(stack)).toMatch(/\.mjs:\d+:\d+ \(functions\/runtime\/configuration\/environment\.ts:\d+:\d+\)/);
});

test("what is no place in a bundle stays as it is", () => {
  expect(symbolicate("at other.mjs:1:2, no luck")).toBe("at other.mjs:1:2, no luck");
});
