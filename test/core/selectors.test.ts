import { expect, test } from "vitest";
import { readSelector, selectorLabel } from "../../functions/core/selectors.ts";

test.each<[string, string, boolean]>([
  ["n>5", "6", true],
  ["n>5", "5", false],
  ["n<007", "5", true],
  ["n>5", "five", false],
  ["n>5", "9223372036854775807", true],
  ["n>5", "9223372036854775808", false],
])("%s of a label %j is %j, as the API server has it", (selector, n, expected) => {
  expect(readSelector(selector)({ n })).toBe(expected);
});

test.each<[string, ReturnType<typeof selectorLabel>]>([
  ["app=web", { key: "app", value: "web" }],
  ["tier!=db,app==web", { key: "app", value: "web" }],
  ["app=", { key: "app", value: "" }],
  ["app in (web)", undefined],
  ["app in (web,api)", undefined],
  ["app", undefined],
  ["!app", undefined],
  ["replicas>3", undefined],
  ["", undefined],
])("the one label that whatever %j selects has: %j", (selector, label) => {
  expect(selectorLabel(selector)).toEqual(label);
});
