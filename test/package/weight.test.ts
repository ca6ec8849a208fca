import { execFile } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { bundleCli } from "../../infra/build/bundle.ts";
import { FUNCTION_NAMES } from "../../infra/functions.ts";
import { openFarm } from "../support/farm.ts";

const run = promisify(execFile);
const FOLDER = "dist/functions";

beforeAll(async () => {
  await run("npm", ["run", "-s", "bundle"]);
  await bundleCli();
});

test.each(FUNCTION_NAMES)("%s loads no more than 0.9 MB when it starts", (name) => {
  expect(loadedBytes(name)).toBeLessThan(900_000);
});

test.each(FUNCTION_NAMES)("%s takes no more than 90 MB of memory once it has started", async (name) => {
  const measure = `await import(${JSON.stringify(join(process.cwd(), FOLDER, `${name}.mjs`))}); console.log(process.memoryUsage.rss());`;
  const env = { PATH: process.env["PATH"], AWS_REGION: "us-west-2" };
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", measure], { env });
  expect(Number(stdout)).toBeLessThan(90 * 1024 * 1024);
});

/** Seconds depend on the machine; what a start takes is reading JavaScript, and 0.74 MB of it take 0.2 s of CPU (bench/README.md). */
test("`plan` loads no more than 0.8 MB from beginning to end", async () => {
  const farm = await openFarm(1, 1);
  try {
    const counted = [process.execPath, "--import", `data:text/javascript,${encodeURIComponent(COUNT_LOADED)}`];
    const plan = ["dist/cli/main.js", "plan", "--config", farm.config, "--kubeconfig", farm.kubeconfig];
    const env = { ...process.env, AWS_ENDPOINT_URL_SERVICEDISCOVERY: farm.cloudMapUrl };
    const [node = "", ...args] = [...counted, ...plan];
    const { stdout } = await run(node, args, { env }).catch(
      (error: { readonly stdout: string; readonly stderr: string }) => error,
    );
    const [, files, bytes] = /loaded (\d+) files, (\d+) bytes/.exec(stdout) ?? [];
    expect(stdout).toContain("Plan: 2 to create");
    expect(Number(files)).toBeGreaterThan(0);
    expect(Number(bytes)).toBeLessThan(800_000);
  } finally {
    await farm.close();
  }
});

const COUNT_LOADED = `
import { registerHooks } from "node:module";
const sizes = [];
registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (url.startsWith("file:")) sizes.push(loaded.source.length);
    return loaded;
  },
});
process.on("exit", () => console.log("loaded %d files, %d bytes", sizes.length, sizes.reduce((sum, size) => sum + size, 0)));
`;

/** Of a function's file and all that it imports at once. */
function loadedBytes(name: string): number {
  const files = new Set<string>();
  const load = (file: string) => {
    if (files.has(file)) return;
    files.add(file);
    const text = readFileSync(join(FOLDER, file), "utf8");
    for (const [, next = ""] of text.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) load(next);
  };
  load(`${name}.mjs`);
  return [...files].reduce((sum, file) => sum + statSync(join(FOLDER, file)).size, 0);
}
