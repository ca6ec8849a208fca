import { readFile } from "node:fs/promises";
import { parseAllDocuments } from "yaml";
import * as z from "zod";
import { InputError, messageOf } from "../core/errors.ts";
import { yamlProblem } from "../runtime/configuration/yaml-problem.ts";
import type { ListObjects, Resource } from "../core/ports.ts";
import type { Terminal } from "./session.ts";

const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().default("default"),
    annotations: z.record(z.string(), z.unknown()).nullish(),
  }),
});
const listSchema = z.looseObject({ kind: z.string().endsWith("List"), items: z.array(z.unknown()) });

export type KubernetesObject = z.infer<typeof objectSchema>;

export type ManifestFile = { readonly file: string; readonly objects: readonly KubernetesObject[] };

/** Kubernetes objects out of files; `-` is standard input. Throws an InputError that names the file. */
export function readManifests(
  files: readonly string[],
  terminal: Pick<Terminal, "input">,
): Promise<readonly ManifestFile[]> {
  return Promise.all(files.map(async (file) => ({ file, objects: await readObjects(file, terminal) })));
}

/** Lists them as a cluster would. */
export function listing(objects: readonly KubernetesObject[]): ListObjects {
  return (resource) => Promise.resolve(listFrom(objects, resource));
}

async function readObjects(file: string, { input }: Pick<Terminal, "input">): Promise<readonly KubernetesObject[]> {
  const name = file === "-" ? "standard input" : file;
  const objects = await readYaml(file, name, input);
  if (objects.length === 0 && file === "-")
    throw new InputError("standard input holds no Kubernetes object; check the command before the pipe");
  return objects;
}

async function readYaml(file: string, name: string, input: Terminal["input"]): Promise<readonly KubernetesObject[]> {
  try {
    const text = file === "-" ? await input() : await readFile(file, "utf8");
    const documents = parseAllDocuments(text);
    const [mistake] = documents.flatMap(({ errors }) => errors);
    if (mistake !== undefined) throw new InputError(yamlProblem(mistake, text));
    return documents.flatMap((document) => flatten(document.toJS({ maxAliasCount: 100 })));
  } catch (error) {
    throw new InputError(`cannot read the manifests of ${name}: ${messageOf(error)}; name files of YAML or JSON`, {
      cause: error,
    });
  }
}

/** What is no Kubernetes object (an empty document, values of a chart) is left out. */
function flatten(value: unknown): readonly KubernetesObject[] {
  const list = listSchema.safeParse(value);
  if (list.success) return list.data.items.flatMap(flatten);
  const object = objectSchema.safeParse(value);
  return object.success ? [object.data] : [];
}

/** In the first of the versions that some object has. */
function listFrom(objects: readonly KubernetesObject[], { group, versions, plural }: Resource) {
  const ofKind = objects.filter(({ kind }) => pluralOf(kind) === plural);
  const apiVersion = (version: string) => (group === "" ? version : `${group}/${version}`);
  const version = versions.find((one) => ofKind.some((object) => object.apiVersion === apiVersion(one)));
  if (version === undefined) return { state: "read" as const, version: versions[0] ?? "", objects: [] };
  const found = ofKind.filter((object) => object.apiVersion === apiVersion(version));
  return { state: "read" as const, version, objects: found };
}

/** As Kubernetes and the App Mesh controller call the resources of the kinds that matter. */
function pluralOf(kind: string): string {
  return `${kind.toLowerCase()}${/s?h$|s$/i.test(kind) ? "es" : "s"}`;
}
