/** A seeded generator whose whole state is one number, so that a decision can be run again. */
export interface Random {
  /** 0 <= x < 1. */
  readonly next: () => number;
  /** The state: store it before a decision and set it to have the same draws again. Unsigned 32 bits. */
  seed(): number;
  reseed(seed: number): void;
}

/**
 * mulberry32 (T. Ettinger, 2017, public domain): a counter and a mixing function, 32 bits of state,
 * passes gjrand. Good for choices; not for secrets.
 */
export const seededRandom = (seed: number): Random => {
  // Kept as a signed integer, which V8 stores without an allocation.
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  return {
    next,
    seed: () => state >>> 0,
    reseed: (seed) => {
      state = seed | 0;
    },
  };
};
