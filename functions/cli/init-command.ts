import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { InputError, messageOf } from "../core/errors.ts";
import { parseEnvironment } from "../runtime/configuration/environment.ts";
import { renderFirst } from "./init.ts";
import { accessOf } from "./session.ts";
import type { Options, Terminal } from "./session.ts";

export type InitOptions = Pick<Options, "kubeconfig" | "context"> & { readonly cluster?: string };

/** How long to look around, in milliseconds. */
const PATIENCE = 120_000;

/** Prints a first document, or writes it into a file that is not there yet. Returns the exit code. */
export async function runInit(file: string | undefined, options: InitOptions, terminal: Terminal): Promise<0> {
  if (file !== undefined && existsSync(file)) throw new InputError(occupied(file));
  const { cluster, ...reached } = await withCluster(options, terminal);
  const { surveyCluster } = await import("../runtime/survey.ts");
  terminal.progress("looking at the cluster and at Cloud Map");
  const access = accessOf({ ...reached, config: "", output: "table" });
  const until = Date.now() + PATIENCE;
  const found = await surveyCluster(cluster, access, parseEnvironment(terminal.environment), until);
  const text = renderFirst({ cluster, ...found });
  terminal.progress("");
  if (text === "")
    throw new InputError("this account has no Cloud Map namespace in this region; create one, or set AWS_REGION");
  if (file === undefined) terminal.out(text);
  else {
    await write(file, text);
    terminal.err(
      `${file} is written, and changes nothing as long as it says \`policy: dry-run\`; next: doctor --config ${file}, then plan --config ${file}\n`,
    );
  }
  return 0;
}

type Named = InitOptions & { readonly cluster: string };

/** Where none is given, through the context that names one: EKS may know another of that name, in another account or region. */
async function withCluster(options: InitOptions, { environment, err }: Terminal): Promise<Named> {
  const { cluster, kubeconfig, context } = options;
  if (cluster !== undefined) return { ...options, cluster };
  const { clusterOfContext } = await import("../runtime/survey.ts");
  const found = clusterOfContext({ file: kubeconfig, context }, parseEnvironment(environment));
  if (found === undefined && context !== undefined)
    throw new InputError(`context ${context} names no EKS cluster; add --cluster NAME`);
  if (found === undefined)
    throw new InputError(
      "--cluster NAME is missing: the EKS cluster's name, or any name with --kubeconfig; it may be left out where the kubeconfig's current context is an EKS cluster's, as `aws eks update-kubeconfig` writes it",
    );
  err(`cluster ${found.cluster}, as context ${found.context} names it\n`);
  return { ...options, ...found };
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: "wx" });
  } catch (error) {
    const isThere = error instanceof Error && "code" in error && error.code === "EEXIST";
    throw new InputError(isThere ? occupied(file) : `${file} could not be written: ${messageOf(error)}; name another`, {
      cause: error,
    });
  }
}

function occupied(file: string): string {
  return `${file} is there already, and is not overwritten; name another file, or take it away`;
}
