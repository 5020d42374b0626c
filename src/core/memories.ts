import type { Heard, MemoryPlace, MemoryReader, Signal } from './candidacy.ts';
import type { ColumnState } from './pool-state.ts';
import type { ServerRecord } from './server-record.ts';
import type { Millis, Outcome, ServerState } from './types.ts';

interface Column {
  readonly key: string;
  readonly signal: Signal<unknown>;
  readonly shared: unknown;
}

/** What the functions of a pool's chains keep of its servers: one column for each name with options. */
export class Memories {
  /** An index is never used twice: a chain that still ends its last requests may read it. */
  readonly #columns: (Column | undefined)[] = [];

  /** Gives a function a memory for every server. A known key keeps its memory and takes the new code. */
  add<Memory>(key: string, signal: Signal<Memory>, records: readonly ServerRecord[]): MemoryReader<Memory> {
    const known = this.#columns.findIndex((column) => column?.key === key);
    const index = known === -1 ? this.#columns.length : known;
    const shared = known === -1 ? signal.shared?.() : this.#columns[known]?.shared;
    this.#columns[index] = { key, signal: signal as Signal<unknown>, shared };
    if (known === -1) {
      const since = Number.NEGATIVE_INFINITY;
      for (const record of records) record.columns[index] = signal.init(shared, { slot: record.slot, since });
    }
    return (server) => server.columns[index] as Memory | undefined;
  }

  /** Forgets the memories under every other key. */
  retain(keys: ReadonlySet<string>, records: readonly ServerRecord[]): void {
    for (let i = 0; i < this.#columns.length; i++) {
      const column = this.#columns[i];
      if (!column || keys.has(column.key)) continue;
      this.#columns[i] = undefined;
      for (const record of records) record.columns[i] = undefined;
    }
  }

  /** What every function keeps of these servers. The memories themselves, not copies. */
  save(records: readonly ServerRecord[]): readonly ColumnState[] {
    return this.#columns.flatMap((column, i) =>
      column
        ? [{ key: column.key, shared: column.shared, memories: records.map(({ columns }) => columns[i]) }]
        : [],
    );
  }

  /** Gives a function's memories back, if there is a column under their key. `records`: those that it was saved with. */
  restore({ key, shared, memories }: ColumnState, records: readonly ServerRecord[]): void {
    const index = this.#columns.findIndex((column) => column?.key === key);
    const column = this.#columns[index];
    if (!column) return;
    this.#columns[index] = { ...column, shared };
    for (let i = 0; i < records.length; i++) {
      const record = records[i];
      if (record) record.columns[index] = memories[i];
    }
  }

  /** Those of a server that has come. */
  of(place: MemoryPlace): unknown[] {
    return this.#columns.map((column) => column?.signal.init(column.shared, place));
  }

  gone(record: ServerRecord): void {
    for (let i = 0; i < this.#columns.length; i++) this.#columns[i]?.signal.onGone?.(record.columns[i]);
  }

  /** A request to the server has begun. */
  begun(record: ServerRecord, now: Millis): void {
    for (let i = 0; i < this.#columns.length; i++) this.#columns[i]?.signal.onBegin?.(record.columns[i], now);
  }

  /** A request to the server has ended. Says how many memories made kept answers void by that. */
  done(record: ServerRecord, outcome: Outcome, now: Millis): number {
    let changes = 0;
    for (let i = 0; i < this.#columns.length; i++)
      if (this.#columns[i]?.signal.onDone?.(record.columns[i], outcome, now)) changes += 1;
    return changes;
  }

  /** The server was heard. Says how many memories made kept answers void by that. */
  heard(record: ServerRecord, heard: Heard, now: Millis): number {
    let changes = 0;
    for (let i = 0; i < this.#columns.length; i++)
      if (this.#columns[i]?.signal.onReport?.(record.columns[i], heard, now)) changes += 1;
    return changes;
  }

  /** Checks have found the server down, and do so no more. */
  back(record: ServerRecord, now: Millis): void {
    for (let i = 0; i < this.#columns.length; i++) this.#columns[i]?.signal.onBack?.(record.columns[i], now);
  }

  /** Why a memory says that the server is ejected; undefined if none does, or if it does not say. */
  whyEjected(record: ServerRecord, now: Millis): string | undefined {
    for (let i = 0; i < this.#columns.length; i++) {
      const { signal } = this.#columns[i] ?? {};
      const memory = record.columns[i];
      if (signal?.state?.(memory, now) === 'ejected') return signal.whyEjected?.(memory, now);
    }
    return undefined;
  }

  /** The first state that a memory gives the server, if any does; `ejected` before any other. */
  state(record: ServerRecord, now: Millis): ServerState | undefined {
    let first: ServerState | undefined;
    for (let i = 0; i < this.#columns.length; i++) {
      const state = this.#columns[i]?.signal.state?.(record.columns[i], now);
      if (state === 'ejected') return state;
      first ??= state;
    }
    return first;
  }
}
