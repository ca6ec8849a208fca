import { expect, test } from "vitest";
import { clockProblem } from "../../functions/core/clock.ts";

const NOW = Date.UTC(2026, 10, 24);

test.each([
  [NOW - 20 * 60_000, "20 min ahead of"],
  [NOW + 20 * 60_000, "20 min behind"],
])("where the server's clock says %i, this one is off", (date, expected) => {
  expect(clockProblem(date, NOW)).toContain(expected);
});

test.each([[NOW + 30_000], [NOW - 30_000], [undefined]])("a server's date of %s explains nothing", (date) => {
  expect(clockProblem(date, NOW)).toBeUndefined();
});
