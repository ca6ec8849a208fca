import { parseArgs } from "node:util";
import { Stryker } from "@stryker-mutator/core";

/**
 * Asks of each folder whether its own tests notice changed code: `npm run test:mutation`, or of some files,
 * `npm run test:mutation -- --mutate functions/core/rules.ts,functions/core/plan.ts`. What was found, change by change, is in reports/mutation/.
 */

/** The tests of each folder. */
const TESTS: Readonly<Record<string, readonly string[]>> = {
  triggers: ["test/triggers/**/*.test.ts"],
  mappings: ["test/mappings/**/*.test.ts", "test/runtime/configuration/**/*.test.ts"],
  core: ["test/core/**/*.test.ts"],
  cloudmap: ["test/cloudmap/**/*.test.ts"],
};

const { values } = parseArgs({ options: { mutate: { type: "string" } } });
const wanted = values.mutate?.split(",") ?? Object.keys(TESTS).map((folder) => `functions/${folder}/**/*.ts`);

for (const [folder, testFiles] of Object.entries(TESTS)) {
  const mutate = wanted.filter((pattern) => pattern.startsWith(`functions/${folder}/`));
  if (mutate.length === 0) continue;
  const jsonReporter = { fileName: `reports/mutation/${folder}.json` };
  const stryker = new Stryker({
    configFile: "test/mutation/stryker.json",
    mutate,
    testFiles: [...testFiles],
    jsonReporter,
  });
  await stryker.runMutationTest();
}
