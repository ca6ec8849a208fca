import type { Scope } from "./model.ts";

/** A service as people name it: `[NAMESPACE/]NAME`. Of a namespace's ARN, which has slashes of its own, the last one counts. */
export function parseServiceScope(text: string): Extract<Scope, { readonly kind: "service" }> {
  const at = text.lastIndexOf("/");
  return at === -1
    ? { kind: "service", service: text, namespace: undefined }
    : { kind: "service", service: text.slice(at + 1), namespace: text.slice(0, at) };
}
