import type { Millis } from '../core/types.ts';
import type { Draws } from './draws.ts';

export const DISTRIBUTIONS = ['normal', 'exponential', 'pareto', 'bimodal', 'constant'] as const;

export type Distribution = (typeof DISTRIBUTIONS)[number];

/** Nothing takes less than this. */
const LEAST: Millis = 0.01;
/** Mean of a normal number with mean and deviation 1 whose negative values count as 0. */
const CUT_MEAN = 1.08332;
const PARETO_SHAPE = 1.5;
/** Pareto work is cut at so many means. */
const PARETO_MOST = 200;
/** Of bimodal work, so much is long. */
const LONG_SHARE = 0.05;
const [LONG, SHORT] = [11.5, 0.4474];

/** Says how long a request takes on a free core of speed 1; on average `mean` ms (Pareto: 4 % less, as it is cut). */
export const workOf = (distribution: Distribution, mean: Millis, draws: Draws): (() => Millis) => {
  switch (distribution) {
    case 'normal': {
      const scale = mean / CUT_MEAN;
      return () => Math.max(LEAST, scale + scale * draws.normal());
    }
    case 'exponential':
      return () => Math.max(LEAST, draws.exponential(mean));
    case 'pareto': {
      const least = (mean * (PARETO_SHAPE - 1)) / PARETO_SHAPE;
      return () => Math.min(least / (1 - draws.uniform()) ** (1 / PARETO_SHAPE), mean * PARETO_MOST);
    }
    case 'bimodal':
      return () => mean * (draws.uniform() < LONG_SHARE ? LONG : SHORT);
    case 'constant':
      return () => mean;
  }
};
