import { Option } from "commander";
import type { Command } from "commander";
import type { Options, Terminal } from "./session.ts";

/** Options that people look for at a command that another one has. */
const ELSEWHERE: readonly { readonly command: string; readonly flags: string; readonly says: string }[] = [
  { command: "apply", flags: "--dry-run", says: "use `plan`" },
  { command: "plan", flags: "--dry-run", says: "it changes nothing anyway; leave it out" },
  { command: "status", flags: "--exit-code", says: "use `plan --exit-code`" },
  {
    command: "doctor",
    flags: "--exit-code",
    says: "it ends with 1 where something failed; `plan --exit-code` asks for differences",
  },
  ...["plan", "apply", "status", "explain", "doctor", "validate", "resync", "destroy"].map((command) => ({
    command,
    flags: "--json",
    says: "write --output json",
  })),
  ...["plan", "apply", "status", "explain", "doctor", "validate", "import", "destroy"].map((command) => ({
    command,
    flags: "-c <file>",
    says: "write -f FILE, or --config FILE",
  })),
  { command: "resync", flags: "--config <file>", says: "name the stack that was deployed with `resync --stack NAME`" },
];

/** Hidden, so that whoever writes one is answered with the other command. */
export function addElsewhere(command: Command): void {
  for (const { command: name, flags } of ELSEWHERE)
    if (name === command.name()) command.addOption(new Option(flags).hideHelp());
}

function checkElsewhere(command: Command): void {
  for (const { command: name, flags, says } of ELSEWHERE) {
    const option = new Option(flags);
    if (name === command.name() && command.opts()[option.attributeName()] !== undefined)
      command.error(`error: ${name} has no ${option.long ?? option.short}; ${says}`);
  }
}

/** Not required options of commander's: those would be missed before a mistyped `--config` is seen. */
export function checkSource(command: Command): void {
  checkElsewhere(command);
  const { config, stack } = command.opts<Partial<Options>>();
  if (command.name() === "apply" && stack !== undefined)
    command.error(`error: apply takes no --stack; let the deployed function do it: resync --stack ${stack}`);
  const takes = (option: string) => command.options.some(({ long, hidden }) => long === option && !hidden);
  if (config !== undefined && stack !== undefined)
    command.error("error: --config and --stack both say where the configuration is; write one of them");
  if (config !== undefined || stack !== undefined) return;
  const [file] = command.args;
  if (command.name() === "validate" && file !== undefined)
    command.error(
      `error: --config FILE is missing: the configuration${/\.(?:ya?ml|json)$/i.test(file) ? `; did you mean --config ${file}?` : `, beside the manifests of ${file}`}`,
    );
  if (!takes("--config")) command.error("error: --stack NAME is missing: the stack that was deployed");
  command.error(
    `error: --config FILE is missing: the configuration, YAML or JSON${takes("--stack") ? "; or --stack NAME, a stack that was deployed" : ""}`,
  );
}

/** In place of `--config`, unless `says` has it otherwise. */
export function addStack(
  command: Command,
  says = "the configuration that this CloudFormation stack deployed",
): Command {
  return command.option("--stack <name>", `${says}; NAME/CONSTRUCT where it has several`, once(command, "--stack"));
}

/** Without `--`, npm takes options for its own, and tells the script of them in its environment alone. */
export function checkNpm(command: Command, environment: Terminal["environment"]): void {
  const taken = command.options.find(
    ({ long }) => long !== undefined && TAKEN_BY_NPM.includes(long) && environment[`npm_config_${long.slice(2)}`],
  );
  if (environment["npm_lifecycle_event"] === undefined || taken === undefined) return;
  command.error(
    `error: npm has taken ${taken.long} for itself; write -- before the command: npm run -s cli -- ${command.name()} ${taken.flags.replace(/^-., /, "")} …`,
  );
}

/** What no option of npm is called. */
const TAKEN_BY_NPM: readonly string[] = ["--config", "--stack", "--kubeconfig", "--context", "--service"];

/** A command that makes a pass, or shows what one sees. */
export function addPass(program: Command, name: string, description: string): Command {
  return addReport(program, name, description).option(
    "--service <name>",
    "look at this service alone: [NAMESPACE/]NAME, both of Cloud Map; may be given more than once",
    addTo,
  );
}

export function addReport(program: Command, name: string, description: string): Command {
  return addForm(add(program, name, description));
}

export function addForm(command: Command): Command {
  return command.addOption(
    new Option("-o, --output <form>", "how the report is written: table or json")
      .default("table")
      .argParser(formOf(command)),
  );
}

export function add(program: Command, name: string, description: string): Command {
  const command = addOffline(program, name, description);
  return command
    .option(
      "--kubeconfig <file>",
      "reach the cluster as kubectl does, through this file",
      once(command, "--kubeconfig"),
    )
    .option("--context <name>", "reach the cluster as kubectl does, in this context", once(command, "--context"))
    .option("--allow-endpoint", "let the kubeconfig's server be another than EKS names: a tunnel, a proxy");
}

/** A command that needs the configuration alone. */
export function addOffline(program: Command, name: string, description: string): Command {
  const command = program.command(name).description(description).allowExcessArguments();
  return command
    .option("-f, --config <file>", "the configuration, YAML or JSON; - reads standard input", once(command, "--config"))
    .option("--debug", "show the stack of an unexpected error");
}

export function addTo(name: string, names: readonly string[] = []): readonly string[] {
  return [...names, name];
}

/** An option that is given twice would silently have its last value. */
export function once(command: Command, option: string): (value: string) => string {
  let isGiven = false;
  return (value) => {
    if (isGiven) command.error(`error: ${option} is given twice; give it once`);
    isGiven = true;
    return value;
  };
}

function formOf(command: Command): (value: string) => string {
  const unlessAgain = once(command, "--output");
  return (value) => {
    if (!FORMS.includes(value)) command.error(`error: there is no --output ${value}; write table or json`);
    return unlessAgain(value);
  };
}

const FORMS: readonly string[] = ["table", "json"] satisfies readonly Options["output"][];
