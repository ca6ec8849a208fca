import { RELEASE } from "../runtime/version.ts";
import { Argument, Command, Option } from "commander";
import {
  add,
  addElsewhere,
  addForm,
  addOffline,
  addPass,
  addReport,
  addStack,
  addTo,
  checkNpm,
  checkSource,
  once,
} from "./command-options.ts";
import { completionScript, SHELLS } from "./completion.ts";
import type { Shell } from "./completion.ts";
import type { DestroyOptions } from "./destroy/destroy-command.ts";
import type { InitOptions } from "./init-command.ts";
import type { ReconcileOptions } from "./reconcile-command.ts";
import type { StatusOptions } from "./status-command.ts";
import type { Options, Terminal } from "./session.ts";
import type { ValidateOptions } from "./validate-command.ts";
import type { ResyncOptions } from "./stack/resync-command.ts";

/** Tells the exit code of the command that was run. What a command needs is loaded only when it runs. */
export function createProgram(terminal: Terminal, ended: (exitCode: number) => void): Command {
  const program = new Command("eks-cloudmap-sync")
    .description("Keeps AWS Cloud Map in sync with the pods of an EKS cluster")
    .version(RELEASE)
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .showHelpAfterError("(--help tells more)")
    .addHelpText("after", HELP);

  const plan = addStack(addPass(program, "plan", "show what apply would do, and change nothing"));
  const apply = addPass(program, "apply", "bring Cloud Map in sync with the pods, once");
  for (const command of [plan, apply])
    command.option(
      "--new-cluster",
      "register beside the other clusters of this owner, though nothing is of this one yet",
    );
  plan.option("--force", "show the removals that the guard objects to as made");
  apply.option("--force", "make the removals that the guard objects to; without a terminal it asks nobody");
  plan.option("--exit-code", "exit with 2 where Cloud Map differs from the pods");
  apply.option("--follow", "go on: a pass every minute, and one as soon as a pod changes, until it is interrupted");
  apply.addOption(new Option("--stack <name>").hideHelp());
  apply.option(
    "-y, --yes",
    "do not ask before instances are removed or taken over; without a terminal nothing is asked",
  );
  apply.option("--exit-code", "exit with 2 where Cloud Map still differs, because something is held");
  for (const [verb, command] of [
    ["plan", plan],
    ["apply", apply],
  ] as const)
    command.action(async (options: ReconcileOptions) => {
      const { runReconcile } = await import("./reconcile-command.ts");
      ended(await runReconcile(verb, options, terminal));
    });

  addStack(addPass(program, "status", "show who has registered what, and change nothing"))
    .option("--wide", "with each instance: pod, zone, port, health, owner, and since when its pod is as it is")
    .option("--html <file>", "write it as one page for a browser too; a page that is there is replaced")
    .action(async (options: StatusOptions) => {
      const { runStatus } = await import("./status-command.ts");
      ended(await runStatus(options, terminal));
    });
  addStack(addPass(program, "doctor", "check that everything is in place, and change nothing")).action(
    async (options: Options) => {
      const { runDoctor } = await import("./doctor-command.ts");
      ended(await runDoctor(options, terminal));
    },
  );
  addStack(
    addReport(program, "explain", "show why a pod, an instance, a service or a mapping is in Cloud Map or is not"),
  )
    .argument(
      "<name>",
      "a pod, service or object ([KIND/][NAMESPACE/]NAME, also deployment/NAME), a mapping (mappings[0]), an instance's id, or an address",
    )
    .action(async (name: string, options: Options) => {
      const { runExplain } = await import("./explain-command.ts");
      ended(await runExplain(name, options, terminal));
    });
  addResync(program).action(async (options: ResyncOptions) => {
    const { runResync } = await import("./stack/resync-command.ts");
    ended(await runResync(options, terminal));
  });
  addDestroy(program).action(async (options: DestroyOptions) => {
    const { runDestroy } = await import("./destroy/destroy-command.ts");
    ended(await runDestroy(options, terminal));
  });
  addForm(addOffline(program, "validate", "check the configuration and manifests, without a cluster and without AWS"))
    .argument(
      "[manifests...]",
      "files, and folders of them, with what claims services: annotated Services, VirtualNodes, ServiceExports; - reads standard input",
    )
    .option("--strict", "exit with 1 where there are warnings, too")
    .action(async (files: readonly string[], options: ValidateOptions) => {
      const { runValidate } = await import("./validate-command.ts");
      ended(await runValidate(files, options, terminal));
    });
  add(program, "import", "print the cluster's VirtualNodes as mappings, and change nothing").action(
    async (options: Options) => {
      const { runImport } = await import("./import-command.ts");
      ended(await runImport(options, terminal));
    },
  );
  program
    .command("init")
    .description("print a first configuration from what is there, or write it into a new file")
    .argument("[file]", "where to write it; one that is there already is not overwritten")
    .option(
      "--cluster <name>",
      "the EKS cluster, by default the one that the context names; with --kubeconfig, any name",
    )
    .option("--kubeconfig <file>", "reach the cluster as kubectl does, through this file")
    .option("--context <name>", "reach the cluster as kubectl does, in this context")
    .option("--debug", "show the stack of an unexpected error")
    .action(async (file: string | undefined, options: InitOptions) => {
      const { runInit } = await import("./init-command.ts");
      ended(await runInit(file, options, terminal));
    });
  program
    .command("completion")
    .description("print a script that completes commands and options; source it in the shell's start file")
    .addArgument(new Argument("<shell>").choices(SHELLS))
    .action((shell: Shell) => terminal.out(completionScript(shell, program)));
  program.commands.forEach(addElsewhere);
  program.hook("preAction", (_, command) => {
    checkNpm(command, terminal.environment);
    const taken = command.registeredArguments;
    const argument = taken.some(({ variadic }) => variadic) ? undefined : command.args[taken.length];
    if (argument !== undefined) command.error(`error: ${surplus(argument, command)}`);
    if (!["init", "completion"].includes(command.name())) checkSource(command);
  });
  return program;
}

function surplus(argument: string, command: Command): string {
  const { config, stack } = command.opts<Partial<Options>>();
  const says = `${command.name()} takes no ${command.registeredArguments.length > 0 ? "further " : ""}argument ${argument}`;
  return config === undefined && stack === undefined
    ? `${says}; write --config ${argument} if it is the configuration`
    : `${says}; leave it out`;
}

/** What the deployed function can be asked for. */
function addResync(program: Command): Command {
  const command = program
    .command("resync")
    .description("let the deployed function bring Cloud Map in sync with the pods, now")
    .allowExcessArguments()
    .option("--debug", "show the stack of an unexpected error");
  return addForm(addStack(command, "the CloudFormation stack whose function is to do it"))
    .option("--service <name>", "this service alone: [NAMESPACE/]NAME, both of Cloud Map", addTo)
    .option(
      "--namespace <name>",
      "the services of pods in this Kubernetes namespace alone",
      once(command, "--namespace"),
    )
    .option("--node <name>", "the services of pods on this node, or EC2 instance, alone", once(command, "--node"))
    .option("--dry-run", "show what it would do, and change nothing")
    .option("--force", "make the removals that the guard objects to")
    .option("-y, --yes", "do not ask before --force removes instances; without a terminal nothing is asked")
    .option("--exit-code", "exit with 2 where Cloud Map still differs, or with --dry-run would");
}

/** For the end of a cluster's, or a stack's, life. */
function addDestroy(program: Command): Command {
  const command = addStack(
    addReport(program, "destroy", "remove every instance of this owner, part and cluster from Cloud Map"),
  );
  return command
    .option(
      "--cluster-uid <uid>",
      "the cluster is gone; its namespace kube-system had this UID",
      once(command, "--cluster-uid"),
    )
    .option("--delete-services", "delete the services that this owner created, once they are empty")
    .option("--dry-run", "show what would go, and change nothing")
    .option("-y, --yes", "do not ask; needed where there is no terminal");
}

const HELP = `
Examples:
  eks-cloudmap-sync doctor --config sync.yaml
  eks-cloudmap-sync plan --config sync.yaml
  eks-cloudmap-sync apply --config sync.yaml --service shop.local/web
  eks-cloudmap-sync plan --config sync.yaml --output json --exit-code > plan.json
  helm template . | eks-cloudmap-sync validate --config sync.yaml -
  eks-cloudmap-sync status --config sync.yaml --kubeconfig ~/.kube/config --context staging
  eks-cloudmap-sync explain shop/web-6d4cf56db6-x2x9z --config sync.yaml
  eks-cloudmap-sync doctor --stack eks-cloudmap-sync-prod
  eks-cloudmap-sync resync --stack eks-cloudmap-sync-prod --service shop.local/web

The cluster is the EKS cluster that the configuration names, reached with the AWS identity of this
process. With --kubeconfig or --context it is reached as kubectl reaches it; where every instance of
the owner is another cluster's, which is what a wrong context looks like, nothing is written then
without --new-cluster.

Exit codes:
  0    done; what is held on purpose is no failure
  1    something failed, was written wrongly, or was declined when asked
  2    with --exit-code: Cloud Map differs from the pods
  130  interrupted; run apply, or destroy, again to complete it

Environment:
  AWS_PROFILE, AWS_REGION, AWS_ACCESS_KEY_ID, …   as of every AWS SDK
  AWS_ENDPOINT_URL_SERVICEDISCOVERY, AWS_ENDPOINT_URL_EKS   other endpoints
  KUBECONFIG   with --context alone: the kubeconfig files
  NO_COLOR     no colours; there are none in files and pipes either`;
