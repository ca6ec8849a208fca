import { execFile } from "node:child_process";
import { globSync, rmSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "../..");
const BUNDLES = join(ROOT, "dist/functions");
const LOCK = join(ROOT, "dist/.building");
/** A build takes seconds; whoever holds the lock for longer has been killed, in milliseconds. */
const PATIENCE = 120_000;

/** Once, before the tests: so that none of them waits for a build. */
export async function setup(): Promise<void> {
  await locked(buildIfStale);
}

let unpacked: Promise<string> | undefined;

/** A folder that holds the Lambdas' bundles and nothing else, outside of the repository: one a process, which goes with it. */
export function unpackBundles(): Promise<string> {
  unpacked ??= unpack();
  return unpacked;
}

async function unpack(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "functions-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  await locked(async () => {
    await buildIfStale();
    await cp(BUNDLES, folder, { recursive: true });
  });
  return folder;
}

async function buildIfStale(): Promise<void> {
  if (await isStale()) await run("npm", ["run", "-s", "bundle"], { cwd: ROOT });
}

/** One process at a time: test files run in several. */
async function locked(work: () => Promise<void>): Promise<void> {
  await mkdir(join(ROOT, "dist"), { recursive: true });
  while (!(await takeLock())) await sleep(100);
  try {
    await work();
  } finally {
    await rm(LOCK, { recursive: true });
  }
}

async function takeLock(): Promise<boolean> {
  try {
    await mkdir(LOCK);
    return true;
  } catch {
    if (Date.now() - (await timeOf(LOCK)) > PATIENCE) await rm(LOCK, { recursive: true, force: true });
    return false;
  }
}

/** Whether a source is newer than the bundles, or they are not there. */
async function isStale(): Promise<boolean> {
  const built = await timesOf(["dist/functions/*.mjs"]);
  const entries = await timesOf(["functions/*.ts"]);
  const changed = await timesOf(["functions/**/*.ts", "infra/build/*.ts", "package-lock.json"]);
  return built.length < entries.length || Math.max(...changed) > Math.min(...built);
}

async function timesOf(patterns: readonly string[]): Promise<readonly number[]> {
  return Promise.all(globSync([...patterns], { cwd: ROOT }).map((path) => timeOf(join(ROOT, path))));
}

/** Milliseconds since the epoch; 0 for what is not there. */
async function timeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  return found?.mtimeMs ?? 0;
}
