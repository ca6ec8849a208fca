import * as z from "zod";
import { InputError } from "../core/errors.ts";
import type { Scope } from "../core/model.ts";
import { parseEvent } from "./event-bridge.ts";

const scopeSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("all") }),
  z.strictObject({ kind: z.literal("service"), service: z.string(), namespace: z.string().optional() }),
  z.strictObject({ kind: z.literal("namespace"), namespace: z.string() }),
  z.strictObject({ kind: z.literal("node"), node: z.string() }),
]);

const messageSchema = z.strictObject({ scope: scopeSchema, attempt: z.int().min(0).default(0) });

/** What a message asks for. `attempt`: how often it has been asked for already, because a pass could not finish it. */
export type Wish = { readonly scopes: readonly Scope[]; readonly attempt: number };

/** The body with which this tool asks itself for a pass. */
export function scopeMessage(scope: Scope, attempt = 0): string {
  return JSON.stringify(attempt === 0 ? { scope } : { scope, attempt });
}

/** The scopes of one message: an EventBridge event, or a scope of our own. Throws an InputError for anything else. */
export function parseMessage(body: string, cluster: string): Wish {
  try {
    const content: unknown = JSON.parse(body);
    const own = messageSchema.safeParse(content);
    if (own.success) return { scopes: [withNamespace(own.data.scope)], attempt: own.data.attempt };
    const scopes = parseEvent(content, cluster);
    if (scopes !== undefined) return { scopes, attempt: 0 };
  } catch (cause) {
    throw new InputError("the message is neither an EventBridge event of a known shape nor a scope", { cause });
  }
  throw new InputError("the message is neither an EventBridge event nor a scope");
}

function withNamespace(scope: z.infer<typeof scopeSchema>): Scope {
  return scope.kind === "service" ? { ...scope, namespace: scope.namespace } : scope;
}
