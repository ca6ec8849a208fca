import { readFile } from "node:fs/promises";
import { fileProblem, InputError } from "../../core/errors.ts";

/** PEM, from base64 or else from a file; undefined where neither is given. Throws an InputError. */
export async function readPem(
  data: string | null | undefined,
  path: string | null | undefined,
): Promise<string | undefined> {
  if (data) return Buffer.from(data, "base64").toString("utf8");
  if (!path) return undefined;
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new InputError(`${path} of the kubeconfig cannot be read: ${fileProblem(error)}; make it readable`, {
      cause: error,
    });
  }
}
