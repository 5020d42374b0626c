import { deserialize, serialize } from 'node:v8';
import type { Chain } from '../core/chain.ts';
import { messageOf } from '../core/errors.ts';
import type { Pool } from '../core/pool.ts';
import type { ColumnState, PoolState } from '../core/pool-state.ts';
import type { Millis } from '../core/types.ts';

/** Why a recording begins anew: it starts, a configuration was taken, a file was full, or something was lost. */
export type CheckpointReason = 'start' | 'reload' | 'rotation' | 'gap';

/** The memories of one function: its key and a ColumnState that v8 has written. */
interface SavedColumn {
  readonly key: string;
  /** Undefined where they hold what cannot be written, such as functions; they start anew then. */
  readonly bytes: Uint8Array | undefined;
}

/** Which recording this is, and what of it. */
export interface RecordingFacts {
  /** Random for each recording. */
  readonly run: string;
  /** Epoch ms. */
  readonly at: number;
  /** The process's monotonic clock at that time. */
  readonly now: Millis;
  readonly reason: CheckpointReason;
  /** The number of the last decision before, those that were lost included. A run need not begin at 0. */
  readonly decisions: number;
  /** Decisions of this run that no file holds. */
  readonly lost: number;
  /** Names of the header fields and cookies that go with each request. */
  readonly headers: readonly string[];
  readonly cookies: readonly string[];
  /** What the caller needs to make the recorded chains again; plain data. */
  readonly setup: unknown;
}

/** All that decisions after it depend on. */
export interface Checkpoint extends RecordingFacts {
  readonly version: 1;
  /** The places of chains and pools in these lists stand for them in events. */
  readonly chains: readonly { readonly name: string; readonly pool: string }[];
  readonly pools: readonly { readonly state: PoolState; readonly columns: readonly SavedColumn[] }[];
}

const savedColumn = (column: ColumnState): SavedColumn => {
  try {
    return { key: column.key, bytes: serialize(column) };
  } catch {
    return { key: column.key, bytes: undefined };
  }
};

/** Writes down what the pools hold at this moment. */
export const checkpointBytes = (
  facts: RecordingFacts,
  chains: readonly Chain[],
  pools: readonly Pool[],
): Buffer => {
  const checkpoint: Checkpoint = {
    ...facts,
    version: 1,
    chains: chains.map(({ name, pool }) => ({ name, pool: pool.name })),
    pools: pools.map((pool) => {
      const { pool: state, columns } = pool.save();
      return { state, columns: columns.map(savedColumn) };
    }),
  };
  return serialize(checkpoint);
};

const isCheckpoint = (value: unknown): value is Checkpoint =>
  typeof value === 'object' &&
  value !== null &&
  'version' in value &&
  value.version === 1 &&
  'pools' in value &&
  Array.isArray(value.pools) &&
  'chains' in value &&
  Array.isArray(value.chains);

/** Reads what checkpointBytes wrote. Throws an Error that says why it cannot. */
export const readCheckpoint = (bytes: Buffer): Checkpoint => {
  let value: unknown;
  try {
    value = deserialize(bytes);
  } catch (thrown) {
    throw new Error(`a checkpoint cannot be read: ${messageOf(thrown)}`);
  }
  if (!isCheckpoint(value)) throw new Error('a checkpoint is of a version that is not known here');
  return value;
};

/** The memories that a checkpoint holds of a pool. */
export const columnsOf = ({ columns }: Checkpoint['pools'][number]): readonly ColumnState[] =>
  columns.flatMap(({ bytes }) => (bytes ? [deserialize(bytes) as ColumnState] : []));
