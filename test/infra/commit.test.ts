import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { RELEASE } from "../../functions/runtime/version.ts";
import { commitOf } from "../../infra/build/commit.ts";

test("a build is known by its git commit, and whether files differ from it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "commit-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  expect(commitOf(folder)).toBe("unknown");
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], { cwd: folder, encoding: "utf8" });
  git("init", "-q");
  git("commit", "-q", "--allow-empty", "-m", "first");
  expect(commitOf(folder)).toBe(git("rev-parse", "HEAD").slice(0, 7));
  await writeFile(join(folder, "new.ts"), "");
  expect(commitOf(folder)).toMatch(/^[0-9a-f]{7}-dirty$/);
});

test("a source checkout does not know its commit", () => {
  expect(RELEASE).toMatch(/^\S+ \(unknown\)$/);
});
