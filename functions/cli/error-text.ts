import { InputError, messageOf } from "../core/errors.ts";
import { printable } from "./text.ts";

/** What a person wrote wrongly is told without a stack; anything else with its causes. */
export function errorText(error: unknown, isDebugging: boolean): string {
  const isUnexpected = error instanceof Error && !(error instanceof InputError);
  return isDebugging && isUnexpected
    ? `error: ${linesOf(error.stack ?? error.message)}`
    : `error: ${messageText(error)}`;
}

/** The same without its introduction and without a stack. */
export function messageText(error: unknown): string {
  if (error instanceof InputError) return linesOf(error.message);
  if (!(error instanceof Error)) return printable(messageOf(error));
  return [
    printable(error.message),
    // What a message says already, its cause need not say again.
    ...causesOf(error).flatMap((cause) => (error.message.includes(cause) ? [] : [`  because: ${printable(cause)}`])),
  ].join("\n");
}

function causesOf({ cause }: Error): readonly string[] {
  if (cause === undefined) return [];
  return cause instanceof Error ? [cause.message, ...causesOf(cause)] : [messageOf(cause)];
}

function linesOf(text: string): string {
  return text.split("\n").map(printable).join("\n");
}
