/** In milliseconds: longer than the alarm looks back. */
const AFTERMATH = 30 * 60_000;

/**
 * How many throttled calls a pass tells of: nothing while all is quiet, as a metric costs money; and zero for half an hour after
 * there were some, so that their alarm sees the end and not the last of them again. `now`: milliseconds since the epoch.
 */
export function createThrottleCount(): (count: number, now: number) => number | undefined {
  let until = 0;
  return (count, now) => {
    if (count > 0) until = now + AFTERMATH;
    return now < until ? count : undefined;
  };
}
