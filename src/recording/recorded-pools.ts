import type { News } from '../core/board-tap.ts';
import { Pool } from '../core/pool.ts';
import type { ServerRecord } from '../core/server-record.ts';
import type { HandState, HealthState, ServerSpec, ToldState } from '../core/server-spec.ts';
import type { Millis, Outcome } from '../core/types.ts';
import { type Checkpoint, columnsOf } from './checkpoint.ts';
import type { PoolListener } from './decode-events.ts';
import type { RecordedInBand } from './event-parts.ts';

interface Place {
  readonly pool: Pool;
  /** By number: the servers of the pool, with those that have left while requests to them were under way. */
  readonly records: Map<number, ServerRecord>;
}

/** The pools of a recording as they were at one moment after the other: events drive them as reality did. */
export class RecordedPools implements PoolListener {
  readonly #places: readonly Place[];
  readonly #checkpoint: Checkpoint;

  /** As they were at the checkpoint, but for memories, which need the chains that keep them. */
  constructor(checkpoint: Checkpoint) {
    this.#checkpoint = checkpoint;
    this.#places = checkpoint.pools.map(({ state }) => {
      const pool = new Pool(state.name);
      pool.restore(state);
      return { pool, records: new Map(pool.servers.map((record) => [record.number, record])) };
    });
  }

  get list(): readonly Pool[] {
    return this.#places.map(({ pool }) => pool);
  }

  /** Gives the functions of chains that were made since their memories. */
  restoreMemories(): void {
    for (const [i, saved] of this.#checkpoint.pools.entries())
      this.#places[i]?.pool.restoreColumns(columnsOf(saved));
  }

  /** The server with that number; undefined for one that is not known. */
  record(pool: number, server: number): ServerRecord | undefined {
    return this.#places[pool]?.records.get(server);
  }

  begun(pool: number, server: number, now: Millis): void {
    const record = this.record(pool, server);
    if (record) this.#places[pool]?.pool.begin(record, now);
  }

  ended(pool: number, server: number, outcome: Outcome, now: Millis): void {
    const record = this.record(pool, server);
    if (record) this.#places[pool]?.pool.end(record, outcome, now);
  }

  heard(pool: number, server: number, news: News, now: Millis): void {
    const record = this.record(pool, server);
    if (record) this.#places[pool]?.pool.hear(record, news, now);
  }

  heardInBand(pool: number, server: number, { stats, heardAt, by }: RecordedInBand, now: Millis): void {
    const record = this.record(pool, server);
    if (!record) return;
    const said = { stats: stats ?? record.inBand ?? {}, heardAt, by };
    this.#places[pool]?.pool.hearInBand(record, said, now);
  }

  lapsed(pool: number, now: Millis): void {
    this.#places[pool]?.pool.lapse(now);
  }

  elsewhere(pool: number, server: number, count: number): void {
    const record = this.record(pool, server);
    if (record) this.#places[pool]?.pool.setElsewhere(record, count);
  }

  set(pool: number, server: number, hand: HandState | undefined, told: ToldState | undefined): void {
    const record = this.record(pool, server);
    if (record) this.#places[pool]?.pool.set(record, hand, told);
  }

  checked(pool: number, server: number, now: Millis, health: HealthState | undefined): void {
    const record = this.record(pool, server);
    if (record) this.#places[pool]?.pool.setHealth(record, health, now);
  }

  retagged(pool: number, server: number, tags: readonly string[]): void {
    const record = this.record(pool, server);
    if (record) this.#places[pool]?.pool.retag(record, tags);
  }

  announced(pool: number, url: URL, tags: readonly string[], now: Millis): void {
    this.#places[pool]?.pool.announce(url, tags, now);
    this.#look(pool);
  }

  discovered(pool: number, specs: readonly ServerSpec[], now: Millis): void {
    this.#places[pool]?.pool.discover(specs, now);
    this.#look(pool);
  }

  forgot(pool: number, now: Millis, silence: Millis): void {
    this.#places[pool]?.pool.forget(now, silence);
    this.#look(pool);
  }

  /** Servers have come or gone. */
  #look(place: number): void {
    const { pool, records } = this.#places[place] ?? {};
    if (!pool || !records) return;
    for (const [number, record] of records)
      if (pool.table[record.slot] !== record && record.inFlight === 0) records.delete(number);
    for (const record of pool.servers) records.set(record.number, record);
  }
}
