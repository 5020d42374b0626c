import { SERVER_TIMEOUT } from './pool.ts';
import { MAX_SERVERS } from './pool-servers.ts';
import type { PoolView } from './pool-view.ts';
import type { Millis, Server } from './types.ts';

/**
 * What Perl functions of Apache::Backhand saw, for people who port them: the twelve fields of a slot under their old
 * names and in their old scales (Apache::Backhand 0.02, POD). A live view: every read gives the number of that
 * moment. Read-only: a write throws. Where nobody said a number the field is 0, as in the C structure.
 */
export interface ServerStats {
  /** When last heard of, seconds since the epoch. */
  readonly mtime: number;
  readonly arriba: number;
  /** Idle workers. */
  readonly aservers: number;
  /** All workers. */
  readonly nservers: number;
  /** Load average times 1000. */
  readonly load: number;
  readonly load_hwm: number;
  /** Idle share of the CPU times 1000. */
  readonly cpu: number;
  readonly ncpu: number;
  /** Bytes. */
  readonly tmem: number;
  readonly amem: number;
  /** Requests that this proxy sent there. */
  readonly numbacked: number;
  /** Mean time of a request there, ms. */
  readonly tatime: number;
}

/** Most servers in a pool (mod_backhand's table was fixed at compile time). */
export const MAXSERVERS = MAX_SERVERS;
/** Most connections that are kept open to one server. */
export const MAXSESSIONSPERSERVER = 256;
/** Seconds of silence after which a server counts as gone. */
export const SERVER_TIMEOUT_SECONDS = SERVER_TIMEOUT / 1000;

let seen: PoolView | undefined;
let epochOffset: Millis = 0;

/** Says whose servers the views show. Called before each of a user's functions. */
export const showServersOf = (pool: PoolView): void => {
  seen = pool;
};

/** Says what to add to the monotonic clock for the time since the epoch: `mtime` is a date. */
export const setEpochOffset = (offset: Millis): void => {
  epochOffset = offset;
};

const whole = (value: number | undefined): number =>
  value === undefined || !Number.isFinite(value) ? 0 : Math.round(value);

type Timed = Server & { readonly responseTime?: number };

const FIELDS: Readonly<Record<keyof ServerStats, (server: Timed) => number>> = {
  mtime: ({ heardAt }) => (Number.isFinite(heardAt) ? Math.floor((heardAt + epochOffset) / 1000) : 0),
  arriba: ({ arriba }) => whole(arriba),
  aservers: ({ stats }) => whole(stats?.slots?.available),
  nservers: ({ stats }) => whole(stats?.slots?.total),
  load: ({ stats }) => whole((stats?.load1 ?? 0) * 1000),
  load_hwm: ({ stats }) => whole(stats?.loadHighWater),
  cpu: ({ stats }) => whole((stats?.cpuIdle ?? 0) * 1000),
  ncpu: ({ stats }) => whole(stats?.cpus),
  tmem: ({ stats }) => whole(stats?.memoryTotal),
  amem: ({ stats }) => whole(stats?.memoryAvailable),
  numbacked: ({ forwarded }) => forwarded,
  tatime: ({ responseTime }) => whole(responseTime),
};

const viewOf = (slot: number): ServerStats => {
  const view = {};
  for (const [name, read] of Object.entries(FIELDS)) {
    const get = (): number => {
      const server = seen?.table[slot];
      return server ? read(server) : 0;
    };
    Object.defineProperty(view, name, { get, enumerable: true });
  }
  return Object.freeze(view) as ServerStats;
};

const views: ServerStats[] = [];

/**
 * The table of servers, indexed by `server.slot`. In a candidacy function it shows that function's pool; outside of
 * one, the pool of the last decision that ran a user's function. A slot that nobody is in reads as zeros.
 */
export const loadServerStats = (): readonly ServerStats[] => {
  const size = seen?.table.length ?? 0;
  while (views.length < size) views.push(viewOf(views.length));
  return Object.freeze(views.slice(0, size));
};

/** The speed of this proxy's own machine as the pool's `self` reports it; 0 without one. Live: read it at each use. */
export const loadPersonalArriba = (): number => whole(seen?.self?.arriba);
