import { parseArgs } from "node:util";
import { Stryker } from "@stryker-mutator/core";

/**
 * Asks of each folder whether its own tests notice changed code: `npm run test:mutation`, or of some files,
 * `npm run test:mutation -- --mutate functions/core/rules.ts,functions/core/plan.ts`. What was found, change by change, is in reports/mutation/.
 */

const FOLDERS = ["triggers", "mappings", "core", "cloudmap"];

const { values } = parseArgs({ options: { mutate: { type: "string" } } });
const wanted = values.mutate?.split(",") ?? FOLDERS.map((folder) => `functions/${folder}/**/*.ts`);

for (const folder of FOLDERS) {
  const mutate = wanted.filter((pattern) => pattern.startsWith(`functions/${folder}/`));
  if (mutate.length === 0) continue;
  const stryker = new Stryker({
    configFile: "test/mutation/stryker.json",
    mutate,
    testFiles: [`test/${folder}/**/*.test.ts`],
    jsonReporter: { fileName: `reports/mutation/${folder}.json` },
  });
  await stryker.runMutationTest();
}
