import { existsSync } from "node:fs";
import { join } from "node:path";
import { Code } from "aws-cdk-lib/aws-lambda";
import { InputError } from "../functions/core/errors.ts";
import type { FunctionName } from "./functions.ts";

/** Where `npm run bundle` puts the bundles, seen from this file in the repository and, compiled, in the package. */
const FOLDERS = ["../dist/functions", "../../functions"].map((path) => join(import.meta.dirname, path));

/** A function's prebuilt bundle as an asset. Throws an InputError where it is not there. */
export function bundleOf(name: FunctionName): Code {
  return Code.fromAsset(bundleFolder(name));
}

/** With index.mjs and its source map. Throws an InputError where it is not there. */
export function bundleFolder(name: FunctionName): string {
  const folder = FOLDERS.map((path) => join(path, name)).find((path) => existsSync(join(path, "index.mjs")));
  if (folder !== undefined) return folder;
  throw new InputError(
    `the bundle of ${name} is missing (${FOLDERS.map((path) => join(path, name, "index.mjs")).join(", ")}); in a clone of eks-cloudmap-sync run \`npm run bundle\`, else install the package again`,
  );
}
