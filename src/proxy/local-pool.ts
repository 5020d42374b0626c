import type { SocketAddress } from '../transport/connection.ts';
import type { PoolSettings } from './settings.ts';

/** How connections to servers in this process are kept: nobody waits for one, and none has to be tried. */
export const LOCAL_POOL: PoolSettings = {
  maxConnections: Number.POSITIVE_INFINITY,
  queue: { size: 0, timeout: 0 },
  warmup: 0,
  validate: 'never',
  ping: 'tcp',
};

/** The address of a server that has none. */
export const NOWHERE: SocketAddress = { kind: 'unix', path: '' };
