import type { Board } from '../../core/board.ts';
import type { ServerRecord } from '../../core/server-record.ts';
import type { Millis, Stats } from '../../core/types.ts';
import { packStats, STATS_ROW } from './packed-stats.ts';
import type { NumberedServer, ServerNumbers } from './server-numbers.ts';

/** A report on one server, without its stats. */
export interface ReportHead {
  readonly number: number;
  /** Ms since it was heard, when the batch was made. */
  readonly age: Millis;
  /** It is the first of a new start of its agent. */
  readonly restarted: boolean;
}

/** What control's board knows and the copies of the workers do not. */
export interface BoardBatch {
  /** New servers, and those that are not as they were. */
  readonly servers: readonly NumberedServer[];
  /** Numbers of servers that have left. */
  readonly gone: readonly number[];
  /** Reports as rows of REPORT_ROW numbers: those of a ReportHead, then the stats. */
  readonly rows: Float64Array;
  /** Reports whose stats are more than numbers that everybody knows. */
  readonly others: readonly (ReportHead & { readonly stats: Stats })[];
  readonly proxies: number;
}

/** Places of a head in a row. */
export const [NUMBER, AGE, RESTARTED, STATS] = [0, 1, 2, 3] as const;
export const REPORT_ROW = STATS + STATS_ROW;

/**
 * Tells what happens on control's board, in batches. What a batch costs grows with the reports that it tells of, not with
 * the servers that there are.
 */
export class BoardFeed {
  readonly #board: Board;
  readonly #numbers: ServerNumbers;
  readonly #now: () => Millis;
  /** Servers that took a report since the last call of `news`, and whether their agent began anew. */
  readonly #heard = new Map<ServerRecord, boolean>();

  /** Takes the place of a feed that the board had before. */
  constructor(board: Board, numbers: ServerNumbers, now: () => Millis) {
    this.#board = board;
    this.#numbers = numbers;
    this.#now = now;
    for (const { servers } of board.pools()) for (const record of servers) this.#heard.set(record, false);
    board.onReport = (record, restarted) =>
      this.#heard.set(record, restarted || this.#heard.get(record) === true);
  }

  /** Everything there is, for a worker that has nothing. */
  all(): BoardBatch {
    const servers = this.#numbers.all;
    const heard = new Map<ServerRecord, boolean>();
    for (const { number } of servers) {
      const record = this.#numbers.record(number);
      if (record) heard.set(record, false);
    }
    return this.#batch(servers, [], heard);
  }

  /** What came since the last call; undefined for nothing. */
  news(): BoardBatch | undefined {
    const { changed, gone } = this.#numbers.follow(this.#board);
    const batch = this.#batch(changed, gone, this.#heard);
    this.#heard.clear();
    const isEmpty = changed.length + gone.length + batch.rows.length + batch.others.length === 0;
    return isEmpty ? undefined : batch;
  }

  #batch(
    servers: readonly NumberedServer[],
    gone: readonly number[],
    heard: ReadonlyMap<ServerRecord, boolean>,
  ): BoardBatch {
    const now = this.#now();
    const rows = new Float64Array(heard.size * REPORT_ROW);
    const others: (ReportHead & { stats: Stats })[] = [];
    let end = 0;
    for (const [record, restarted] of heard) {
      const number = this.#numbers.of(record);
      // Workers tell each other what comes with answers.
      const { reported: stats } = record;
      if (number === undefined || !stats || this.#numbers.record(number) !== record) continue;
      const age = now - record.reportedAt;
      if (packStats(stats, rows, end + STATS)) {
        rows[end + NUMBER] = number;
        rows[end + AGE] = age;
        rows[end + RESTARTED] = restarted ? 1 : 0;
        end += REPORT_ROW;
      } else others.push({ number, age, restarted, stats });
    }
    // A copy: a view would be sent with all of the buffer behind it.
    const used = end === rows.length ? rows : rows.slice(0, end);
    return { servers, gone, rows: used, others, proxies: this.#board.proxies };
  }
}
