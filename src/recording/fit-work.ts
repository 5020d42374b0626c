import { mean, quantile } from './averages.ts';

/** What the simulator can draw work from: median, 90th and 99th percentile as parts of the mean. */
const SHAPES = {
  constant: [1, 1, 1],
  // Deviation as the mean, cut at 0.
  normal: [0.923, 2.106, 3.071],
  exponential: [Math.LN2, Math.LN10, 2 * Math.LN10],
  // Shape 1.5.
  pareto: [0.529, 1.547, 7.18],
  // 5 % are 26 times as long as the others.
  bimodal: [0.447, 0.447, 11.5],
} as const;

export type FittedDistribution = keyof typeof SHAPES;

const NAMES = ['constant', 'normal', 'exponential', 'pareto', 'bimodal'] as const;

const distance = (shape: readonly number[], seen: readonly number[]): number =>
  shape.reduce((sum, value, i) => sum + Math.log(Math.max(1e-6, seen[i] ?? 0) / value) ** 2, 0);

/** The distribution whose shape these times are nearest to, by squared distances of logarithms; `normal` for none. */
export const likeliestDistribution = (times: readonly number[]): FittedDistribution => {
  const each = mean(times);
  if (!(each > 0)) return 'normal';
  const seen = [0.5, 0.9, 0.99].map((part) => quantile(times, part) / each);
  const distances = NAMES.map((name) => distance(SHAPES[name], seen));
  return NAMES[distances.indexOf(Math.min(...distances))] ?? 'normal';
};
