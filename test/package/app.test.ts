import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { strFromU8, unzipSync } from "fflate";
import { afterAll, beforeAll, expect, test } from "vitest";

const run = promisify(execFile);
/** The repository as somebody has it who has just cloned it and run `npm ci`. */
let clone = "";

beforeAll(async () => {
  clone = await mkdtemp(join(tmpdir(), "clone-"));
  const { stdout } = await run("git", ["ls-files", "-z"]);
  for (const file of stdout.split("\0").filter((name) => name !== "")) await cp(file, join(clone, file));
  await symlink(resolve("node_modules"), join(clone, "node_modules"));
});

afterAll(() => rm(clone, { recursive: true, force: true }));

test("right after npm ci, one command makes a deployment for a cluster and a namespace", async () => {
  const context = ["-c", "cluster=prod", "-c", "namespace=shop.local"];
  await run("npx", ["cdk", "synth", "--quiet", "--no-notices", ...context], { cwd: clone });
  const [template = ""] = (await readdir(join(clone, "cdk.out"))).filter((name) => name.endsWith(".template.json"));
  const text = await readFile(join(clone, "cdk.out", template), "utf8");
  expect(text).toContain('{\\"namespaces\\":[\\"shop.local\\"]}');
});

test("without a cluster it says what to write, and makes nothing", async () => {
  const failure = run("npx", ["cdk", "synth", "--quiet", "--no-notices"], { cwd: clone });
  await expect(failure).rejects.toMatchObject({
    stderr: expect.stringContaining("error: no cluster: -c cluster=NAME"),
  });
});

test("the template's zip file holds the bundles, and is the same when it is made again", async () => {
  const made = async () => {
    await run("npm", ["run", "template", "--", "access=rbac"], { cwd: clone });
    return readdir(join(clone, "dist/template"));
  };
  const files = await made();
  expect(files).toContain("template.json");
  const template = await readFile(join(clone, "dist/template/template.json"), "utf8");
  const archives = files.filter((name) => name.endsWith(".zip"));
  const [archive = ""] = archives;
  expect(archives).toEqual([archive]);
  expect(template).toContain(archive);
  const entries = unzipSync(await readFile(join(clone, "dist/template", archive)));
  expect(Object.keys(entries).filter((name) => name.endsWith(".map"))).toEqual([]);
  expect(strFromU8(entries["scheduled-reconcile.mjs"] ?? new Uint8Array())).toContain("handler");
  expect(await made()).toEqual(files);
});
