import { existsSync } from "node:fs";
import { join } from "node:path";
import { Code } from "aws-cdk-lib/aws-lambda";
import { InputError } from "../functions/core/errors.ts";
import { FUNCTION_NAMES } from "./functions.ts";
import type { FunctionName } from "./functions.ts";

/** Where `npm run bundle` puts the bundles, seen from this file in the repository and, compiled, in the package. */
const FOLDERS = ["../dist/functions", "../../functions"].map((path) => join(import.meta.dirname, path));

/** The prebuilt bundles of all functions as one asset. Throws an InputError where they are not there. */
export function bundles(): Code {
  return Code.fromAsset(bundleFolder());
}

/** What Lambda is told to run: a function's file in the folder of all. */
export function handlerOf(name: FunctionName): string {
  return `${name}.handler`;
}

/** A file for each function, and what they share. Throws an InputError where they are not there. */
export function bundleFolder(folders: readonly string[] = FOLDERS): string {
  const folder = folders.find((path) => FUNCTION_NAMES.every((name) => existsSync(join(path, `${name}.mjs`))));
  if (folder !== undefined) return folder;
  throw new InputError(
    `the bundles of the functions are missing (${folders.join(", ")}); in a clone of eks-cloudmap-sync run \`npm run bundle\`, else install the package again`,
  );
}
