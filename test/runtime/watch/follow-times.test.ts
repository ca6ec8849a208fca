import { describe, expect, test } from "vitest";
import { followTimes } from "../../../functions/runtime/watch/follow.ts";

describe("a watch that is scheduled every five minutes", () => {
  const FUNCTION_TIME = 400_000;
  const [first, second] = [Date.UTC(2026, 10, 24, 14), Date.UTC(2026, 10, 24, 14, 5)];

  test.each([0, 1_000, 30_000, 60_000])(
    "follows until a successor that starts %i ms after its minute is there",
    (late) => {
      const { end } = followTimes(first, first, FUNCTION_TIME);
      const successor = followTimes(second, second + late, FUNCTION_TIME);
      // A cold start, and a list of 10,000 pods.
      expect(end).toBeGreaterThanOrEqual(second + late + 15_000);
      expect(successor.alone).toBe(end + 1_000);
    },
  );

  test("ends at the same time however late it began itself, and always before its function's time", () => {
    for (const late of [0, 30_000, 60_000]) {
      const { end, limit } = followTimes(first, first + late, FUNCTION_TIME);
      expect(end).toBe(first + 375_000);
      expect(limit).toBe(first + late + 398_500);
    }
    expect(followTimes(first, first + 2_000, 60_000)).toMatchObject({ end: first + 42_000, limit: first + 60_500 });
  });
});
