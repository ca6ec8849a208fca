import { isUnanswered } from "../../cloudmap/calls.ts";
import { messageOf } from "../../core/errors.ts";
import { OPERATORS } from "../../core/model.ts";
import type { SourceRead, World } from "../../core/ports.ts";

/** After a try that failed the next one comes so much later, in milliseconds: each may take seconds of a pass. */
const PAUSE = 15_000;

type Options = {
  /** Throws where the document cannot be read. */
  readonly read: () => Promise<string>;
  /** How long a document counts that could be read, while no newer one can, in milliseconds. */
  readonly patience: () => number;
  /** Told of each try that failed while an older document counts. */
  readonly onStale: (warning: string) => void;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
};

export type DocumentReader = {
  readonly read: () => Promise<string>;
  /** Why the document that counts may be another one by now; undefined where it is the newest. */
  readonly staleness: () => Error | undefined;
};

/**
 * Reads the configuration's document. While nobody answers, the last one that could be read goes on counting; what is refused
 * or missing is a failure at once.
 */
export function createDocumentReader({ read, patience, onStale, now = Date.now }: Options): DocumentReader {
  let good: { readonly text: string; readonly at: number } | undefined;
  let triedAt = -Infinity;
  let staleness: Error | undefined;
  const readNewest = async () => {
    const held = good !== undefined && now() - good.at < patience() ? good : undefined;
    if (held !== undefined && now() - triedAt < PAUSE) return held.text;
    try {
      const text = await read();
      good = { text, at: now() };
      triedAt = -Infinity;
      staleness = undefined;
      return text;
    } catch (error) {
      if (held === undefined || !isOutage(error)) throw error;
      triedAt = now();
      staleness = new Error("the configuration could not be read again; removals of living pods wait until it can", {
        cause: error,
      });
      onStale(staleText(error, now() - held.at, patience()));
      return held.text;
    }
  };
  return { read: readNewest, staleness: () => staleness };
}

/** The same world, in which the document may claim something else by now: no living pod's instance is removed on its word. */
export function inDoubt<T extends World>(world: T, error: Error): T {
  const { cluster } = world;
  const unread: SourceRead = { ...OPERATORS, state: "failed", error, isOptional: true };
  return {
    ...world,
    cluster: { ...cluster, listMappings: async (until: number) => [...(await cluster.listMappings(until)), unread] },
  };
}

function staleText(error: unknown, age: number, patience: number): string {
  const [minutes, most] = [age, patience].map((milliseconds) => Math.round(milliseconds / 60_000));
  return `${messageOf(error)}; going on with the document of ${minutes} min ago, for ${most} min at most: until it can be read again no change of it counts, a switch to dry-run neither`;
}

/** Whether nobody answered, or the service itself failed; the cause is the SDK's error. */
function isOutage(error: unknown): boolean {
  for (let one = error; one instanceof Error; one = one.cause) {
    const { $metadata } = one as { readonly $metadata?: { readonly httpStatusCode?: number } };
    if (isUnanswered(one) || one.name.startsWith("Throttl") || ($metadata?.httpStatusCode ?? 0) >= 500) return true;
  }
  return false;
}
