import { defineConfig } from "vitest/config";
import { QuickFirst, warmPool } from "./warm-pool.ts";

/** The tests that ask the mutated folders directly, and answer within a second: no process of its own, no bundle. */
export default defineConfig({
  plugins: [warmPool],
  test: {
    include: ["test/{core,mappings,triggers,cloudmap}/**/*.test.ts"],
    // They walk thousands of worlds, and thousands of pods: seconds for each change.
    exclude: ["test/core/{crowded,linear,overlap,properties}.test.ts"],
    setupFiles: ["test/mutation/setup.ts"],
    isolate: false,
    sequence: { sequencer: QuickFirst },
    testTimeout: 30_000,
  },
});
