import * as z from "zod";

/** What the schema is made of. Every message says what the value is, and what to write instead. */

export function closed<T extends z.core.$ZodLooseShape>(shape: T): z.ZodObject<T, z.core.$strict> {
  return z.strictObject(shape, must(`its keys: ${Object.keys(shape).join(", ")}`));
}

/** A closed object whose keys all have defaults, so that it has one too. */
export function group<T extends z.core.$ZodLooseShape>(shape: T) {
  return closed(shape).prefault({} as z.input<z.ZodObject<T, z.core.$strict>>);
}

export function text(pattern: RegExp, most: number, expected: string): z.ZodString {
  return z.string(must(expected)).max(most, must(expected)).regex(pattern, must(expected));
}

export function integer(least: number, most: number): z.ZodInt {
  const error = must(`a whole number from ${least} to ${most}`);
  return z.int(error).min(least, error).max(most, error);
}

export function flag(initial: boolean) {
  return z.boolean(must("true or false")).default(initial);
}

export function list<T extends z.ZodType>(element: T, expected: string, initial: readonly z.output<T>[] = []) {
  return z.array(element, must(`a list of ${expected}`)).default([...initial]);
}

/** The message of every failed check of one value: what it is, and what it should be. */
export function must(expected: string): { error: (issue: z.core.$ZodRawIssue) => string | undefined } {
  return {
    error: ({ code, input }) => {
      if (code === "unrecognized_keys" || code === "invalid_key") return undefined;
      if (input === undefined) return `is missing; write ${expected}`;
      return `is ${show(input)}; write ${expected}${quotesAround(input, code === "invalid_type", expected)}`;
    },
  };
}

/** A word on quotes, where they make the difference between a text and a number, or true and false. */
function quotesAround(input: unknown, isOfOtherType: boolean, expected: string): string {
  const isPlain = typeof input === "number" || typeof input === "boolean";
  if (isPlain && isOfOtherType && expected.includes("characters")) return " (in quotes)";
  if (typeof input !== "string") return "";
  const isNumber = /^\d+(?:\.\d+)?$/.test(input) && /\bnumber\b/.test(expected);
  const isFlag = /^(?:true|false)$/.test(input) && expected.startsWith("true");
  return isNumber || isFlag ? " (without quotes)" : "";
}

function show(input: unknown): string {
  if (input === null) return "empty";
  if (Array.isArray(input)) return input.length === 0 ? "an empty list" : "a list";
  if (typeof input === "object") return "an object";
  if (typeof input === "string" && input.length > 80)
    return `${JSON.stringify(input.slice(0, 80))}… (${input.length} characters)`;
  return JSON.stringify(input);
}
