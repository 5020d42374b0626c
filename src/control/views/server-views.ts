import type { Board } from '../../core/board.ts';
import type { NodeRecord } from '../../core/nodes.ts';
import type { Pool } from '../../core/pool.ts';
import type { ServerRecord } from '../../core/server-record.ts';
import type { StateSource } from '../../core/server-state.ts';
import type { Server } from '../../core/types.ts';
import type { ShareSource } from '../cells/shares.ts';
import { healthReason, healthViewOf } from '../health/health-views.ts';
import type { NodeView, ServerView } from './views.ts';

const orNull = (value: number | undefined): number | null =>
  value === undefined || !Number.isFinite(value) ? null : value;

const handReason = ({ hand }: ServerRecord): string =>
  hand?.reason || (hand?.state === 'ready' ? 'weight 0, set by hand' : 'set by hand');

const toldReason = ({ told }: ServerRecord): string =>
  `its agent-check says ${told?.state === 'ready' ? 'weight 0' : told?.reason || told?.state}`;

/** As far as it can be told from what workers have counted. */
const ejectedReason = ({ failures }: ServerRecord): string =>
  failures > 0 ? `${failures} bad answers in a row` : 'it stood out among its peers';

/** Why it is in its state, by who says so. */
const reasonOf = (pool: Pool, record: ServerRecord, by: StateSource, { now }: ViewClock): string | null => {
  switch (by) {
    case 'hand':
      return handReason(record);
    case 'health':
      return healthReason(record, now);
    case 'ejection':
      return pool.whyEjected(record, now) ?? ejectedReason(record);
    case 'agent-check':
      return toldReason(record);
    case 'connection':
      return 'the last connection to it failed';
    case 'nobody':
      return 'neither heard of nor tried yet';
    default:
      return null;
  }
};

/** Who sent the last report. A carrier that shows no address has the name of the token or of the node. */
const sourceOf = ({ inBandAt }: ServerRecord, node: NodeRecord | undefined): string | null => {
  if (!node) return Number.isFinite(inBandAt) ? 'orca' : null;
  const { transport, address, token } = node.source;
  return `${transport} ${address || (token ?? node.name)}`;
};

/** Times come from the monotonic clock; `epochOffset` makes them dates. */
export interface ViewClock {
  readonly now: number;
  readonly epochOffset: number;
}

/** Counts connections to a server; undefined for one that was never asked for one. */
export type ConnectionsOf = (server: Server) => NonNullable<ServerView['connections']> | undefined;

const NO_CONNECTIONS = { open: 0, idle: 0, waiting: 0 };

const serverView = (
  pool: Pool,
  record: ServerRecord,
  node: NodeRecord | undefined,
  share: number,
  clock: ViewClock,
  connections: ConnectionsOf | undefined,
): ServerView => {
  const heard = Number.isFinite(record.heardAt);
  const { state, by } = pool.judge(record, clock.now);
  return {
    ...record.stats,
    id: record.id,
    url: record.url.origin,
    pool: pool.name,
    state,
    tags: [...record.tags],
    self: record.isSelf,
    node: record.node ?? null,
    heardAt: heard ? Math.round(record.heardAt + clock.epochOffset) : null,
    ageMs: heard ? Math.max(0, Math.round(clock.now - record.heardAt)) : null,
    source: sourceOf(record, node),
    stats: record.stats ?? null,
    arriba: record.arriba ?? null,
    inFlight: record.inFlight,
    connections: connections ? (connections(record) ?? NO_CONNECTIONS) : null,
    reportedInFlight: orNull(record.stats?.inFlight),
    latencyMs: orNull(record.latency),
    responseTimeMs: orNull(record.responseTime),
    forwarded: record.forwarded,
    failures: record.failures,
    refused: record.refused,
    weight: record.weight,
    hand: record.hand ?? null,
    told: record.told ?? null,
    share,
    reason: reasonOf(pool, record, by, clock),
    health: healthViewOf(record, clock),
  };
};

/**
 * Every server of every pool, in the order of the configuration, announced ones after. Without `connections` nobody
 * counts these.
 */
export const serverViews = (
  board: Board,
  shares: ShareSource,
  clock: ViewClock,
  connections?: ConnectionsOf,
): readonly ServerView[] => {
  const nodes = new Map(board.nodes().map((node) => [node.name, node]));
  return board.pools().flatMap((pool) => {
    const parts = shares.of(pool.servers, clock.now);
    return pool.servers.map((record, i) =>
      serverView(pool, record, nodes.get(record.node ?? ''), parts[i] ?? 0, clock, connections),
    );
  });
};

const nodeView = (node: NodeRecord, now: number): NodeView => ({
  name: node.name,
  transport: node.source.transport,
  address: node.source.address,
  token: node.source.token ?? null,
  ageMs: Math.max(0, Math.round(now - node.heardAt)),
  everyMs: orNull(Math.round(node.every)),
  clockOffsetMs: orNull(Math.round(node.clock.value)),
  reports: node.reports,
  refused: node.refused,
  lastRefusal: node.lastRefusal ?? null,
  servers: node.servers,
});

export const nodeViews = (board: Board, { now }: ViewClock): readonly NodeView[] =>
  board.nodes().map((node) => nodeView(node, now));
