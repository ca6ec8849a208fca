import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A fenced block of a guide: a file (its first line is `# name`), or commands. */
type Block = { readonly file: string | undefined; readonly text: string };

/** A step of a guide: what stands below a heading `## 1. …`, or `### 1. …` in a part. */
export type Step = { readonly title: string; readonly blocks: readonly Block[] };

/** The steps of a page, or of one part of it: what stands below the heading `## part`. */
export function readGuide(page: string, part?: string): readonly Step[] {
  const text = readFileSync(page, "utf8");
  const parts = text.split(/^## /m);
  const chosen = part === undefined ? text : (parts.find((one) => one.startsWith(`${part}\n`)) ?? "");
  const [, ...steps] = chosen.split(/^###? (?=\d+\. )/m);
  return steps.map((step) => ({
    title: step.split("\n", 1)[0] ?? "",
    blocks: [...step.matchAll(/^```(yaml)?\n(.*?)^```$/gms)].map(([, language, text = ""]) => ({
      file: language === undefined ? undefined : /^# (\S+)\n/.exec(text)?.[1],
      text,
    })),
  }));
}

/** Somebody who follows a guide in a folder of their own: `npm run -s cli --` is this clone's CLI, through the kubeconfig's context. */
export async function openReader(kubeconfig: string, variables: Readonly<Record<string, string>>) {
  const folder = await mkdtemp(join(tmpdir(), "guide-"));
  const bin = join(folder, "bin");
  await mkdir(bin);
  const cli = `"${process.execPath}" "${resolve("functions/cli/main.ts")}" "\${@:5}" --kubeconfig "${kubeconfig}"`;
  await writeFile(join(bin, "npm"), `#!/bin/bash\nexec ${cli}\n`);
  await chmod(join(bin, "npm"), 0o755);
  await symlink(resolve("infra"), join(folder, "infra"));
  const env = {
    PATH: `${bin}:${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`,
    HOME: folder,
    KUBECONFIG: kubeconfig,
    NO_COLOR: "1",
    ...variables,
  };
  const shell = async (commands: string): Promise<string> => {
    const ran = run("bash", ["-euo", "pipefail", "-c", commands], { cwd: folder, env });
    const { stdout } = await ran.catch((error: unknown) => {
      const printed = error instanceof Error && "stdout" in error ? String(error.stdout) : "";
      throw new Error(`${String(error)}\n${printed}`, { cause: error });
    });
    return stdout;
  };
  const write = async (blocks: readonly Block[]): Promise<void> => {
    for (const { file, text } of blocks) if (file !== undefined) await writeFile(join(folder, file), text);
  };
  return {
    /** Writes a step's files and runs its commands, each block in one shell that ends with its first failure. */
    follow: async ({ blocks }: Step): Promise<void> => {
      for (const block of blocks) {
        if (block.file === undefined) await shell(block.text);
        else await write([block]);
      }
    },
    /** Writes the files among these, and runs nothing. */
    write,
    /** Runs one more command there. */
    run: shell,
    close: () => rm(folder, { recursive: true }),
  };
}
