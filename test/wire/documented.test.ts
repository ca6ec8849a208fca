import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { openShop } from "../functions/shop.ts";
import { commandsIn, PAGES, RUNNERS } from "../support/documented.ts";
import { missingProgram } from "../support/programs.ts";

const run = promisify(execFile);
const missing = missingProgram("aws", "pip install awscli");
if (missing !== undefined) console.log(missing);

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

/** Somebody with the `aws` CLI, and an account whose Cloud Map has what the stack's functions have registered. */
async function openReader() {
  const shop = await openShop();
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
    await run("bash", ["-euo", "pipefail", "-c", command], { cwd: folder, env });
  };
}
