import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { openShop } from "../functions/shop.ts";
import type { Deployment } from "../support/deployment.ts";
import { seedStack, STACK } from "../support/deployed-stack.ts";
import { commandsIn, PAGES, RUNNERS } from "../support/documented.ts";
import { missingProgram } from "../support/programs.ts";

const run = promisify(execFile);
const missing = missingProgram("aws", "pip install awscli");
if (missing !== undefined) console.log(missing);

test.skipIf(missing !== undefined).each(PAGES.filter((page) => commandsIn(page, RUNNERS.aws).length > 0))(
  "%s: the aws CLI does what its commands say, against the emulated account",
  async (page) => {
    const { shop, follow } = await openReader();
    await (await shop.start("manual-resync")).invoke({});
    const failures: string[] = [];
    for (const { at, text } of commandsIn(page, RUNNERS.aws))
      await follow(text).catch((error: unknown) => failures.push(`${at}: ${String(error)}`));
    expect(failures).toEqual([]);
  },
);

test.skipIf(missing !== undefined)(
  "docs/operations.md: its commands stop all writes of a stack, and let them go on as before",
  async () => {
    const { shop, follow } = await openReader();
    const { parameter } = seedStack(shop);
    const policyOf = () =>
      (JSON.parse(shop.ssm.parameters.get(parameter)?.value ?? "{}") as { readonly policy?: string }).policy;
    const before = shop.ssm.parameters.get(parameter)?.value;
    const commands = commandsIn("docs/operations.md", RUNNERS.stop);
    const blocks = Map.groupBy(commands, ({ at }) => at);
    const [stop = "", resume = ""] = [...blocks.values()].map((lines) => lines.map(({ text }) => text).join("\n"));
    await follow(stop.replaceAll(" NAME ", ` ${STACK} `));
    expect(policyOf()).toBe("dry-run");
    await follow(resume.replaceAll(" NAME ", ` ${STACK} `));
    expect(JSON.parse(shop.ssm.parameters.get(parameter)?.value ?? "")).toEqual(JSON.parse(before ?? ""));
  },
);

/** Somebody with the `aws` CLI, and an account whose functions are the shop's. */
async function openReader(): Promise<{
  readonly shop: Deployment;
  readonly follow: (command: string) => Promise<void>;
}> {
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
  return {
    shop,
    follow: async (command) => {
      await run("bash", ["-euo", "pipefail", "-c", command], { cwd: folder, env });
    },
  };
}
