export type Memory<T> = {
  /** What was read of a thing lately, or is being read; else what `read` says. */
  readonly recall: (thing: string, read: () => Promise<T>) => Promise<T>;
  /** What `read` says, for whoever asks later too. */
  readonly renew: (thing: string, read: () => Promise<T>) => Promise<T>;
  /** What is known of a thing, or is being read, is so much different by now. */
  readonly amend: (thing: string, change: (known: T) => T) => void;
  readonly forget: (thing: string) => void;
  readonly forgetAll: () => void;
};

type Kept<T> = { readonly at: number; reading: Promise<T>; isReadAgain: boolean };

/**
 * Keeps what was read for so many milliseconds, and then for `stale` more while it is read again, which nobody waits for. A failure
 * is not kept, and only that of one's own reading is thrown.
 */
export function createMemory<T>(milliseconds: number, now: () => number, stale = 0): Memory<T> {
  const kept = new Map<string, Kept<T>>();
  const renew = async (thing: string, read: () => Promise<T>): Promise<T> => {
    const entry = { at: now(), reading: read(), isReadAgain: false };
    kept.set(thing, entry);
    try {
      return await entry.reading;
    } catch (error) {
      if (kept.get(thing) === entry) kept.delete(thing);
      throw error;
    }
  };
  const readAgain = async (thing: string, known: Kept<T>, read: () => Promise<T>): Promise<void> => {
    const entry = { at: now(), reading: read(), isReadAgain: false };
    known.isReadAgain = true;
    try {
      await entry.reading;
      if (kept.get(thing) === known) kept.set(thing, entry);
    } catch {
      known.isReadAgain = false;
    }
  };
  return {
    recall: async (thing, read) => {
      const known = kept.get(thing);
      if (known === undefined || now() - known.at >= milliseconds + stale) return renew(thing, read);
      if (now() - known.at >= milliseconds && !known.isReadAgain) void readAgain(thing, known, read);
      // Whoever began that reading may have had less time for it.
      return known.reading.catch(() => renew(thing, read));
    },
    renew,
    amend: (thing, change) => {
      const known = kept.get(thing);
      if (known === undefined) return;
      known.reading = known.reading.then(change);
      // Whoever asks hears of its failure.
      known.reading.catch(() => {});
    },
    forget: (thing) => kept.delete(thing),
    forgetAll: () => kept.clear(),
  };
}
