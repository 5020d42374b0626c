import { capacityOf } from './capacity.ts';
import type { Server } from './types.ts';

/**
 * How long one more request would take at a server with so many under way, in units of one request on a free core of the
 * reference machine: `max(1, K, r + 1) / capacity` with K = cpus. Less than one core is one slow core. NaN where a number
 * is absurd. Source: shortest expected delay with live speeds.
 */
export const expectedDelay = (
  server: Pick<Server, 'stats' | 'arriba' | 'weight'>,
  requests: number,
): number => Math.max(1, server.stats?.cpus ?? 1, requests + 1) / capacityOf(server);
