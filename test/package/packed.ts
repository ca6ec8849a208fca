import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What this repository's manifest says. */
export const MANIFEST = JSON.parse(readFileSync("package.json", "utf8")) as {
  readonly version: string;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
};

/** The versions that this repository is developed with. */
export function pinned(...names: readonly string[]): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(names.map((name) => [name, MANIFEST.devDependencies[name]]));
}

/** The packed package in a folder of its own, which goes with `remove`. */
export async function pack() {
  const root = await mkdtemp(join(tmpdir(), "package-"));
  await run("npm", ["pack", "--pack-destination", root], { maxBuffer: 2 ** 25 });
  const [file = ""] = await readdir(root);
  return { root, tarball: join(root, file), remove: () => rm(root, { recursive: true, force: true }) };
}

export function install(folder: string) {
  return run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund"], { cwd: folder });
}

/** As a script of the app in this folder would run it. */
export function runIn(folder: string, program: string, ...args: readonly string[]) {
  return run("npx", ["--no-install", "--", program, ...args], { cwd: folder, maxBuffer: 2 ** 25 });
}
