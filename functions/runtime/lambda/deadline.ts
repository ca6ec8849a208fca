import type { LambdaContext } from "./handling.ts";

/**
 * Time kept for a call that was begun just before the end, which takes 10 s at most, and for the report, in milliseconds. Where
 * the whole time left is less than twice that, half of it.
 */
const MARGIN = 12_000;

/** By when an invocation's pass has to end, in milliseconds since the epoch. */
export function deadlineOf(context: LambdaContext, now: number): number {
  const left = context.getRemainingTimeInMillis();
  return now + left - Math.min(MARGIN, left / 2);
}
