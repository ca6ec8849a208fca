import * as z from "zod";
import { isTemplated } from "./template.ts";

const metadataSchema = z
  .looseObject({
    name: z.string().optional(),
    generateName: z.string().optional(),
    namespace: z.string().default("default"),
    annotations: z.record(z.string(), z.unknown()).nullish(),
  })
  // The API server completes a name that is generated; until then its beginning stands for it.
  .transform(({ name, generateName, ...rest }, context) => {
    const given = name ?? generateName;
    if (given === undefined) context.addIssue({ code: "custom", path: ["name"], message: "", input: undefined });
    return { ...rest, name: given ?? "" };
  });

const objectSchema = z.looseObject({
  apiVersion: z.string().min(1),
  kind: z.string().min(1),
  metadata: metadataSchema,
});
const listSchema = z.looseObject({ kind: z.string().endsWith("List"), items: z.array(z.unknown()) });

export type KubernetesObject = z.infer<typeof objectSchema>;

/** What a document, or an item of a list, turned out to be. */
export type Found =
  | { readonly is: "object"; readonly object: KubernetesObject }
  /** Meant as one, and not usable as it is: all that is wrong with it, with its place. */
  | { readonly is: "broken"; readonly problem: string }
  /** An object whose names have still to be filled in. */
  | { readonly is: "template" }
  /** Something else, such as the values of a chart. */
  | { readonly is: "other"; readonly problem: string }
  /** What a tool reads itself, such as kustomize's. */
  | { readonly is: "settings" };

/** The objects in what was read from a document that begins `where`; none in an empty one. */
export function findObjects(value: unknown, where: string): readonly Found[] {
  if (value === null || value === undefined) return [];
  const list = listSchema.safeParse(value);
  if (list.success)
    return list.data.items.flatMap((item, index) => findObjects(item, `item ${index + 1} of the list at ${where}`));
  return [classify(value, where)];
}

function classify(value: unknown, where: string): Found {
  if (!isMeantAsObject(value))
    return isTyped(value) ? { is: "settings" } : { is: "other", problem: `${where}: ${NO_OBJECT}` };
  const parsed = objectSchema.safeParse(value, { reportInput: true });
  if (!parsed.success) return { is: "broken", problem: `${where}${nameOf(value)}: ${problemsOf(parsed.error)}` };
  return isTemplated(parsed.data.metadata) ? { is: "template" } : { is: "object", object: parsed.data };
}

const NO_OBJECT = "this is no Kubernetes object, which has apiVersion, kind and metadata; correct it, or take it out";

function isTyped(value: unknown): boolean {
  return typeof value === "object" && value !== null && "apiVersion" in value && "kind" in value;
}

function isMeantAsObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  return "metadata" in value || (("apiVersion" in value || "kind" in value) && "spec" in value);
}

/** `, Service "web"`, as far as it says so. */
function nameOf({ kind, metadata }: Readonly<Record<string, unknown>>): string {
  const { data } = z.looseObject({ name: z.string() }).safeParse(metadata);
  const words = [
    ...(typeof kind === "string" ? [kind] : []),
    ...(data === undefined ? [] : [JSON.stringify(data.name)]),
  ];
  return words.length === 0 ? "" : `, ${words.join(" ")}`;
}

function problemsOf({ issues }: z.ZodError): string {
  const wrong = issues.map(({ path, message, input }) => {
    const field = path.map(String).join(".");
    return input === undefined ? `it has no ${field}` : `${field} cannot be read (${message})`;
  });
  return `${wrong.join(", ")}, so that it is no Kubernetes object; correct that`;
}
