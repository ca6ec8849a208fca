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

/** Keeps what was read for so many milliseconds. A failure is not kept, and only that of one's own reading is thrown. */
export function createMemory<T>(milliseconds: number, now: () => number): Memory<T> {
  const kept = new Map<string, { readonly at: number; reading: Promise<T> }>();
  const renew = async (thing: string, read: () => Promise<T>): Promise<T> => {
    const entry = { at: now(), reading: read() };
    kept.set(thing, entry);
    try {
      return await entry.reading;
    } catch (error) {
      if (kept.get(thing) === entry) kept.delete(thing);
      throw error;
    }
  };
  return {
    recall: async (thing, read) => {
      const known = kept.get(thing);
      if (known === undefined || now() - known.at >= milliseconds) return renew(thing, read);
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
