export type Memory<T> = {
  /** What was read of a thing lately, or is being read; else what `read` says. */
  readonly recall: (thing: string, read: () => Promise<T>) => Promise<T>;
  /** What `read` says, for whoever asks later too; until then they get what is known. */
  readonly renew: (thing: string, read: () => Promise<T>) => Promise<T>;
  /** What is known of a thing, or is being read, is so much different by now. */
  readonly amend: (thing: string, change: (known: T) => T) => void;
  readonly forget: (thing: string) => void;
  readonly forgetAll: () => void;
};

/** `next`: the same read again, which takes its place once it has come. `took`: undefined while it is being read. */
type Kept<T> = {
  readonly at: number;
  reading: Promise<T>;
  took?: number;
  next?: Kept<T> | undefined;
  isReadAgain?: boolean;
};

/** For how many milliseconds more something is kept that took so many to read. */
type Stale = (took: number) => number;

/**
 * Keeps what was read for so many milliseconds, and then for `stale` more while it is read again, which nobody waits for. A failure
 * is not kept, and only that of one's own reading is thrown.
 */
export function createMemory<T>(milliseconds: number, now: () => number, stale: Stale = () => 0): Memory<T> {
  const kept = new Map<string, Kept<T>>();
  let lastReadAgain: Promise<unknown> = Promise.resolve();
  const isUsable = ({ at, took }: Kept<T>) => took === undefined || now() - at < milliseconds + stale(took);
  const renew = async (thing: string, read: () => Promise<T>): Promise<T> => {
    const known = kept.get(thing);
    const entry: Kept<T> = { at: now(), reading: read() };
    if (known !== undefined && isUsable(known)) known.next = entry;
    else kept.set(thing, entry);
    try {
      const value = await entry.reading;
      entry.took = now() - entry.at;
      if (known?.next === entry && kept.get(thing) === known) kept.set(thing, entry);
      return value;
    } catch (error) {
      if (known?.next === entry) known.next = undefined;
      if (kept.get(thing) === entry) kept.delete(thing);
      throw error;
    }
  };
  /** One after the other: where calls take turns, whoever reads for the first time must not wait for all of these. */
  const readAgain = (thing: string, known: Kept<T>, read: () => Promise<T>): void => {
    known.isReadAgain = true;
    lastReadAgain = lastReadAgain
      .then(() => (kept.get(thing) === known ? renew(thing, read) : undefined))
      .catch(() => (known.isReadAgain = false));
  };
  return {
    recall: async (thing, read) => {
      const known = kept.get(thing);
      if (known === undefined || !isUsable(known)) return renew(thing, read);
      if (now() - known.at >= milliseconds && known.isReadAgain !== true) readAgain(thing, known, read);
      // Whoever began that reading may have had less time for it.
      return known.reading.catch(() => renew(thing, read));
    },
    renew,
    amend: (thing, change) => {
      const known = kept.get(thing);
      for (const one of [known, known?.next]) {
        if (one === undefined) continue;
        one.reading = one.reading.then(change);
        // Whoever asks hears of its failure.
        one.reading.catch(() => {});
      }
    },
    forget: (thing) => kept.delete(thing),
    forgetAll: () => kept.clear(),
  };
}
