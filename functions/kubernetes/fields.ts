import * as z from "zod";

/**
 * What is read of a JSON value: all of it, nothing, all of it where its text has something in it; or, of an object and of each object of
 * an array, some members.
 */
export type Fields = "all" | "none" | OnlyWith | Members;

export type OnlyWith = { readonly onlyWith: string };

export type Members = {
  readonly members: Readonly<Record<string, Fields>>;
  /** Of the members that are not named. */
  readonly others: "all" | "none";
};

/** Who manages each field takes a third to a half of an object's bytes, and nothing here reads any of it. */
export const ALL_BUT_MANAGERS: Members = {
  members: { metadata: { members: { managedFields: "none" }, others: "all" } },
  others: "all",
};

/**
 * What parsing by a schema reads, so that what is left out of a list and what is read of it cannot disagree: of an object the members
 * that it names, unless it is loose. `onlyWith` in a schema's `meta` says that a value is of no use without that text.
 */
export function fieldsOf(schema: z.ZodObject): Members {
  const members = Object.entries(schema.shape).map(([name, member]) => [name, fieldsOfAny(member)] as const);
  return { members: Object.fromEntries(members), others: schema.def.catchall === undefined ? "none" : "all" };
}

function fieldsOfAny(schema: z.core.$ZodType): Fields {
  const onlyWith = z.globalRegistry.get(schema)?.["onlyWith"];
  if (typeof onlyWith === "string") return { onlyWith };
  if (schema instanceof z.ZodObject) return fieldsOf(schema);
  if (schema instanceof z.ZodArray) return fieldsOfAny(schema.element);
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodCatch
  )
    return fieldsOfAny(schema.def.innerType);
  return "all";
}
