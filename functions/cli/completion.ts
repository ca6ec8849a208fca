import type { Command, Option } from "commander";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

type Entry = {
  readonly name: string;
  readonly description: string;
  readonly options: readonly Option[];
  /** What its argument can be, where that is known. */
  readonly choices: readonly string[];
};

/** A script that teaches a shell the commands and options of the program, made of what the program itself knows. */
export function completionScript(shell: Shell, program: Command): string {
  const entries = program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    options: command.options.filter(({ hidden }) => !hidden),
    choices: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
  }));
  switch (shell) {
    case "bash":
      return bash(program.name(), entries);
    case "zsh":
      return `autoload -U +X bashcompinit && bashcompinit\n${bash(program.name(), entries)}`;
    case "fish":
      return fish(program.name(), entries);
    default:
      return shell satisfies never;
  }
}

/** Words by the command that stands first; files after an option that takes one, and nothing after one whose value nobody knows here. */
function bash(program: string, entries: readonly Entry[]): string {
  const fn = `_${program.replaceAll("-", "_")}`;
  const cases = entries.map(
    ({ name, options, choices }) => `    ${name}) words="${[...choices, ...options.flatMap(flagsOf)].join(" ")}" ;;`,
  );
  return `${fn}() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" words=""
  COMPREPLY=()
  case "$before" in
    --output|-o) COMPREPLY=($(compgen -W "table json" -- "$word")); return ;;
    ${flagsWhere(entries, ({ long }) => isFile(long))}) COMPREPLY=($(compgen -f -- "$word")); return ;;
    ${flagsWhere(entries, ({ required, long }) => required && long !== "--output" && !isFile(long))}) return ;;
  esac
  case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then words="${entries.map(({ name }) => name).join(" ")}"; fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F ${fn} ${program}
`;
}

function fish(program: string, entries: readonly Entry[]): string {
  const names = entries.map(({ name }) => name).join(" ");
  const lines = entries.flatMap(({ name, description, options, choices }) => [
    `complete -c ${program} -n "not __fish_seen_subcommand_from ${names}" -f -a ${name} -d ${quoted(description)}`,
    ...(choices.length === 0
      ? []
      : [`complete -c ${program} -n "__fish_seen_subcommand_from ${name}" -f -a ${quoted(choices.join(" "))}`]),
    ...options.map(
      (option) =>
        `complete -c ${program} -n "__fish_seen_subcommand_from ${name}"${fishFlags(option)} -d ${quoted(option.description)}`,
    ),
  ]);
  return `${lines.join("\n")}\n`;
}

function fishFlags({ short, long, required }: Option): string {
  const names = [...(short ? [` -s ${short.slice(1)}`] : []), ...(long ? [` -l ${long.slice(2)}`] : [])].join("");
  if (!required) return names;
  if (long === "--output") return `${names} -x -a "table json"`;
  return isFile(long) ? `${names} -r -F` : `${names} -x`;
}

function flagsOf({ short, long }: Option): readonly string[] {
  return [short, long].filter((flag) => flag !== undefined);
}

/** As a pattern of the shell's `case`. */
function flagsWhere(entries: readonly Entry[], isMeant: (option: Option) => boolean): string {
  const options = entries.flatMap((entry) => entry.options).filter(isMeant);
  return [...new Set(options.flatMap(flagsOf))].join("|");
}

function isFile(long: string | undefined): boolean {
  return long === "--config" || long === "--kubeconfig" || long === "--html";
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
