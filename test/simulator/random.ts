/** Chance from one seed. */
export type Random = {
  /** From 0 to below 1. */
  readonly fraction: () => number;
  /** An integer from 0 to below `limit`. */
  readonly below: (limit: number) => number;
  /** A number from `low` to below `high`. */
  readonly between: (low: number, high: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly pick: <T>(things: readonly T[]) => T;
  readonly uuid: () => string;
  /** Chance of its own, which what is drawn from this one later does not change. */
  readonly fork: () => Random;
};

/** Mulberry32: 32 bits of state, well mixed. */
export function createRandom(seed: number): Random {
  let state = mix(seed);
  const fraction = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(fraction() * limit);
  const hex = (digits: number) => Array.from({ length: digits }, () => below(16).toString(16)).join("");
  return {
    fraction,
    below,
    between: (low, high) => low + fraction() * (high - low),
    chance: (probability) => fraction() < probability,
    pick: (things) => {
      if (things.length === 0) throw new RangeError("nothing to pick from");
      return things[below(things.length)] as (typeof things)[number];
    },
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`,
    fork: () => createRandom(below(2 ** 31)),
  };
}

/** Seeds that follow one another must not begin alike. */
function mix(seed: number): number {
  let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
