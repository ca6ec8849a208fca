import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { run } from "../../functions/cli/run.ts";
import { missingProgram } from "../support/programs.ts";
import { openTerminal } from "../support/terminal.ts";

const exec = promisify(execFile);

test.each<[string, readonly string[], readonly string[]]>([
  ["commands", ["re"], ["resync"]],
  ["a command's options", ["destroy", "--del"], ["--delete-services"]],
  ["no option that is hidden", ["apply", "--st"], []],
  ["the forms of output", ["plan", "--output", ""], ["json", "table"]],
  ["nothing after an option whose value it does not know", ["plan", "--context", ""], []],
  ["what a command's argument can be", ["completion", "z"], ["zsh"]],
  ["files after an option that takes one", ["plan", "--config", "package.js"], ["package.json"]],
])("bash completes %s", async (_, words, expected) => {
  const script = `${await printed("bash")}
COMP_WORDS=(eks-cloudmap-sync ${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length}
_eks_cloudmap_sync; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await exec("bash", ["-c", script]);
  expect(stdout.split("\n").filter(Boolean).toSorted()).toEqual(expected);
});

const noZsh = missingProgram("zsh", "apt install zsh");
if (noZsh !== undefined) console.log(noZsh);

test.skipIf(noZsh !== undefined)("zsh completes what is typed on its own terminal", async () => {
  const folder = await mkdtemp(join(tmpdir(), "completion-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const script = join(folder, "completion.zsh");
  await writeFile(script, await printed("zsh"));
  const { stdout } = await exec("zsh", ["-f", "-c", TYPE_IN_ZSH, "zsh", script], { timeout: 10_000 });
  expect(stdout).toContain("--delete-services");
});

/** What stands on a terminal once a zsh there, which has sourced the script, is given the tab key. */
const TYPE_IN_ZSH = `zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "autoload -Uz compinit && compinit -u -D && source $1 && PROMPT= && print READ''Y"
zpty -r -m shell line '*READY*'
zpty -w -n shell "eks-cloudmap-sync destroy --del"$'\\t'
zpty -r -m shell line '*--delete-services*'
print -r -- "$line"
`;

const noFish = missingProgram("fish", "apt install fish");
if (noFish !== undefined) console.log(noFish);

test.skipIf(noFish !== undefined)("fish completes commands and a command's options, each with what it is", async () => {
  const script = `${await printed("fish")}complete -C "eks-cloudmap-sync re"; complete -C "eks-cloudmap-sync destroy --del"`;
  const { stdout } = await exec("fish", ["--no-config", "-c", script]);
  expect(stdout).toMatch(/^resync\tlet the deployed function .*\n--delete-services\tdelete the services .*\n$/);
});

test("fish and zsh have a script of their own kind", async () => {
  expect(await printed("zsh")).toMatch(/^autoload -U \+X bashcompinit && bashcompinit\n/);
  const fish = await printed("fish");
  expect(fish).toContain("-f -a destroy -d 'remove every instance of this owner, part and cluster from Cloud Map'\n");
  expect(fish).toContain(`"__fish_seen_subcommand_from completion" -f -a 'bash zsh fish'\n`);
  expect(fish).toContain('"__fish_seen_subcommand_from plan" -s o -l output -x -a "table json"');
});

test("a shell that is not known is refused", async () => {
  const { terminal, out } = openTerminal({});
  expect(await run(["node", "eks-cloudmap-sync", "completion", "tcsh"], terminal)).toBe(1);
  expect(out()).toBe("");
});

async function printed(shell: string): Promise<string> {
  const { terminal, out } = openTerminal({});
  expect(await run(["node", "eks-cloudmap-sync", "completion", shell], terminal)).toBe(0);
  return out();
}
