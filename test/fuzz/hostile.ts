import * as fc from "fast-check";
import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** How many inputs each property is tried on. */
    runs: number;
  }
}

export const RUNS = { numRuns: inject("runs") };

/** What breaks lines, terminals, JSON, HTML, objects and numbers, and what is only long. */
const ODDITIES = [
  "",
  " ",
  "\n",
  '\r\n{"_aws":1}',
  "\u001b[2J\u001b]0;title\u0007",
  "\u202ereversed\u2066",
  "\ud800",
  "\u0000",
  "\u2028",
  "<img src=x onerror=alert(1)>",
  "\"'`</script>",
  "__proto__",
  "constructor",
  "toString",
  "AWS_INSTANCE_IPV4",
  "eks-cloudmap-sync/owner",
  "../../etc/passwd",
  "%zz",
  "1e309",
  "-0",
  "$(id)",
  "x".repeat(5_000),
  "é".repeat(300),
] as const;

export const text: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...ODDITIES),
  fc.string({ unit: "binary" }),
  fc.tuple(fc.constantFrom(...ODDITIES), fc.string()).map((parts) => parts.join("")),
);

/** Any JSON, keys as hostile as values. */
export const json: fc.Arbitrary<unknown> = fc.letrec<{ readonly value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(text, fc.double(), fc.integer(), fc.boolean(), fc.constant(null)),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.array(fc.tuple(text, tie("value")), { maxLength: 4 }).map(objectOf),
  ),
})).value;

/** The sample with some of its values, at any depth, in place of which something else stands, or nothing. */
export function mutated(sample: unknown): fc.Arbitrary<unknown> {
  return fc
    .array(fc.tuple(fc.nat(), fc.oneof(json, fc.constant(undefined))), { minLength: 1, maxLength: 3 })
    .map((changes) => changes.reduce((value: unknown, [at, other]) => replaceNth(value, at, other), sample));
}

/** As `JSON.parse` makes it: `__proto__` is a key like any other. */
function objectOf(entries: readonly (readonly [string, unknown])[]): object {
  return Object.fromEntries(entries);
}

function replaceNth(value: unknown, at: number, other: unknown): unknown {
  const count = sizeOf(value);
  let left = at % count;
  const walk = (one: unknown): unknown => {
    if (left-- === 0) return other;
    if (Array.isArray(one)) return one.map(walk);
    if (typeof one !== "object" || one === null) return one;
    return Object.fromEntries(Object.entries(one).map(([key, inner]) => [key, walk(inner)]));
  };
  return walk(value);
}

function sizeOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce((sum: number, one) => sum + sizeOf(one), 1);
}

/** What a reader made of an input, where it threw nothing but what it may throw; any other error goes on. */
export function outcome<T>(read: () => T, isExpected: (error: Error) => boolean): T | Error {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && isExpected(error)) return error;
    throw error;
  }
}
