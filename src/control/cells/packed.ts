/** The cells of an array that are not 0, as index, value, index, value and so on, by rising index. */
export type Packed = Float64Array;

/** Adds to one cell. The index must lie in the array. */
export const add = (cells: Float64Array, at: number, amount: number): void => {
  cells[at] = (cells[at] as number) + amount;
};

/** Most cells are 0 most of the time: what is sent between processes and kept of the past is packed. */
export const packed = (cells: Float64Array | Uint32Array): Packed => {
  let used = 0;
  for (let at = 0; at < cells.length; at++) if (cells[at] !== 0) used += 1;
  const pairs = new Float64Array(2 * used);
  let end = 0;
  for (let at = 0; at < cells.length; at++) {
    if (cells[at] === 0) continue;
    pairs[end++] = at;
    pairs[end++] = cells[at] as number;
  }
  return pairs;
};

/** All cells of an array of that size; an index beyond it is left out. */
export const unpacked = (pairs: Packed, size: number): Float64Array =>
  addPacked(new Float64Array(size), pairs);

/** The sum of packed arrays, cell by cell. */
export const sumPacked = (parts: readonly Packed[]): Packed => {
  const [first, ...more] = parts;
  if (first && more.length === 0) return first;
  const size = parts.reduce((most, pairs) => Math.max(most, (pairs.at(-2) ?? -1) + 1), 0);
  return packed(parts.reduce(addPacked, new Float64Array(size)));
};

const addPacked = (cells: Float64Array, pairs: Packed): Float64Array => {
  for (let i = 0; i < pairs.length; i += 2) {
    const at = pairs[i] as number;
    if (at < cells.length) add(cells, at, pairs[i + 1] as number);
  }
  return cells;
};
