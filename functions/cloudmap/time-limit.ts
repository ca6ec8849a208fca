import { setTimeout as sleep } from "node:timers/promises";

/** What a timer can wait, in milliseconds; longer is for ever. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** What the work comes to, or undefined when it takes longer than so many milliseconds; then it goes on unheard. Rejects as it does. */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<{ readonly value: T } | undefined> {
  const answer = work.then((value) => ({ value }));
  if (milliseconds > LONGEST_TIMER) return answer;
  const over = new AbortController();
  const late = sleep(Math.max(0, milliseconds), undefined, { signal: over.signal }).catch(() => undefined);
  try {
    return await Promise.race([answer, late]);
  } finally {
    over.abort();
  }
}
