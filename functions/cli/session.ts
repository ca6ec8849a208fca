import { readFile } from "node:fs/promises";
import { fileProblem, InputError } from "../core/errors.ts";
import type { Scope } from "../core/model.ts";
import type { World } from "../core/ports.ts";
import type { Request } from "../core/request.ts";
import { parseServiceScope } from "../core/scopes.ts";
import type { Configuration } from "../core/settings.ts";
import type { ClusterAccess, Compose, Composed } from "../runtime/compose.ts";
import { parseConfiguration } from "../runtime/configuration/document.ts";
import { parseEnvironment } from "../runtime/configuration/environment.ts";
import { needCredentials } from "./credentials.ts";
import type { Follower } from "./follow.ts";
import type { Style } from "./text.ts";

/** What every command takes. */
export type Options = {
  /** One of these two says where the configuration is: a file, or a stack that was deployed. */
  readonly config?: string;
  readonly stack?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly allowEndpoint?: boolean;
  readonly service?: readonly string[];
  readonly output: "table" | "json";
};

/** Where a command reads and writes: standard output carries the report alone. */
export type Terminal = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly style: Style;
  /** Standard input, to its end; the same again where it is asked for again. */
  readonly input: () => Promise<string>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Shows what is being done, where somebody watches; empty text takes it away. */
  readonly progress: (text: string) => void;
  /** Asks whoever sits there; undefined where nobody does. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  /** What to say when somebody interrupts. */
  readonly onInterrupt: (say: () => string) => void;
  /** What to do at the first interrupt instead of leaving, for what ends by itself then. */
  readonly onStop: (end: () => void) => void;
};

/** How long a person waits until what was written has taken effect, where the document says nothing else. */
const CONFIRM_SECONDS = 300;
/** A person waits, but not forever: no write is begun after this. */
const PATIENCE_MS = 15 * 60_000;

/** Throws an InputError that tells everything that is wrong with the document. `-` is standard input. */
export async function readConfiguration(
  { stack, config = "-" }: Pick<Options, "stack" | "config">,
  terminal: Terminal,
): Promise<Configuration> {
  if (stack !== undefined) {
    await checkCredentials(terminal);
    const { readDeployedConfiguration } = await import("./stack/deployed-document.ts");
    return readDeployedConfiguration(stack, parseEnvironment(terminal.environment));
  }
  return parseConfiguration(await readDocument(config, terminal), config === "-" ? "standard input" : config);
}

/**
 * Throws an InputError where there are no AWS credentials, before anything is asked that would fail for want of them. Returns the
 * AWS account that they are of, as far as they say.
 */
export async function checkCredentials({ environment }: Pick<Terminal, "environment">): Promise<string | undefined> {
  const { resolveCredentials } = await import("../runtime/compose.ts");
  const parsed = parseEnvironment(environment);
  const { accountId } = await needCredentials(() => resolveCredentials(parsed), environment["AWS_PROFILE"]);
  return accountId;
}

export async function openWorld(
  configuration: Configuration,
  options: Options,
  terminal: Terminal,
  { noteCall, noteThrottle }: Partial<Pick<Follower, "noteCall" | "noteThrottle">> = {},
  compose?: Compose,
): Promise<Composed & { readonly account: string | undefined }> {
  // Loaded only now: the SDKs take half a second, which whoever asked for help or mistyped an option need not wait for.
  const { composeWorld } = await import("../runtime/compose.ts");
  const account = await checkCredentials(terminal);
  const warned = new Set<string>();
  const composed = await (compose ?? composeWorld)({
    configuration,
    access: accessOf(options),
    environment: parseEnvironment(terminal.environment),
    ...(noteCall === undefined ? {} : { onCall: noteCall }),
    ...(noteThrottle === undefined ? {} : { onThrottle: noteThrottle }),
    onWarning: (warning) => {
      if (warned.has(warning)) return;
      warned.add(warning);
      terminal.err(`warning: ${warning}\n`);
    },
  });
  return { ...composed, account };
}

/** A pass that changes nothing, over the services asked for or all. */
export function dryPass(scopes: readonly Scope[], world: World): Request {
  const patience = (world.settings.confirmSeconds ?? CONFIRM_SECONDS) * 1000;
  const deadline = world.now() + PATIENCE_MS;
  return {
    scopes,
    sweep: true,
    force: false,
    dryRun: true,
    newCluster: false,
    deadline,
    patience,
    start: Math.random(),
  };
}

/** Either option says that the cluster is reached as kubectl reaches it. */
export function accessOf({ kubeconfig, context, allowEndpoint = false }: Options): ClusterAccess {
  return kubeconfig === undefined && context === undefined
    ? { kind: "eks" }
    : { kind: "kubeconfig", file: kubeconfig, context, isAnyEndpointAllowed: allowEndpoint };
}

export function scopesOf({ service: names }: Pick<Options, "service">): readonly Scope[] {
  if (names === undefined) return [{ kind: "all" }];
  return names.map((text) => {
    const scope = parseServiceScope(text);
    if (scope.service === "" || scope.namespace === "")
      throw new InputError(`--service ${JSON.stringify(text)}: write the service's name, or NAMESPACE/NAME`);
    return scope;
  });
}

/** Throws an InputError where it cannot be read. */
export async function readDocument(file: string, terminal: Terminal): Promise<string> {
  try {
    return file === "-" ? await terminal.input() : await readFile(file, "utf8");
  } catch (error) {
    throw new InputError(
      `cannot read the configuration ${file}: ${fileProblem(error)}; name a readable file with --config, or - for standard input`,
      { cause: error },
    );
  }
}
