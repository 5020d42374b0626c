/** The value in the middle; of an even number of values the mean of the two in the middle; NaN of none. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [below, above] = [sorted[middle - 1], sorted[middle]];
  if (above === undefined) return Number.NaN;
  return sorted.length % 2 === 1 || below === undefined ? above : (below + above) / 2;
};
