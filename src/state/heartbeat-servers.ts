import { addressOf, isLoopback } from '../core/accept.ts';
import type { Board } from '../core/board.ts';
import type { Pool } from '../core/pool.ts';
import type { ListedServer } from './heartbeat-receive.ts';

const NONE: readonly ListedServer[] = [];

const byHost = (pool: Pool): ReadonlyMap<string, readonly ListedServer[]> => {
  const hosts = new Map<string, ListedServer[]>();
  for (const record of pool.servers) {
    if (!pool.isListed(record)) continue;
    const host = addressOf(record.url);
    const others = hosts.get(host) ?? [];
    hosts.set(host, others);
    others.push({ url: record.url.origin, pool: pool.name });
  }
  return hosts;
};

/**
 * Looks up servers by the IP address in their URL, in all pools: those that the configuration or discovery has, not
 * those that only an agent announced. `localhost` is at every loopback address; other names are not resolved.
 */
export const serversAtOf = (board: Pick<Board, 'pools'>): ((address: string) => readonly ListedServer[]) => {
  // A pool replaces its list of servers whenever that changes.
  const known = new WeakMap<Pool['servers'], ReturnType<typeof byHost>>();
  const hostsOf = (pool: Pool): ReturnType<typeof byHost> => {
    const hosts = known.get(pool.servers) ?? byHost(pool);
    known.set(pool.servers, hosts);
    return hosts;
  };
  return (address) =>
    board.pools().flatMap((pool) => {
      const hosts = hostsOf(pool);
      const named = isLoopback(address) ? (hosts.get('localhost') ?? NONE) : NONE;
      return [...(hosts.get(address) ?? NONE), ...named];
    });
};
