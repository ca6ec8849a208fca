import { expect, test } from "vitest";
import { nearest } from "../../functions/core/nearest.ts";

const KNOWN = ["port", "service", "namespace", "attributes"];

test.each([
  ["a letter too few", "servce", "service"],
  ["a letter too many", "ports", "port"],
  ["another letter", "pott", "port"],
  ["two letters that have changed places", "prot", "port"],
  ["another case", "Service", "service"],
  ["a third of its letters wrong", "atribtes", "attributes"],
  ["two of its letters in another order, and one wrong", "sevricx", "service"],
  ["nothing in common with any", "colour", undefined],
  ["half of a short word wrong", "peat", undefined],
])("a word with %s", (_what, word, expected) => {
  expect(nearest(word, KNOWN)).toBe(expected);
});

test("of two that are near the nearer is meant", () => {
  expect(nearest("attributes", ["attribute", "attributes"])).toBe("attributes");
  expect(nearest("labels", ["labelled", "label"])).toBe("label");
});
