import { execFileSync } from "node:child_process";

/** The git commit that is being built, seven digits of it, with `-dirty` where files differ from it; `unknown` where git cannot say. */
export function commitOf(folder: string): string {
  const git = (...args: readonly string[]) =>
    execFileSync("git", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    // Cut here: how far git itself shortens depends on what else the clone holds.
    const commit = git("rev-parse", "HEAD").slice(0, 7);
    return git("status", "--porcelain") === "" ? commit : `${commit}-dirty`;
  } catch {
    return "unknown";
  }
}
