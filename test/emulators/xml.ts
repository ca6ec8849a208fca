import type { NormalizedSchema } from "@smithy/core/schema";
import { checkAnswer, operationSchema } from "./model.ts";
import type { Model } from "./model.ts";

/** Text as it stands in an element. */
export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

export function xmlResponse(status: number, body: string): Response {
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n${body}`;
  return new Response(text, { status, headers: { "content-type": "text/xml;charset=UTF-8" } });
}

/** An answer as the query protocols write it, in the spelling of the API's model. Throws where the API would not answer so; times are seconds. */
export function xmlAnswer(model: Model, operation: string, answer: object): string {
  checkAnswer(model, operation, answer);
  return xmlOf(operationSchema(model, operation, "answer"), answer);
}

function xmlOf(schema: NormalizedSchema, value: unknown): string {
  if (schema.isStructSchema()) return membersOf(schema, value as Readonly<Record<string, unknown>>);
  if (schema.isListSchema()) {
    const each = schema.getValueSchema();
    const tag = each.getMergedTraits().xmlName ?? "member";
    return (value as readonly unknown[]).map((one) => element(tag, xmlOf(each, one))).join("");
  }
  return schema.isTimestampSchema() ? new Date(Number(value) * 1000).toISOString() : escapeXml(String(value));
}

function membersOf(schema: NormalizedSchema, value: Readonly<Record<string, unknown>>): string {
  return [...schema.structIterator()]
    .filter(([name]) => value[name] !== undefined)
    .map(([name, member]) => element(member.getMergedTraits().xmlName ?? name, xmlOf(member, value[name])))
    .join("");
}

function element(tag: string, inner: string): string {
  return `<${tag}>${inner}</${tag}>`;
}
