import * as fc from "fast-check";
import { inject, vi } from "vitest";

// Stryker finds a test by its name, which has the seed in it. A world that fails is enough; no smaller one is looked for.
fc.configureGlobal({ seed: 1, endOnFailure: true });

declare module "vitest" {
  interface ProvidedContext {
    /** Stryker's own. */
    readonly mode: "dry-run" | "mutant";
  }
}

// What waits for ever has failed. Stryker would end the process for it, after five seconds, and the next one would load all again.
if (inject("mode") === "mutant") vi.setConfig({ testTimeout: 4_000 });
