import { expect, test } from "vitest";
import { pauseAfter } from "../../functions/core/backoff.ts";

test("pauses grow up to the longest", () => {
  const pauses = [0, 1, 2, 3, 4, 50].map((failures) => pauseAfter({ first: 100, longest: 1_000 }, failures, 1));
  expect(pauses).toEqual([100, 200, 400, 800, 1_000, 1_000]);
});

test("up to half of a pause is left to chance", () => {
  expect(pauseAfter({ first: 100, longest: 1_000, growth: 3 }, 1, 0)).toBe(150);
  expect(pauseAfter({ first: 100, longest: 1_000, growth: 3 }, 1, 1)).toBe(300);
});
