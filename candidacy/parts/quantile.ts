const swap = (values: Float64Array, a: number, b: number): void => {
  const kept = values[a] as number;
  values[a] = values[b] as number;
  values[b] = kept;
};

/** Moves what is below the middle value of a range to its left; where the last of those stands. */
const partition = (values: Float64Array, low: number, high: number): number => {
  const pivot = values[(low + high) >> 1] as number;
  let left = low - 1;
  let right = high + 1;
  for (;;) {
    do left += 1;
    while ((values[left] as number) < pivot);
    do right -= 1;
    while ((values[right] as number) > pivot);
    if (left >= right) return right;
    swap(values, left, right);
  }
};

/**
 * The value below or at which this share of the first `count` values lies: the lowest for 0, the highest for 1 (nearest
 * rank). None of them may be NaN; NaN if there are none. Puts them in another order. O(count) on average.
 * Source: Hoare's quickselect (Find, CACM 1961).
 */
export const quantile = (values: Float64Array, count: number, share: number): number => {
  if (count === 0) return Number.NaN;
  const rank = Math.min(count - 1, Math.max(0, Math.ceil(share * count) - 1));
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = partition(values, low, high);
    if (rank <= middle) high = middle;
    else low = middle + 1;
  }
  return values[rank] as number;
};
