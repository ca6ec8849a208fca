import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileProblem, InputError } from "../../core/errors.ts";
import { mergeKubeconfigs, parseKubeconfig } from "./document.ts";
import type { Kubeconfig } from "./document.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

/** A kubeconfig and what to call it in messages. */
export type Found = { readonly origin: string; readonly kubeconfig: Kubeconfig };

/**
 * As kubectl finds it: the file given, or those of KUBECONFIG that exist, or the one in the home folder. Undefined where none
 * was named and there is none. Throws an InputError where the file given cannot be read, or any of them not understood.
 */
export function findKubeconfig(file: string | undefined, variables: Variables): Found | undefined {
  if (file !== undefined) return { origin: `the kubeconfig ${file}`, kubeconfig: parse(file, read(file)) };
  const found = defaultPaths(variables).flatMap((path) => {
    const content = readIfThere(path);
    return content === undefined ? [] : [{ path, file: parse(path, content) }];
  });
  if (found.length === 0) return undefined;
  const origin = `the kubeconfig ${found.map(({ path }) => path).join(" and ")}`;
  return { origin, kubeconfig: mergeKubeconfigs(found.map(({ file }) => file)) };
}

/** Whether there is any that kubectl would use, understood or not. */
export function hasKubeconfig(variables: Variables): boolean {
  return defaultPaths(variables).some((path) => existsSync(path));
}

function defaultPaths(variables: Variables): readonly string[] {
  const listed = [...new Set((variables["KUBECONFIG"] ?? "").split(delimiter))].filter((path) => path !== "");
  return listed.length > 0 ? listed : [join(variables["HOME"] ?? homedir(), ".kube", "config")];
}

function parse(path: string, content: string): Kubeconfig {
  return parseKubeconfig(`the kubeconfig ${path}`, dirname(resolve(path)), content);
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new InputError(
      `the kubeconfig ${path} cannot be read: ${fileProblem(error)}; name one that exists with --kubeconfig`,
      { cause: error },
    );
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new InputError(
      `the kubeconfig ${path} cannot be read: ${fileProblem(error)}; make it readable, or take it out of KUBECONFIG`,
      { cause: error },
    );
  }
}
