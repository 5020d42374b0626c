import { isAbove0 } from '../../src/core/amounts.ts';
import { REFERENCE_ARRIBA } from '../../src/core/capacity.ts';
import { z } from '../../src/core/options.ts';
import type { Server } from '../../src/core/types.ts';

/** What shares follow. `weight`: what was set for the server. `arriba`: times its speed. `capacity`: times its cores. */
export const weighedBy = (): z.ZodDefault<
  z.ZodEnum<{ weight: 'weight'; arriba: 'arriba'; capacity: 'capacity' }>
> => z.enum(['weight', 'arriba', 'capacity']).default('weight');

/** A speed counts as the nearest of so many steps between one and its double: 19 % each. */
const STEPS = 4;

/**
 * The speed that was configured, else that of the undisturbed machine: keys should not move for what lasts seconds.
 */
const speedOf = ({ arriba, stats }: Server): number =>
  (arriba === stats?.arriba ? (stats?.arribaNominal ?? arriba) : arriba) ?? REFERENCE_ARRIBA;

const stepOf = (speed: number): number =>
  isAbove0(speed) ? 2 ** (Math.round(Math.log2(speed / REFERENCE_ARRIBA) * STEPS) / STEPS) : 0;

export type WeightOf = (server: Server) => number;

/**
 * Says what a server weighs, 1 for one like the reference of which nothing was set. Speeds go in steps, so that no noise
 * in them moves keys. Without a speed it counts as the reference machine, without cores as one core; 0 for a number that
 * is none, or not above 0.
 */
export const weightBy = (by: 'weight' | 'arriba' | 'capacity'): WeightOf => {
  if (by === 'weight') return ({ weight }) => (isAbove0(weight) ? weight : 0);
  const speeds: number[] = [];
  const steps: number[] = [];
  return (server) => {
    const { slot, weight, stats } = server;
    const speed = speedOf(server) * (by === 'capacity' ? (stats?.cpus ?? 1) : 1);
    if (speeds[slot] !== speed) {
      speeds[slot] = speed;
      steps[slot] = stepOf(speed);
    }
    return isAbove0(weight) ? weight * (steps[slot] ?? 0) : 0;
  };
};
