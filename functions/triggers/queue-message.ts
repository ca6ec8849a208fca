import * as z from "zod";
import { InputError } from "../core/errors.ts";
import { parseJson } from "../core/json.ts";
import type { Scope } from "../core/model.ts";
import { parseEvent } from "./event-bridge.ts";
import { cloudMapName, kubernetesName } from "./names.ts";

const scopeSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("all") }),
  z.strictObject({ kind: z.literal("service"), service: cloudMapName, namespace: cloudMapName.optional() }),
  z.strictObject({ kind: z.literal("namespace"), namespace: kubernetesName }),
  z.strictObject({ kind: z.literal("node"), node: kubernetesName }),
]);

/** `attempt` was written by versions up to 0.1; what they left in the queue is still understood. */
const messageSchema = z.strictObject({ scope: scopeSchema, attempt: z.int().min(0).optional() });

/** What a message asks for. */
export type Wish = { readonly scopes: readonly Scope[] };

/** The body with which this tool asks itself for a pass. */
export function scopeMessage(scope: Scope): string {
  return JSON.stringify({ scope });
}

/** The scopes of one message: an EventBridge event, or a scope of our own. Throws an InputError for anything else. */
export function parseMessage(body: string, cluster: string): Wish {
  try {
    const content = parseJson(body);
    const own = messageSchema.safeParse(content);
    if (own.success) return { scopes: [withNamespace(own.data.scope)] };
    const scopes = parseEvent(content, cluster);
    if (scopes !== undefined) return { scopes };
  } catch (cause) {
    throw new InputError("the message is neither an EventBridge event of a known shape nor a scope", { cause });
  }
  throw new InputError("the message is neither an EventBridge event nor a scope");
}

function withNamespace(scope: z.infer<typeof scopeSchema>): Scope {
  return scope.kind === "service" ? { ...scope, namespace: scope.namespace } : scope;
}
