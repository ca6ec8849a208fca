import { spawnSync } from "node:child_process";

/** Why what needs a program cannot run here; undefined where it can. In CI, where nothing may be skipped, that is an error. */
export function missingProgram(program: string, remedy: string): string | undefined {
  const { error, status } = spawnSync(program, ["--version"]);
  // 127: the shim of a version manager that has no such program.
  if (error === undefined && status !== 127) return undefined;
  const sentence = `skipped, ${program} is not on the PATH: ${remedy}`;
  if (process.env["CI"] === "true") throw new Error(sentence);
  return sentence;
}
