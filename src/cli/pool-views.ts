import type { RecentDecision, ServerView } from '../control/views.ts';
import type { ServerState } from '../core/types.ts';

/** One pool, made of what the API says of its servers and of the last decisions. */
export interface PoolView {
  readonly name: string;
  /** The worst of its servers, but for those that are set aside with `drain` or `maint`. */
  readonly state: ServerState;
  readonly servers: number;
  /** Those whose state is `ready`. */
  readonly ready: number;
  readonly inFlight: number;
  /** Requests forwarded since the look before, a second; null at the first look, and after a restart. */
  readonly requestsPerSecond: number | null;
  /** Of the requests of the last minute, among the last 1,000 of all pools; null for fewer than 100. */
  readonly p99Ms: number | null;
}

/** What was asked of the proxy at one moment. */
export interface Look {
  /** Monotonic, ms. */
  readonly at: number;
  readonly servers: readonly ServerView[];
  readonly recent: readonly RecentDecision[];
  /** Epoch ms on the proxy's clock. */
  readonly now: number;
}

/** The worst first. A server that nobody has reported on may well serve, so `unknown` is next to `ready`. */
const WORST: readonly ServerState[] = ['down', 'ejected', 'slowstart', 'unknown', 'ready'];
const RECENT_MS = 60_000;
/** Below that, the 99th of 100 is the slowest. */
const FEWEST = 100;
/** A tunnel is as long as its client likes. */
const SWITCHED = 101;

/** A pool without servers is down. One whose servers are all set aside is as the first of `drain` and `maint` says. */
export const poolState = (servers: readonly Pick<ServerView, 'state'>[]): ServerState => {
  const states = new Set(servers.map(({ state }) => state));
  const worst = WORST.find((state) => states.has(state));
  if (worst) return worst;
  if (states.has('drain')) return 'drain';
  return states.has('maint') ? 'maint' : 'down';
};

const rateOf = (servers: readonly ServerView[], seconds: number, before: Look): number | null => {
  const counted = new Map(before.servers.map(({ pool, id, forwarded }) => [`${pool} ${id}`, forwarded]));
  const sums = servers.map(
    ({ pool, id, forwarded }) => forwarded - (counted.get(`${pool} ${id}`) ?? forwarded),
  );
  // Counts begin again at 0 with a new process.
  if (seconds <= 0 || sums.some((sum) => sum < 0)) return null;
  return sums.reduce((sum, one) => sum + one, 0) / seconds;
};

const p99Of = (pool: string, { recent, now }: Look): number | null => {
  const durations = recent
    .filter((one) => one.pool === pool && one.status !== SWITCHED && now - one.at <= RECENT_MS)
    .map(({ durationMs }) => durationMs)
    .sort((a, b) => a - b);
  if (durations.length < FEWEST) return null;
  // Nearest rank.
  return durations[Math.ceil(durations.length * 0.99) - 1] ?? null;
};

const poolView = (
  name: string,
  servers: readonly ServerView[],
  look: Look,
  before: Look | undefined,
): PoolView => ({
  name,
  state: poolState(servers),
  servers: servers.length,
  ready: servers.filter(({ state }) => state === 'ready').length,
  inFlight: servers.reduce((sum, { inFlight }) => sum + inFlight, 0),
  requestsPerSecond: before ? rateOf(servers, (look.at - before.at) / 1000, before) : null,
  p99Ms: p99Of(name, look),
});

/** The pools that have servers, in the order of the API. `before` is the look before this one. */
export const poolViews = (look: Look, before?: Look): readonly PoolView[] => {
  const names = [...new Set(look.servers.map(({ pool }) => pool))];
  return names.map((name) => {
    const servers = look.servers.filter(({ pool }) => pool === name);
    return poolView(name, servers, look, before);
  });
};
