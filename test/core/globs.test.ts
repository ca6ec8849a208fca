import { expect, test } from "vitest";
import { matchesAny } from "../../functions/core/globs.ts";

test.each<[string, string, boolean]>([
  ["team-a-web", "team-a-*", true],
  ["team-a-", "team-a-*", true],
  ["team-b-web", "team-a-*", false],
  ["web", "*", true],
  ["", "*", true],
  ["web", "web", true],
  ["web2", "web", false],
  ["a", "a*a", false],
  ["aa", "a*a", true],
  ["abcb", "a*b", true],
  ["abcbd", "a*b*c", false],
  ["axbyc", "a*b*c", true],
  ["axyc", "a*b*c", false],
  ["abc", "a*b*c", true],
  ["abc", "a*bc*c", false],
  ["abab", "*ab*ab*", true],
  ["aba", "*ab*ba*", false],
  ["abba", "*ab*ba*", true],
  ["xbyc", "a*b*c", false],
  ["a.b", "a?b", false],
  ["axb", "a.b", false],
])("%j matches %j: %s", (text, glob, expected) => {
  expect(matchesAny(text, [glob])).toBe(expected);
});

test("any of several is enough, and none of none", () => {
  expect(matchesAny("web", ["api", "w*"])).toBe(true);
  expect(matchesAny("web", [])).toBe(false);
});
