import { existsSync } from "node:fs";
import { join } from "node:path";
import { Code } from "aws-cdk-lib/aws-lambda";
import type { FunctionName } from "./permissions.ts";

/** Where `npm run build` puts the bundles, seen from this file in the repository and, compiled, in the package. */
const FOLDERS = ["../dist/functions", "../../functions"].map((path) => join(import.meta.dirname, path));

/** A function's prebuilt bundle as an asset. Throws where it is not there. */
export function bundleOf(name: FunctionName): Code {
  const folder = FOLDERS.map((path) => join(path, name)).find((path) => existsSync(join(path, "index.mjs")));
  if (folder === undefined)
    throw new Error(`the bundle of ${name} is missing; run \`npm run build\` in the repository of eks-cloudmap-sync`);
  return Code.fromAsset(folder);
}
