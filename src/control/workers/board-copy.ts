import { isDeepStrictEqual } from 'node:util';
import type { Board } from '../../core/board.ts';
import type { Pool } from '../../core/pool.ts';
import type { ServerRecord } from '../../core/server-record.ts';
import type { ServerSpec } from '../../core/server-spec.ts';
import type { Millis, Stats } from '../../core/types.ts';
import { AGE, type BoardBatch, NUMBER, REPORT_ROW, RESTARTED, type ReportHead, STATS } from './board-feed.ts';
import { Elsewhere } from './elsewhere.ts';
import type { CountPairs } from './in-flight-sums.ts';
import { unpackStats } from './packed-stats.ts';
import type { NumberedServer } from './server-numbers.ts';

interface Known {
  readonly server: NumberedServer;
  readonly url: URL;
  /** Undefined while this worker's configuration does not have it, or not yet. */
  found: { readonly pool: Pool; readonly record: ServerRecord } | undefined;
}

/** Keeps a worker's board as control's is. */
export class BoardCopy {
  /** Where to say what other workers have under way. */
  readonly elsewhere: Elsewhere;
  readonly #board: Board;
  readonly #now: () => Millis;
  readonly #known = new Map<number, Known>();
  /** Pools that have been told of their servers that no configuration has. */
  readonly #told = new WeakSet<Pool>();

  constructor(board: Board, now: () => Millis) {
    this.#board = board;
    this.#now = now;
    this.elsewhere = new Elsewhere(board, (number) => this.#find(number)?.record);
  }

  /**
   * Takes what control says. A report is paired with the requests that are under way now; so say what is under way in
   * other workers before.
   */
  take({ servers, gone, rows, others, proxies }: BoardBatch): void {
    this.#board.proxies = proxies;
    this.#follow(servers, gone);
    for (let from = 0; from + REPORT_ROW <= rows.length; from += REPORT_ROW) {
      const [number = -1, age = 0, restarted = 0] = [
        rows[from + NUMBER],
        rows[from + AGE],
        rows[from + RESTARTED],
      ];
      this.#hear({ number, age, restarted: restarted === 1 }, unpackStats(rows, from + STATS));
    }
    for (const { stats, ...head } of others) this.#hear(head, stats);
  }

  /** The server with that number; undefined for one that is not here. */
  record(number: number): ServerRecord | undefined {
    return this.#find(number)?.record;
  }

  /** What this worker has under way. */
  inFlightHere(): CountPairs {
    const pairs: number[] = [];
    for (const [number, record] of this.records()) {
      const count = record.inFlightHere;
      if (count > 0) pairs.push(number, count);
    }
    return Int32Array.from(pairs);
  }

  /** The servers that are here and in control, with their numbers. */
  *records(): Generator<readonly [number: number, record: ServerRecord, pool: Pool]> {
    for (const number of this.#known.keys()) {
      const found = this.#find(number);
      if (found) yield [number, found.record, found.pool];
    }
  }

  /** Takes which servers there are. Those that no configuration has come and go as control says. */
  #follow(servers: readonly NumberedServer[], gone: readonly number[]): void {
    const moved = new Set<string>();
    for (const number of gone) {
      const server = this.#known.get(number)?.server;
      if (server) moved.add(server.pool);
      this.#known.delete(number);
    }
    for (const server of servers) {
      const before = this.#known.get(server.number)?.server.announced;
      if (!isDeepStrictEqual(before, server.announced)) moved.add(server.pool);
      this.#known.set(server.number, { server, url: new URL(server.url), found: undefined });
    }
    for (const name of moved) {
      const pool = this.#board.pool(name);
      if (pool) this.#tell(pool);
    }
    for (const { number } of servers) this.#find(number);
  }

  /** Gives a pool the servers that no configuration has, in place of those that it was given before. */
  #tell(pool: Pool): void {
    const specs: ServerSpec[] = [];
    for (const { server, url } of this.#known.values()) {
      const { pool: name, id, announced: tags } = server;
      if (name === pool.name && tags) specs.push({ id, url, tags });
    }
    this.#told.add(pool);
    pool.discover(specs, this.#now());
  }

  #hear({ number, age, restarted }: ReportHead, stats: Stats): void {
    const found = this.#find(number);
    if (!found) return;
    const { pool, record } = found;
    const now = this.#now();
    pool.hear(record, { node: record.node ?? '', stats, restarted, heardAt: now - age }, now);
  }

  /** A record may leave the board and another take its place; so it is looked at again each time. */
  #find(number: number): Known['found'] {
    const known = this.#known.get(number);
    if (!known) return undefined;
    const { server, found } = known;
    const pool = this.#board.pool(server.pool);
    if (found && pool === found.pool && pool.table[found.record.slot] === found.record) return found;
    known.found = pool && this.#lookUp(pool, known);
    return known.found;
  }

  #lookUp(pool: Pool, { server: { hand, told, health }, url }: Known): Known['found'] {
    if (!this.#told.has(pool)) this.#tell(pool);
    const record = pool.byUrl(url);
    if (!record) return undefined;
    if (!isDeepStrictEqual(record.hand, hand)) pool.setHand(record, hand);
    if (!isDeepStrictEqual(record.told, told)) pool.setTold(record, told);
    if (!isDeepStrictEqual(record.health, health)) pool.setHealth(record, health, this.#now());
    return { pool, record };
  }
}
