import { readFile } from "node:fs/promises";
import { parseAllDocuments } from "yaml";
import * as z from "zod";
import { InputError, messageOf } from "../core/errors.ts";
import type { ListObjects, Resource } from "../core/ports.ts";
import type { Terminal } from "./session.ts";

const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().default("default") }),
});
const listSchema = z.looseObject({ kind: z.string().endsWith("List"), items: z.array(z.unknown()) });

export type KubernetesObject = z.infer<typeof objectSchema>;

/** Kubernetes objects out of files; `-` is standard input. Throws an InputError that names the file. */
export async function readManifests(
  files: readonly string[],
  terminal: Pick<Terminal, "input">,
): Promise<readonly KubernetesObject[]> {
  return (await Promise.all(files.map((file) => readObjects(file, terminal)))).flat();
}

/** Lists them as a cluster would. */
export function listing(objects: readonly KubernetesObject[]): ListObjects {
  return (resource) => Promise.resolve(listFrom(objects, resource));
}

async function readObjects(file: string, { input }: Pick<Terminal, "input">): Promise<readonly KubernetesObject[]> {
  try {
    const documents = parseAllDocuments(file === "-" ? await input() : await readFile(file, "utf8"));
    const [mistake] = documents.flatMap(({ errors }) => errors);
    if (mistake !== undefined) throw mistake;
    return documents.flatMap((document) => flatten(document.toJS({ maxAliasCount: 100 })));
  } catch (error) {
    throw new InputError(
      `cannot read the manifests of ${file === "-" ? "standard input" : file}: ${messageOf(error)}; name files of YAML or JSON`,
      {
        cause: error,
      },
    );
  }
}

/** What is no Kubernetes object (an empty document, values of a chart) is left out. */
function flatten(value: unknown): readonly KubernetesObject[] {
  const list = listSchema.safeParse(value);
  if (list.success) return list.data.items.flatMap(flatten);
  const object = objectSchema.safeParse(value);
  return object.success ? [object.data] : [];
}

/** In the first of the versions that some object has; the plural of every kind that matters is its name with an s. */
function listFrom(objects: readonly KubernetesObject[], { group, versions, plural }: Resource) {
  const ofKind = objects.filter(({ kind }) => `${kind.toLowerCase()}s` === plural);
  const apiVersion = (version: string) => (group === "" ? version : `${group}/${version}`);
  const version = versions.find((one) => ofKind.some((object) => object.apiVersion === apiVersion(one)));
  if (version === undefined) return { state: "read" as const, version: versions[0] ?? "", objects: [] };
  const found = ofKind.filter((object) => object.apiVersion === apiVersion(version));
  return { state: "read" as const, version, objects: found };
}
