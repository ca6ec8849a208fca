import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ListNamespacesCommand } from "@aws-sdk/client-servicediscovery";
import { expect, onTestFinished, test } from "vitest";
import { cloudMapHandler } from "../emulators/cloudmap/handler.ts";
import { createCloudMap } from "../emulators/cloudmap/world.ts";
import { serve } from "../emulators/serve.ts";
import { startMoto } from "../support/moto.ts";
import { missingProgram } from "../support/programs.ts";
import { createClock, openAccount } from "../verify/account.ts";
import { cleanUp } from "../verify/clean.ts";
import { QUESTIONS } from "../verify/questions.ts";
import { verify } from "../verify/verify.ts";

const SMALL = ["--budget", "20"];
const WAIT = { timeout: 20_000 };

const missing = missingProgram("moto_server", "pip install 'moto[server]==5.2.5'");

test.skipIf(missing !== undefined)(
  "npm run verify:aws gets through on moto, with a VPC of its own, and leaves nothing",
  async () => {
    const moto = await startMoto();
    onTestFinished(moto.stop);
    const folder = await mkdtemp(join(tmpdir(), "verify-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const out = join(folder, "verified.json");
    const { code, text } = await verifyAws(moto.url, ["--make-vpc", ...SMALL, "--out", out]).ended;
    expect(text).toContain("has the same as JSON");
    expect(code).toBe(0);
    const { rows } = JSON.parse(await readFile(out, "utf8")) as { readonly rows: readonly { readonly seen: string }[] };
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.filter(({ seen }) => seen.startsWith("not asked: it needs"))).toEqual([]);
    expect((await moto.client.send(new ListNamespacesCommand({}))).Namespaces).toEqual([]);
  },
);

test.skipIf(missing !== undefined)(
  "killed at any step on moto it leaves what the next run finds and removes",
  async () => {
    const moto = await startMoto();
    onTestFinished(moto.stop);
    const onMoto = async ({ url, method, headers, body }: Request) => {
      const answer = await fetch(new URL(new URL(url).pathname, moto.url), {
        method,
        headers,
        ...(body === null ? {} : { body, duplex: "half" }),
      });
      return new Response(await answer.arrayBuffer(), { status: answer.status, headers: answer.headers });
    };
    const { account, kill } = await openAccount(createClock(), onMoto, 20);
    for (const question of QUESTIONS) {
      const say = (line: string) => {
        if (line === question.id) kill(3);
      };
      const killed = verify(account, { suffix: question.id, vpc: "vpc-1", questions: [question], say });
      await expect(killed).rejects.toThrow(/terminated|socket|reset|hang up/i);
      kill(Infinity);
      expect(await cleanUp(account)).not.toEqual([]);
      expect((await moto.client.send(new ListNamespacesCommand({}))).Namespaces).toEqual([]);
    }
  },
);

test("interrupted in the middle it leaves nothing", async () => {
  const { world, first } = await openMiddle();
  first.kill("SIGINT");
  expect((await first.ended).text).toContain("nothing is left behind");
  expect(world.namespaces.size).toBe(0);
});

test("what a killed one leaves is gone once the next one has begun", async () => {
  const { world, url, first } = await openMiddle();
  first.kill("SIGKILL");
  await first.ended;
  expect(world.namespaces.size).toBeGreaterThan(0);
  const second = verifyAws(url, SMALL);
  const isCleaning = () => world.calls.some(({ operation }) => operation === "DeleteNamespace");
  await expect.poll(isCleaning, WAIT).toBe(true);
  second.kill("SIGINT");
  await second.ended;
  expect(world.namespaces.size).toBe(0);
});

/** One that has begun to ask. */
async function openMiddle() {
  const world = createCloudMap({ operationDelayMs: 50 });
  const server = await serve(cloudMapHandler(world));
  onTestFinished(server.close);
  const first = verifyAws(server.url, SMALL);
  await expect.poll(() => world.services.size, WAIT).toBeGreaterThan(2);
  return { world, url: server.url, first };
}

function verifyAws(url: string, args: readonly string[]) {
  const child = spawn("node", ["test/verify/main.ts", "--yes", ...args], {
    env: {
      ...process.env,
      AWS_ENDPOINT_URL: url,
      AWS_REGION: "us-west-2",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    },
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece: Buffer) => (text += piece.toString()));
  const ended = new Promise<{ readonly code: number | null; readonly text: string }>((resolve) => {
    child.on("close", (code) => resolve({ code, text }));
  });
  return { ended, kill: (signal: NodeJS.Signals) => child.kill(signal) };
}
