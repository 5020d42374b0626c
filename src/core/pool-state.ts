import type { ServerRecord } from './server-record.ts';
import type { ServerState, Stats } from './types.ts';

/** What everybody can read of a server's record. */
type OpenFields = Pick<
  ServerRecord,
  | 'isSelf'
  | 'stats'
  | 'arriba'
  | 'heardAt'
  | 'inFlight'
  | 'elsewhere'
  | 'inFlightAtReport'
  | 'isCountFresh'
  | 'latency'
  | 'responseTime'
  | 'failures'
  | 'forwarded'
  | 'node'
  | 'weight'
  | 'hand'
  | 'told'
  | 'health'
  | 'refused'
  | 'inBandAt'
  | 'reported'
  | 'reportedAt'
>;

const openFieldsOf = (record: OpenFields): OpenFields => ({
  isSelf: record.isSelf,
  stats: record.stats,
  arriba: record.arriba,
  heardAt: record.heardAt,
  inFlight: record.inFlight,
  elsewhere: record.elsewhere,
  inFlightAtReport: record.inFlightAtReport,
  isCountFresh: record.isCountFresh,
  latency: record.latency,
  responseTime: record.responseTime,
  failures: record.failures,
  forwarded: record.forwarded,
  node: record.node,
  weight: record.weight,
  hand: record.hand,
  told: record.told,
  health: record.health,
  refused: record.refused,
  inBandAt: record.inBandAt,
  reported: record.reported,
  reportedAt: record.reportedAt,
});

/** What a server's record holds for itself. */
interface HiddenFields {
  readonly configuredArriba: number | undefined;
  readonly observed: ServerState | undefined;
  readonly unreachable: boolean;
  readonly answered: boolean;
  readonly inBand: Stats | undefined;
  readonly inFlightReported: number;
  readonly inFlightInBand: number;
}

/** All that a server's record holds, as plain data, but for the memories of functions. */
export interface RecordState extends HiddenFields {
  readonly number: number;
  readonly slot: number;
  readonly id: string;
  readonly url: string;
  readonly configured: boolean;
  readonly tags: readonly string[];
  readonly open: Readonly<OpenFields>;
}

/** A copy. Written out, name by name: requests wait while it is made of thousands of servers. */
export const recordStateOf = (record: ServerRecord, hidden: HiddenFields): RecordState => ({
  number: record.number,
  slot: record.slot,
  id: record.id,
  url: record.url.href,
  configured: record.configured,
  tags: [...record.tags],
  open: openFieldsOf(record),
  configuredArriba: hidden.configuredArriba,
  observed: hidden.observed,
  unreachable: hidden.unreachable,
  answered: hidden.answered,
  inBand: hidden.inBand,
  inFlightReported: hidden.inFlightReported,
  inFlightInBand: hidden.inFlightInBand,
});

/** The memories of one function: what they share, and that of each server in the order of the pool's servers. */
export interface ColumnState {
  readonly key: string;
  readonly shared: unknown;
  readonly memories: readonly unknown[];
}

/** All that a pool holds, as plain data, but for memories. A server comes before those that came after it. */
export interface PoolState {
  readonly name: string;
  readonly self: string | undefined;
  readonly accept: readonly string[];
  /** How many servers have come so far. */
  readonly come: number;
  /** Size of its table. */
  readonly slots: number;
  readonly servers: readonly RecordState[];
  readonly discovered: readonly {
    readonly id: string;
    readonly url: string;
    readonly tags: readonly string[];
    readonly arriba?: number;
  }[];
}
