import type { Board } from '../../core/board.ts';
import type { Pool } from '../../core/pool.ts';
import type { ServerRecord } from '../../core/server-record.ts';
import type { Millis, Stats } from '../../core/types.ts';
import { AGE, type BoardBatch, NUMBER, REPORT_ROW, RESTARTED, type ReportHead, STATS } from './board-feed.ts';
import { Elsewhere } from './elsewhere.ts';
import type { CountPairs } from './in-flight-sums.ts';
import { unpackStats } from './packed-stats.ts';
import type { NumberedServer } from './server-numbers.ts';

interface Known {
  readonly server: NumberedServer;
  /** Undefined while this worker's configuration does not have it, or not yet. */
  found: { readonly pool: Pool; readonly record: ServerRecord } | undefined;
}

/** Keeps a worker's board as control's is. */
export class BoardCopy {
  /** Where to say what other workers have under way. */
  readonly elsewhere = new Elsewhere((number) => this.#find(number)?.record);
  readonly #board: Board;
  readonly #now: () => Millis;
  readonly #known = new Map<number, Known>();

  constructor(board: Board, now: () => Millis) {
    this.#board = board;
    this.#now = now;
  }

  /**
   * Takes what control says. A report is paired with the requests that are under way now; so say what is under way in
   * other workers before.
   */
  take({ servers, gone, rows, others, proxies }: BoardBatch): void {
    this.#board.proxies = proxies;
    for (const number of gone) this.#known.delete(number);
    for (const server of servers) {
      this.#known.set(server.number, { server, found: undefined });
      this.#find(server.number);
    }
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

  #hear({ number, age, restarted }: ReportHead, stats: Stats): void {
    const found = this.#find(number);
    if (!found) return;
    const { pool, record } = found;
    const now = this.#now();
    const heardAt = now - age;
    const silence = heardAt - record.heardAt;
    record.take(record.node ?? '', stats, heardAt);
    pool.heard(record, { silence, restarted }, now);
  }

  /** A record may leave the board and another take its place; so it is looked at again each time. */
  #find(number: number): Known['found'] {
    const known = this.#known.get(number);
    if (!known) return undefined;
    const { server, found } = known;
    const pool = this.#board.pool(server.pool);
    if (found && pool === found.pool && pool.table[found.record.slot] === found.record) return found;
    known.found = pool && this.#lookUp(pool, server);
    return known.found;
  }

  #lookUp(pool: Pool, { url, announced, hand }: NumberedServer): Known['found'] {
    const parsed = new URL(url);
    const record = pool.byUrl(parsed) ?? (announced && pool.announce(parsed, announced));
    if (!record) return undefined;
    if (announced && !record.configured) pool.retag(record, announced);
    if (record.hand?.state !== hand?.state || record.hand?.reason !== hand?.reason)
      pool.setHand(record, hand);
    return { pool, record };
  }
}
