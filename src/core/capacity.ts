import { isAbove0 } from './amounts.ts';
import type { Server } from './types.ts';

/** Arriba of the reference machine, and of a server whose speed nobody says. */
export const REFERENCE_ARRIBA = 1000;

/**
 * How much a server can do at once, in cores of the reference machine: `cpus x arriba / 1000 x weight`, one core of that
 * machine where nobody says them. NaN where one of the numbers is absurd.
 */
export const capacityOf = ({
  stats,
  arriba,
  weight,
}: Pick<Server, 'stats' | 'arriba' | 'weight'>): number => {
  const cpus = stats?.cpus ?? 1;
  const capacity = cpus * ((arriba ?? REFERENCE_ARRIBA) / REFERENCE_ARRIBA) * weight;
  return isAbove0(cpus) && isAbove0(capacity) ? capacity : Number.NaN;
};
