/** What EKS's own clock may differ by, in milliseconds, before a token that was just signed is refused. */
const TOLERANCE = 60_000;

/**
 * How far this machine's clock is from a server's, where that explains a refused token; undefined where it does not. `date`: the
 * server's, in milliseconds since the epoch, as its answer says.
 */
export function clockProblem(date: number | undefined, now: number): string | undefined {
  if (date === undefined || Math.abs(now - date) <= TOLERANCE) return undefined;
  const minutes = Math.round(Math.abs(now - date) / 60_000);
  return `this machine's clock is ${minutes} min ${now > date ? "ahead of" : "behind"} the API server's, so its tokens are refused: set the clock`;
}
