import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { unpackBundles } from "./bundles.ts";
import type { Answer, Question } from "./lambda-runtime.ts";

export type LogLine = Readonly<Record<string, unknown>> & {
  readonly level: string;
  readonly message: string;
  readonly timestamp: string;
};

/** A line of CloudWatch's embedded metric format: its values by name, and which of them are metrics. */
export type MetricLine = Readonly<Record<string, unknown>> & {
  readonly directives: {
    readonly Namespace: string;
    readonly Dimensions: readonly (readonly string[])[];
    readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
  };
};

export type Invocation = {
  readonly answer: unknown;
  /** What the handler threw. */
  readonly error: { readonly name: string; readonly message: string } | undefined;
  readonly logs: readonly LogLine[];
  readonly metrics: readonly MetricLine[];
  /** Everything that the process wrote meanwhile. */
  readonly output: string;
};

type InvokeOptions = { readonly remainingMs?: number; readonly clientContext?: unknown };

/** A Lambda's bundle as Lambda runs it: a process of its own, in a folder that holds nothing else. */
export type Lambda = {
  readonly pid: number | undefined;
  readonly invoke: (event: unknown, options?: InvokeOptions) => Promise<Invocation>;
  /** The clock of the process goes on by so many milliseconds at once, its timers and an invocation's time included. */
  readonly advance: (milliseconds: number) => void;
  /** SIGKILL, whatever is under way; invocations under way never end. */
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

const RUNTIME = join(import.meta.dirname, "lambda-runtime.ts");

/** Starts a bundle with these variables and no others; they come on top of what Lambda itself sets. */
export async function startLambda(name: string, variables: Readonly<Record<string, string>>): Promise<Lambda> {
  const folder = await unpackBundles();
  const child = fork(RUNTIME, [join(folder, `${name}.mjs`)], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"],
      NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
      AWS_LAMBDA_FUNCTION_NAME: name,
      LAMBDA_TASK_ROOT: folder,
      TZ: ":UTC",
      ...variables,
    },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const output = collectOutput(child);
  const answers = new Map<string, (answer: Answer) => void>();
  const isReady = new Promise<void>((resolve, reject) => {
    child.on("message", (message: Answer | "ready") => {
      if (message === "ready") resolve();
      else answers.get(message.requestId)?.(message);
    });
    child.once("exit", () => reject(new Error(`${name} ended before it was ready:\n${output.all()}`)));
  });
  await isReady;
  const ask = (question: Question) => child.send(question);
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, "exit");
  };
  return {
    pid: child.pid,
    invoke: async (event, { remainingMs = 120_000, clientContext } = {}) => {
      const requestId = randomUUID();
      const answered = new Promise<Answer>((resolve) => answers.set(requestId, resolve));
      ask({ kind: "invoke", requestId, event, remainingMs, clientContext });
      const { answer, error } = await answered;
      return { answer, error, ...read(await output.until(requestId)) };
    },
    advance: (milliseconds) => ask({ kind: "advance", milliseconds }),
    kill: () => end("SIGKILL"),
    stop: () => end("SIGTERM"),
  };
}

/** Both streams line by line, so that what belongs to an invocation can be told: it comes before its END. */
function collectOutput(child: ChildProcess) {
  const streams = [child.stdout, child.stderr].flatMap((stream) => (stream === null ? [] : [collectLines(stream)]));
  return {
    all: () => streams.flatMap(({ lines }) => lines).join("\n"),
    until: async (requestId: string) => {
      const parts = await Promise.all(streams.map(({ until }) => until(`END RequestId: ${requestId}`)));
      return parts.flat();
    },
  };
}

function collectLines(stream: NodeJS.ReadableStream) {
  const lines: string[] = [];
  const waiting = new Map<string, (lines: readonly string[]) => void>();
  createInterface({ input: stream }).on("line", (line) => {
    const settle = waiting.get(line);
    if (settle === undefined) lines.push(line);
    else settle(lines.splice(0));
  });
  return {
    lines,
    until: (end: string) => {
      const at = lines.indexOf(end);
      if (at !== -1) return Promise.resolve(lines.splice(0, at + 1).slice(0, -1));
      return new Promise<readonly string[]>((resolve) => waiting.set(end, resolve));
    },
  };
}

function read(lines: readonly string[]): Pick<Invocation, "logs" | "metrics" | "output"> {
  const parsed = lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as object);
  return {
    // Errors come over another stream than the rest.
    logs: parsed
      .filter((line): line is LogLine => "message" in line)
      .toSorted((a, b) => (a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : 0)),
    metrics: parsed.flatMap(metricLine),
    output: lines.join("\n"),
  };
}

function metricLine(line: object): readonly MetricLine[] {
  const { _aws: about, ...values } = line as { readonly _aws?: { readonly CloudWatchMetrics: readonly unknown[] } };
  if (about === undefined) return [];
  const [directives] = about.CloudWatchMetrics as readonly MetricLine["directives"][];
  return directives === undefined ? [] : [{ ...values, directives }];
}
