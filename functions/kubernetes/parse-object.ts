import type * as z from "zod";
import { NO_API_SERVER } from "./reach.ts";

/** What a schema makes of an object of the API. Throws where it has not that shape, and says what is wrong first. */
export function parseObject<T>(schema: z.ZodType<T>, object: unknown): T {
  const parsed = schema.safeParse(object);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue?.path.map(String).join(".") || "the object itself";
  throw new Error(`the server sent an object of another shape (${place}: ${issue?.message}); ${NO_API_SERVER}`, {
    cause: parsed.error,
  });
}
