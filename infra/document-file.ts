import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { fileProblem, InputError } from "../functions/core/errors.ts";
import { parseConfiguration } from "../functions/runtime/configuration/document.ts";
import type { SyncConfiguration } from "./sync-configuration.ts";

/**
 * Reads the document that the command line takes with `--config`, and checks it. It comes back as it is written, without the
 * defaults: those of the version that reads it count. `cluster` stands for a name that the file lacks.
 *
 * Throws an InputError that says what is wrong with the file.
 */
export function readDocumentFile(
  file: string,
  cluster?: string,
): { readonly cluster: string; readonly configuration: SyncConfiguration } {
  const text = readText(file);
  const checked = parseConfiguration(text, file, cluster);
  const entries = Object.entries(parse(text) as object);
  const own: unknown = entries.find(([key]) => key === "cluster")?.[1];
  if (own !== undefined && own !== checked.cluster)
    throw new InputError(
      `the cluster is ${JSON.stringify(checked.cluster)}, but ${file} has \`cluster: ${JSON.stringify(own)}\`; make them the same, or give it once`,
    );
  const document = entries.filter(([key]) => key !== "cluster");
  return { cluster: checked.cluster, configuration: Object.fromEntries(document) };
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new InputError(`the configuration ${file} cannot be read: ${fileProblem(error)}`, { cause: error });
  }
}
