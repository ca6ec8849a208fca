import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // In milliseconds: what the report marks.
    slowTestThreshold: 1_000,
    // Vitest leaves one processor alone, which of two is half of the machine.
    maxWorkers: "100%",
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/browser/**", "test/infra/**", "test/kube/**", "test/package/**", "test/wire/**"],
          globalSetup: ["test/support/temporary.ts", "test/support/bundles.ts"],
          testTimeout: 30_000,
          // What a file imports is loaded once for all: it keeps no state of its own, but for the Lambdas' entries.
          isolate: false,
          provide: { runs: 25 },
        },
      },
      {
        test: {
          name: "fuzz",
          include: ["test/fuzz/**/*.test.ts"],
          testTimeout: 600_000,
          provide: { runs: 5_000 },
        },
      },
      {
        test: {
          name: "infra",
          include: ["test/infra/**/*.test.ts"],
          globalSetup: ["test/support/temporary.ts", "test/support/bundles.ts"],
          testTimeout: 30_000,
          // CDK takes longer to load than most tests take; nothing here changes it.
          isolate: false,
        },
      },
      {
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "wire",
          include: ["test/wire/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 90_000,
        },
      },
      {
        test: {
          name: "kube",
          include: ["test/kube/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "package",
          include: ["test/package/**/*.test.ts"],
          globalSetup: ["test/support/temporary.ts"],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          // They build into the same folder.
          fileParallelism: false,
        },
      },
    ],
  },
});
