/** How pauses between tries grow; milliseconds. */
export type Backoff = {
  readonly first: number;
  readonly longest: number;
  /** What each pause is of the one before. Default: 2. */
  readonly growth?: number;
};

/**
 * How long to wait after so many failures that followed one another (0: the first), in milliseconds. Up to half of it is left
 * to chance, so that many that failed together do not come back together. `random` is below 1.
 */
export function pauseAfter({ first, longest, growth = 2 }: Backoff, failures: number, random = Math.random()): number {
  return Math.min(longest, first * growth ** failures) * (0.5 + random / 2);
}
