/** How many passes are looked back on. */
const PASSES = 6;

/**
 * How many of a process's last six passes over everything have failed. Counted here and not by CloudWatch, whose periods know
 * nothing of passes: one that meets trouble may take four minutes.
 */
export function createFailedPasses(): (hasFailed: boolean) => number {
  let last: readonly boolean[] = [];
  return (hasFailed) => {
    last = [...last, hasFailed].slice(-PASSES);
    return last.filter(Boolean).length;
  };
}
