import { AsyncLocalStorage } from "node:async_hooks";
import type { Document } from "./story.ts";

/** A process of the product: a Lambda's environment, or a watch. What it is told after its end never reaches it. */
export type Process = { readonly isFrequent: boolean; isDead: boolean; callsLeft: number };

/** A pass under way, and what it has read so far. Times are milliseconds since the epoch by the true clock. */
export type Pass = {
  readonly name: string;
  /** Which of the world's documents it works by, and as it was when the pass began. */
  readonly index: number;
  readonly document: Document;
  readonly force: boolean;
  readonly dryRun: boolean;
  readonly began: number;
  readonly process: Process;
  /** When complete lists of a Kubernetes namespace's pods began. */
  readonly podLists: Map<string, number[]>;
  /** When nodes and claims were begun to be read. */
  readonly nodesRead: number[];
  readonly claimsRead: number[];
  /** When lists of a service's instances began, by the service's id. */
  readonly registryRead: Map<string, number[]>;
  /** Whether a source did not answer it, so that it cannot know all that is wanted. */
  isBlind: boolean;
  /** Instances whose registration was refused or failed, by service and id. */
  readonly failed: Set<string>;
};

const passes = new AsyncLocalStorage<Pass>();

export function currentPass(): Pass | undefined {
  return passes.getStore();
}

export function withinPass<T>(pass: Pass, work: () => Promise<T>): Promise<T> {
  return passes.run(pass, work);
}

export function beginPass(
  given: Pick<Pass, "name" | "index" | "document" | "force" | "dryRun" | "began" | "process">,
): Pass {
  return {
    ...given,
    podLists: new Map(),
    nodesRead: [],
    claimsRead: [],
    registryRead: new Map(),
    isBlind: false,
    failed: new Set(),
  };
}

export function addTo<K>(times: Map<K, number[]>, key: K, at: number): void {
  times.set(key, [...(times.get(key) ?? []), at]);
}

/** Counts a call against the life of its process, and never comes back once that is over. */
export async function survive(process: Process | undefined): Promise<void> {
  if (process === undefined) return;
  process.callsLeft -= 1;
  if (process.callsLeft <= 0) process.isDead = true;
  await unlessDead(process);
}

export async function unlessDead(process: Process | undefined): Promise<void> {
  if (process?.isDead === true) await new Promise<never>(() => {});
}
