/** A failure that comes so long after the last one is not of the same outage, in milliseconds. */
const OUTAGE_GAP = 20_000;

/** Lists that follow one another share one outage, so that a dead server is waited for once. */
export function createOutage() {
  let lost: { readonly since: number; readonly last: number } | undefined;
  return {
    end: () => {
      lost = undefined;
    },
    /** Since when it lasts. */
    begin: (): number => {
      const now = Date.now();
      const isSame = lost !== undefined && now - lost.last <= OUTAGE_GAP;
      lost = { since: isSame && lost !== undefined ? lost.since : now, last: now };
      return lost.since;
    },
  };
}
