import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { openShop } from "../functions/shop.ts";
import { seedStack } from "../support/deployed-stack.ts";
import { commandsIn, PAGES, RUNNERS } from "../support/documented.ts";
import { missingProgram } from "../support/programs.ts";

const run = promisify(execFile);
const missing = missingProgram("aws", "pip install awscli");
if (missing !== undefined) console.log(missing);

/** PyPI has the aws CLI of version 1 alone, which sends payloads as they are. */
const OF_VERSION_2 = / --cli-binary-format raw-in-base64-out/;

test.skipIf(missing !== undefined).each(PAGES.filter((page) => commandsIn(page, RUNNERS.aws).length > 0))(
  "%s: the aws CLI does what its commands say, against the emulated account",
  async (page) => {
    const follow = await openReader();
    const failures: string[] = [];
    for (const { at, text } of commandsIn(page, RUNNERS.aws))
      await follow(text).catch((error: unknown) => failures.push(`${at}: ${String(error)}`));
    expect(failures).toEqual([]);
  },
);

/** Somebody with the `aws` CLI, an account in which the stack is deployed, and instances that its functions have registered. */
async function openReader() {
  const shop = await openShop();
  const { parameter, resync } = seedStack(shop);
  const folder = await mkdtemp(join(tmpdir(), "documented-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const { AWS_REGION, ...variables } = shop.variablesOf("ada");
  const env = {
    ...variables,
    PATH: process.env["PATH"],
    HOME: folder,
    AWS_REGION,
    // The aws CLI of version 1 knows no other.
    AWS_DEFAULT_REGION: AWS_REGION,
    AWS_DISABLE_HOST_PREFIX_INJECTION: "true",
  };
  await (await shop.start("manual-resync")).invoke({});
  return async (command: string): Promise<void> => {
    const [, seconds] = /^sleep (\d+)$/.exec(command) ?? [];
    if (seconds !== undefined) return shop.advance(Number(seconds) * 1000);
    const meant = command.replaceAll("PARAMETER", parameter).replaceAll("RESYNC", resync).replace(OF_VERSION_2, "");
    await run("bash", ["-euo", "pipefail", "-c", meant], { cwd: folder, env });
  };
}
