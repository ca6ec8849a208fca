/** What a timer can wait, in milliseconds; longer is for ever. */
const LONGEST_TIMER = 2 ** 31 - 1;

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

/** What the work comes to, or undefined when it takes longer than so many milliseconds; then it goes on unheard. Rejects as it does. */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<{ readonly value: T } | undefined> {
  const answer = work.then((value) => ({ value }));
  if (milliseconds > LONGEST_TIMER) return answer;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), Math.max(0, milliseconds));
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
