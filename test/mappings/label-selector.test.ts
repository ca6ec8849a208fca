import { describe, expect, test } from "vitest";
import { formatSelector, matchesSelector } from "../../functions/mappings/label-selector.ts";
import type { LabelSelector } from "../../functions/mappings/label-selector.ts";

const expression = (key: string, operator: "In" | "NotIn" | "Exists" | "DoesNotExist", values?: string[]) => ({
  matchExpressions: [{ key, operator, values }],
});

describe("as the API server takes it", () => {
  test.each<[string, LabelSelector, string]>([
    ["labels are sorted", { matchLabels: { version: "v1", app: "web" } }, "app=web,version=v1"],
    ["an empty value is kept", { matchLabels: { canary: "" } }, "canary="],
    ["In, its values sorted", expression("zone", "In", ["b", "a"]), "zone in (a,b)"],
    ["In, each value once", expression("zone", "In", ["", "a", "", ""]), "zone in (,a)"],
    ["NotIn", expression("zone", "NotIn", ["a"]), "zone notin (a)"],
    ["Exists", expression("example.com/zone", "Exists"), "example.com/zone"],
    ["DoesNotExist", expression("zone", "DoesNotExist", []), "!zone"],
    ["both kinds together", { matchLabels: { b: "1" }, ...expression("a", "Exists") }, "a,b=1"],
    ["an empty selector selects everything", {}, ""],
  ])("%s", (_, selector, expected) => {
    expect(formatSelector(selector)).toBe(expected);
  });

  test.each<[string, LabelSelector, RegExp]>([
    ["a value that would begin another requirement", { matchLabels: { app: "a,b" } }, /"a,b" of app/],
    ["a value that would close the list", expression("app", "In", ["a)", "b"]), /"a\)" of app/],
    ["a key that would negate", { matchLabels: { "!app": "x" } }, /"!app"/],
    ["In without values", expression("app", "In"), /In of app needs values/],
    ["Exists with values", expression("app", "Exists", ["a"]), /Exists of app takes no values/],
  ])("refuses %s", (_, selector, problem) => {
    expect(() => formatSelector(selector)).toThrow(problem);
  });
});

describe("against labels", () => {
  const labels = { app: "web", zone: "a" };
  test.each<[string, LabelSelector, boolean]>([
    ["a label that is there", { matchLabels: { app: "web" } }, true],
    ["a label with another value", { matchLabels: { app: "api" } }, false],
    ["an absent label, even against an empty value", { matchLabels: { tier: "" } }, false],
    ["In with the value", expression("zone", "In", ["a", "b"]), true],
    ["In without the value", expression("zone", "In", ["b"]), false],
    ["In of an absent label", expression("tier", "In", ["b"]), false],
    ["NotIn with the value", expression("zone", "NotIn", ["a"]), false],
    ["NotIn without the value", expression("zone", "NotIn", ["b"]), true],
    ["NotIn of an absent label", expression("tier", "NotIn", ["b"]), true],
    ["Exists", expression("zone", "Exists"), true],
    ["Exists of an absent label", expression("tier", "Exists"), false],
    ["DoesNotExist", expression("zone", "DoesNotExist"), false],
    ["DoesNotExist of an absent label", expression("tier", "DoesNotExist"), true],
    ["all requirements must hold", { matchLabels: { app: "web" }, ...expression("tier", "Exists") }, false],
    ["the empty selector", {}, true],
    ["a name that every object inherits", expression("constructor", "Exists"), false],
  ])("%s", (_, selector, expected) => {
    expect(matchesSelector(selector, labels)).toBe(expected);
  });
});
