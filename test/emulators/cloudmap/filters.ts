import type * as z from "zod";
import { invalid } from "./input.ts";
import type { filters } from "./input.ts";

type Filters = z.output<typeof filters>;
type Condition = "EQ" | "IN" | "BETWEEN" | "BEGINS_WITH";

/** What one filter may be asked with, and what a thing has to compare: its values, one of which has to match. */
export type FilterRule<T> = {
  readonly conditions: readonly Condition[];
  readonly allowed?: readonly string[];
  readonly valuesOf: (thing: T) => readonly string[];
};

/** Every filter has to match; without a condition it is EQ. */
export function matcherOf<T>(asked: Filters, rules: Readonly<Record<string, FilterRule<T>>>): (thing: T) => boolean {
  const checks = (asked ?? []).map(({ Name, Values, Condition = "EQ" }) => {
    const rule = rules[Name];
    if (rule === undefined) throw invalid(`Filters: ${Name} is not one of ${Object.keys(rules).join(", ")}`);
    if (!rule.conditions.includes(Condition)) throw invalid(`Filters: ${Name} does not support ${Condition}`);
    const wanted = { EQ: 1, BEGINS_WITH: 1, BETWEEN: 2, IN: undefined }[Condition];
    if (wanted !== undefined && Values.length !== wanted)
      throw invalid(`Filters: ${Condition} takes ${wanted} value(s), not ${Values.length}`);
    const stranger = Values.find((value) => rule.allowed?.includes(value) === false);
    if (stranger !== undefined) throw invalid(`Filters: ${Name} cannot be ${stranger}`);
    return (thing: T) => rule.valuesOf(thing).some((value) => isMatch(value, Condition, Values));
  });
  return (thing) => checks.every((check) => check(thing));
}

function isMatch(value: string, condition: Condition, values: readonly string[]): boolean {
  const [first = "", second = ""] = values;
  switch (condition) {
    case "EQ":
    case "IN":
      return values.includes(value);
    case "BEGINS_WITH":
      return value.startsWith(first);
    case "BETWEEN":
      return Number(first) <= Number(value) && Number(value) <= Number(second);
    default:
      return condition satisfies never;
  }
}
