import type { Plugin } from "vitest/config";
import { BaseSequencer, ThreadsPoolWorker } from "vitest/node";
import type { PoolOptions, PoolWorker, TestSpecification, WorkerRequest } from "vitest/node";

/**
 * A pool with one thread that outlives a run. Stryker starts a run of Vitest for each change; a new thread would load the same modules again, which takes
 * longer than the tests do. The changed code needs no loading: which change is on is a variable in it.
 */
export const warmPool: Plugin = {
  name: "warm-pool",
  // Stryker chooses one of Vitest's own pools; this comes after that.
  configureVitest: ({ project, vitest }) => {
    let thread: ThreadsPoolWorker | undefined;
    let kept: PoolWorker | undefined;
    const createPoolWorker = (options: PoolOptions) => (kept ??= keepWarm((thread = new ThreadsPoolWorker(options))));
    project.config.pool = NAME;
    project.config.poolRunner = { name: NAME, createPoolWorker };
    vitest.onClose(() => thread?.stop());
  },
};

const NAME = "warm";

/** What waits for longer, in milliseconds, has failed. Stryker ends the process after five seconds, and the next one would load all again. */
const PATIENCE = 4_000;

declare module "vitest" {
  interface ProvidedContext {
    /** Stryker's own: whether a change is on. */
    readonly mode: "dry-run" | "mutant";
  }
}

type Listener = Parameters<PoolWorker["on"]>[1];
type Config = Extract<WorkerRequest, { type: "start" }>["context"]["config"];

/** Answers itself to a second start and to every stop. What a start says of the tests to run goes to the thread with the run. */
function keepWarm(thread: PoolWorker): PoolWorker {
  const listeners = new Set<Listener>();
  const answer = (type: "started" | "stopped") => {
    queueMicrotask(() => tell({ type, __vitest_worker_response__: true }));
  };
  const tell = (message: unknown) => {
    for (const listener of listeners) listener(message);
  };
  let config: Config | undefined;
  let isRunning: Promise<void> | undefined;
  return {
    name: NAME,
    deserialize: (data) => thread.deserialize(data),
    on: (event, listener) => (event === "message" ? listeners.add(listener) : thread.on(event, listener)),
    off: (event, listener) => (event === "message" ? listeners.delete(listener) : thread.off(event, listener)),
    start: () => (isRunning ??= thread.start().then(() => thread.on("message", tell))),
    stop: async () => listeners.clear(),
    send: (message) => {
      if (message.type === "stop") return answer("stopped");
      if (message.type === "run") {
        const isChanged = message.context.providedContext.mode === "mutant";
        const context = { ...message.context, config: { ...config, ...(isChanged ? { testTimeout: PATIENCE } : {}) } };
        return thread.send({ ...message, context });
      }
      if (message.type === "start") {
        const isFirst = config === undefined;
        config = message.context.config;
        if (!isFirst) return answer("started");
      }
      return thread.send(message);
    },
  };
}

/** What noticed the change before comes first, then what is quick: a change is done with at the first test that fails. */
export class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const known = new Map(files.map((file) => [file, this.ctx.cache.getTestSpecificationResult(file)]));
    const cost = (file: TestSpecification) => {
      const result = known.get(file);
      return result === undefined || result.failed ? 0 : result.duration;
    };
    return files.toSorted((a, b) => cost(a) - cost(b));
  }
}
