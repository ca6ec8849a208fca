import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { run } from "../../functions/cli/run.ts";
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
