import type { Server } from './types.ts';

/** Arriba of the reference machine. */
const REFERENCE = 1000;

/**
 * How long one more request would take at a server with so many under way, in units of one request on a free core of the
 * reference machine: `max(K, r + 1) / (K x e)` with K = cpus, e = arriba / 1000 x weight. Less than one core is one slow
 * core. K = 1 and e = 1 where nobody says them. Source: shortest expected delay with live speeds.
 */
export const expectedDelay = (
  server: Pick<Server, 'stats' | 'arriba' | 'weight'>,
  requests: number,
): number => {
  const cpus = server.stats?.cpus ?? 1;
  const speed = ((server.arriba ?? REFERENCE) / REFERENCE) * server.weight;
  return Math.max(1, cpus, requests + 1) / (cpus * speed);
};
