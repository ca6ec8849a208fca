import { execFile } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { FUNCTION_NAMES } from "../../infra/functions.ts";

const run = promisify(execFile);
const FOLDER = "dist/functions";

beforeAll(async () => {
  await run("npm", ["run", "-s", "bundle"]);
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
