import { defineConfig } from "vitest/config";

/** The tests that ask the mutated folders directly: no process of its own, no bundle. */
export default defineConfig({
  test: {
    include: ["test/{core,mappings,triggers,cloudmap}/**/*.test.ts"],
    testTimeout: 30_000,
  },
});
