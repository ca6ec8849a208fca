import { expect, test } from "vitest";
import { boundAll, bounded, boundedName } from "../../functions/core/bounded.ts";

test.each([
  ["shop/web-1", "shop/web-1"],
  ["two\nlines\tand  more", "two lines and more"],
  ["\u001b[31mred\u0007", "\\u001b[31mred\\u0007"],
  ["\u202etxt.exe", "\\u202etxt.exe"],
  ["Grüße, 世界 🙂", "Grüße, 世界 🙂"],
  ["half \ud83d", "half \\ud83d"],
])("%j becomes %j", (text, wanted) => {
  expect(boundedName(text)).toBe(wanted);
});

test("of what is too long the middle is left out, so that what to do stays", () => {
  const sentence = bounded(`${"x".repeat(250_000)}; delete the annotation`, 100);
  expect(sentence).toHaveLength(100);
  expect(sentence).toMatch(/^x+…x*; delete the annotation$/);
});

test("every text in a value is bounded, whatever else is in it", () => {
  const long = "y".repeat(5_000);
  const value = { a: [{ b: long, n: 1, none: null }], c: "z" };
  const result = boundAll(value);
  expect(result).toMatchObject({ a: [{ n: 1, none: null }], c: "z" });
  expect(result.a[0]?.b).toHaveLength(1_024);
});
