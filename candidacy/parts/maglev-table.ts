import { hashText } from './murmur-hash.ts';

/** Which server each slot of a table belongs to: places in the lists of ids and weights, as `maglevTable` got them. */
export type MaglevTable = Uint16Array;

const FREE = 0xffff;
/** The two hashes of an id are those of two seeds: digits of pi. */
const [OFFSET_SEED, SKIP_SEED] = [0x243f6a88, 0x85a308d3];

export const isPrime = (n: number): boolean => {
  if (n < 2 || !Number.isInteger(n)) return false;
  for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) return false;
  return true;
};

/**
 * The servers on their way through the slots, each in an order of its own that comes to every slot once. In the order of
 * their ids, whatever order they came in, so that all proxies make the same table.
 */
interface Claimants {
  readonly places: Uint16Array;
  /** Of the highest. */
  readonly weights: Float64Array;
  readonly next: Uint32Array;
  readonly skips: Uint32Array;
}

const claimants = (ids: readonly string[], weights: ArrayLike<number>, size: number): Claimants => {
  let most = 0;
  for (let i = 0; i < weights.length; i++) most = Math.max(most, weights[i] ?? 0);
  const weightOf = (place: number): number => (most > 0 ? (weights[place] ?? 0) / most : 1);
  const places = ids
    .map((id, place) => ({ id, place }))
    .filter(({ place }) => weightOf(place) > 0)
    .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  return {
    places: Uint16Array.from(places, ({ place }) => place),
    weights: Float64Array.from(places, ({ place }) => weightOf(place)),
    next: Uint32Array.from(places, ({ id }) => hashText(id, OFFSET_SEED) % size),
    skips: Uint32Array.from(places, ({ id }) => (hashText(id, SKIP_SEED) % (size - 1)) + 1),
  };
};

/** The next slot that is free on a way through them. There must be one. */
const freeSlot = (table: MaglevTable, from: number, skip: number): number => {
  const size = table.length;
  let at = from;
  while (table[at] !== FREE) {
    at += skip;
    if (at >= size) at -= size;
  }
  return at;
};

/**
 * The lookup table of Maglev: servers take turns claiming their next free slot, each in an order of its own that its id
 * gives, until all are taken. One of half the weight gets every other turn. So slots are shared out evenly to within one
 * turn, and hardly any but those of a server that goes change hands.
 *
 * @param ids at least one, at most 65535, all different.
 * @param weights from 0, one for each; 0 gets no slot, unless all are 0 and so equal.
 * @param size a prime above the number of servers: only then does every order come to every slot.
 *
 * Source: Eisenbud and others, "Maglev", NSDI '16, 3.4; turns by weight as in Envoy's maglev_lb.cc.
 */
export const maglevTable = (
  ids: readonly string[],
  weights: ArrayLike<number>,
  size: number,
): MaglevTable => {
  const table = new Uint16Array(size).fill(FREE);
  const all = claimants(ids, weights, size);
  const { places, next, skips } = all;
  const had = new Float64Array(places.length);
  for (let taken = 0, turn = 1; taken < size; turn++) {
    for (let i = 0; i < places.length && taken < size; i++) {
      if (turn * (all.weights[i] as number) < (had[i] as number)) continue;
      had[i] = (had[i] as number) + 1;
      const slot = freeSlot(table, next[i] as number, skips[i] as number);
      table[slot] = places[i] as number;
      next[i] = slot;
      taken += 1;
    }
  }
  return table;
};
