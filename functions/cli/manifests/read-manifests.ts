import { readFile, stat } from "node:fs/promises";
import { LineCounter, parseAllDocuments } from "yaml";
import { fileProblem, InputError } from "../../core/errors.ts";
import { yamlProblem } from "../../runtime/configuration/yaml-problem.ts";
import type { Terminal } from "../session.ts";
import { findObjects } from "./kubernetes-object.ts";
import type { KubernetesObject } from "./kubernetes-object.ts";
import { isTemplate, templateProblem } from "./template.ts";

export type ManifestFile = {
  readonly file: string;
  readonly objects: readonly KubernetesObject[];
  /** What is wrong with it, or in it, each with its place. */
  readonly problems: readonly string[];
  /** The same of what is not even meant as a Kubernetes object. */
  readonly others: readonly string[];
};

/** A file that is larger takes the parser gigabytes, in bytes. */
const MOST_BYTES = 16 * 1024 ** 2;

/** The Kubernetes objects in a file; `-` is standard input. Throws an InputError where a pipe brings none. */
export async function readManifests(file: string, { input }: Pick<Terminal, "input">): Promise<ManifestFile> {
  const isPiped = file === "-";
  const read = await parsed(() => (isPiped ? input() : readBounded(file)), file);
  if (isPiped && Object.values(read).every((found) => found.length === 0))
    throw new InputError("standard input holds no Kubernetes object; check the command before the pipe");
  return { file: isPiped ? "standard input" : file, ...read };
}

async function parsed(readText: () => Promise<string>, file: string): Promise<Omit<ManifestFile, "file">> {
  try {
    return parseManifests(await readText(), file);
  } catch (error) {
    return onlyProblem(`cannot be read: ${fileProblem(error)}; name files of YAML or JSON, or folders of them`);
  }
}

async function readBounded(file: string): Promise<string> {
  const { size } = await stat(file);
  if (size > MOST_BYTES) throw new InputError(`it has ${size} bytes, and ${MOST_BYTES} are read at most`);
  return readFile(file, "utf8");
}

function parseManifests(text: string, file: string): Omit<ManifestFile, "file"> {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, stringKeys: true });
  const [mistake] = documents.flatMap(({ errors }) => errors);
  if (mistake !== undefined)
    return onlyProblem(
      isTemplate(text, mistake) ? templateProblem(file, text) : `${yamlProblem(mistake, text)}; correct it`,
    );
  const found = documents.flatMap((document) => {
    const { line } = lines.linePos(document.contents?.range[0] ?? 0);
    return findObjects(document.toJS({ maxAliasCount: 100 }), `line ${line}`);
  });
  if (found.some(({ is }) => is === "template")) return onlyProblem(templateProblem(file, text));
  return {
    objects: found.flatMap((one) => (one.is === "object" ? [one.object] : [])),
    problems: found.flatMap((one) => (one.is === "broken" ? [one.problem] : [])),
    others: found.flatMap((one) => (one.is === "other" ? [one.problem] : [])),
  };
}

function onlyProblem(problem: string): Omit<ManifestFile, "file"> {
  return { objects: [], problems: [problem], others: [] };
}
