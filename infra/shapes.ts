import { Token } from "aws-cdk-lib/core";
import { nearest } from "../functions/core/nearest.ts";

/** What is wrong with a value, each with its path and what to write instead. */
export type Shape = (value: unknown, path: string) => readonly string[];

/** A shape for each key that a type knows, so that none is forgotten. */
export type Shapes<T> = { readonly [Key in keyof Required<T>]: Shape };

/** `expected` completes "write …". What is known at deployment only is never wrong. */
export function is(expected: string, isRight: (value: unknown) => boolean): Shape {
  return (value, path) => {
    if (Token.isUnresolved(value) || isRight(value)) return [];
    return [`\`${path}\` is ${value === undefined ? "missing" : show(value)}; write ${expected}`];
  };
}

export function text(expected: string): Shape {
  return is(expected, (value) => typeof value === "string");
}

export function oneOf(...words: readonly string[]): Shape {
  const last = words.length > 1 ? ` or ${JSON.stringify(words.at(-1))}` : "";
  const others = words.slice(0, Math.max(1, words.length - 1)).map((word) => JSON.stringify(word));
  return is(`${others.join(", ")}${last}`, (value) => typeof value === "string" && words.includes(value));
}

/** An object that has all of these, as CDK's interfaces do. */
export function having(expected: string, ...members: readonly string[]): Shape {
  return is(expected, (value) => isObject(value) && members.every((member) => member in value));
}

export function listOf(expected: string, element: Shape): Shape {
  return (value, path) =>
    Array.isArray(value) && !Token.isUnresolved(value)
      ? value.flatMap((one: unknown, index) => element(one, `${path}[${index}]`))
      : is(`a list of ${expected}`, () => false)(value, path);
}

/** An object with these keys and no others. */
export function closed<T>(expected: string, shapes: Shapes<T>, required: readonly (keyof T & string)[] = []): Shape {
  const isGiven = is(expected, isObject);
  return (value, path) => {
    if (!isObject(value) || Token.isUnresolved(value)) return isGiven(value, path);
    const known = new Map<string, Shape>(Object.entries(shapes));
    const given = Object.entries(value).filter(([, one]) => one !== undefined);
    const missing = required.filter((key) => value[key] === undefined).map((key) => [key, undefined] as const);
    return [...missing, ...given].flatMap(
      ([key, one]) => known.get(key)?.(one, `${path}.${key}`) ?? [unknownKey(`${path}.${key}`, key, [...known.keys()])],
    );
  };
}

export function unknownKey(path: string, key: string, known: readonly string[]): string {
  const near = nearest(key, known);
  const remedy = near === undefined ? `there are ${known.join(", ")}` : `did you mean ${near}?`;
  return `\`${path}\`: there is no such prop; ${remedy}`;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "function") return "a function";
  return isObject(value) ? "an object" : JSON.stringify(value);
}
