import type { core } from "zod";

type Schema = core.JSONSchema.BaseSchema;

/** What the construct's prop says otherwise: the cluster is a prop of its own, and so may the namespaces be. */
const LEFT_OUT: readonly string[] = ["cluster"];
const OPTIONAL: Readonly<Record<string, string>> = { namespaces: "Default: the ids of the prop `namespaces`." };

/** The configuration's schema as a type that an editor tells the meaning of, and that needs no package. */
export function configurationType(schema: Schema): string {
  const properties = Object.fromEntries(
    Object.entries(schema.properties ?? {}).filter(([key]) => !LEFT_OUT.includes(key)),
  );
  const required = (schema.required ?? []).filter((key) => OPTIONAL[key] === undefined);
  return `// Made of the configuration's schema by \`npm run docs\`.

/** The configuration document (docs/configuration.md), without the cluster, which is a prop of its own. */
export type SyncConfiguration = ${objectType({ properties, required }, "")};
`;
}

function objectType({ properties = {}, required = [] }: Schema, indent: string): string {
  const inner = `${indent}  `;
  const lines = Object.entries(properties).flatMap(([key, value]) => {
    if (typeof value === "boolean") return [];
    const mark = required.includes(key) ? "" : "?";
    return [`${inner}/** ${meaningOf(key, value)} */`, `${inner}readonly ${key}${mark}: ${typeOf(value, inner)};`];
  });
  return ["{", ...lines, `${indent}}`].join("\n");
}

function meaningOf(key: string, { description = "", default: standard }: Schema): string {
  const isPlain = standard !== undefined && (typeof standard !== "object" || standard === null);
  const parts = [description, isPlain ? `Default: \`${JSON.stringify(standard)}\`.` : "", OPTIONAL[key] ?? ""];
  return parts.filter((part) => part !== "").join(" ");
}

function typeOf(schema: Schema, indent: string): string {
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.anyOf !== undefined) return unionType(schema.anyOf.map((one) => typeOf(one, indent)));
  if (schema.type === "array") return `readonly ${grouped(typeOf(itemsOf(schema), indent))}[]`;
  if (schema.properties !== undefined) return objectType(schema, indent);
  if (schema.type === "object") return recordType(schema, indent);
  return schema.type === "integer" ? "number" : String(schema.type);
}

/** A literal is one of the strings that `string` means already. */
function unionType(types: readonly string[]): string {
  return types.filter((type) => !(types.includes("string") && type.startsWith('"'))).join(" | ");
}

function recordType({ propertyNames, additionalProperties }: Schema, indent: string): string {
  const value = typeof additionalProperties === "object" ? typeOf(additionalProperties, indent) : "unknown";
  const keys = typeof propertyNames === "object" && propertyNames.enum !== undefined;
  if (!keys) return `Readonly<Record<string, ${value}>>`;
  return `Readonly<Partial<Record<${typeOf(propertyNames, indent)}, ${value}>>>`;
}

function itemsOf({ items }: Schema): Schema {
  return typeof items === "object" && !Array.isArray(items) ? items : {};
}

function grouped(type: string): string {
  return type.includes(" | ") && !type.startsWith("{") ? `(${type})` : type;
}
