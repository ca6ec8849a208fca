import { SSMClient } from "@aws-sdk/client-ssm";
import { expect, onTestFinished, test } from "vitest";
import { createTurn } from "../../../functions/runtime/lambda/turn.ts";
import { serve } from "../../emulators/serve.ts";
import { createSsm, ssmHandler } from "../../emulators/ssm/handler.ts";

test("what starts while another is at work does nothing", async () => {
  const { turn, another, ssm } = await open();
  const work = Promise.withResolvers<string>();
  const first = turn.take(() => work.promise);
  await expect.poll(() => ssm.parameters.get("/turn")?.value).not.toBe("free");
  expect(await another.take(async () => "also done")).toBeUndefined();
  work.resolve("done");
  expect(await first).toBe("done");
  expect(await another.take(async () => "done too")).toBe("done too");
});

test("the turn is given up by whoever fails, and runs out by itself where the process has died", async () => {
  const { turn, ssm } = await open();
  await expect(turn.take(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await turn.take(async () => "done")).toBe("done");
  const set = (until: number) => ssm.parameters.set("/turn", { value: new Date(until).toISOString(), version: 1 });
  set(Date.now() + 10_000);
  expect(await turn.take(async () => "done")).toBeUndefined();
  set(Date.now() - 1);
  expect(await turn.take(async () => "done")).toBe("done");
});

test("where the parameter cannot be read or written, the work is done, and that is said", async () => {
  const { turn, ssm, warnings } = await open();
  ssm.failure = { status: 400, code: "AccessDeniedException" };
  expect(await turn.take(async () => "done")).toBe("done");
  expect(warnings[0]).toMatch(/^the turn could not be read from the SSM parameter \/turn: .*passes may overlap$/);
  expect(warnings[1]).toMatch(/^the turn could not be written to the SSM parameter \/turn/);
});

async function open() {
  const ssm = createSsm({ account: "111122223333", region: "us-west-2" });
  ssm.parameters.set("/turn", { value: "free", version: 1 });
  const server = await serve(ssmHandler(ssm));
  onTestFinished(server.close);
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new SSMClient({ region: "us-west-2", endpoint: server.url, credentials, maxAttempts: 1 });
  const warnings: string[] = [];
  const create = () => createTurn(client, "/turn", (warning) => warnings.push(warning));
  return { ssm, warnings, turn: create(), another: create() };
}
