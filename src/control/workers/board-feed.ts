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

/** Tells what happens on control's board, in batches. Reads the board; nobody has to tell it. */
export class BoardFeed {
  readonly #board: Board;
  readonly #numbers: ServerNumbers;
  readonly #now: () => Millis;
  /** The boot id that was last told of each node. */
  readonly #boots = new Map<string, string>();
  #toldAt: Millis = Number.NEGATIVE_INFINITY;

  constructor(board: Board, numbers: ServerNumbers, now: () => Millis) {
    this.#board = board;
    this.#numbers = numbers;
    this.#now = now;
  }

  /** Everything there is, for a worker that has nothing. */
  all(): BoardBatch {
    return this.#batch(this.#numbers.all, [], Number.NEGATIVE_INFINITY);
  }

  /** What came since the last call; undefined for nothing. */
  news(): BoardBatch | undefined {
    const { changed, gone } = this.#numbers.follow(this.#board);
    const since = this.#toldAt;
    this.#toldAt = this.#now();
    const batch = this.#batch(changed, gone, since);
    this.#noteBoots();
    const isEmpty = changed.length + gone.length + batch.rows.length + batch.others.length === 0;
    return isEmpty ? undefined : batch;
  }

  #batch(servers: readonly NumberedServer[], gone: readonly number[], since: Millis): BoardBatch {
    const rows: number[] = [];
    const others: (ReportHead & { stats: Stats })[] = [];
    for (const { servers } of this.#board.pools())
      for (const record of servers) {
        const { stats } = record;
        const head = stats && record.heardAt > since ? this.#headOf(record) : undefined;
        if (!head || !stats) continue;
        const numbers = packStats(stats);
        if (numbers) rows.push(head.number, head.age, head.restarted ? 1 : 0, ...numbers);
        else others.push({ ...head, stats });
      }
    return { servers, gone, rows: Float64Array.from(rows), others, proxies: this.#board.proxies };
  }

  #headOf(record: ServerRecord): ReportHead | undefined {
    const number = this.#numbers.of(record);
    if (number === undefined) return undefined;
    const boot = this.#board.node(record.node ?? '')?.boot;
    const told = this.#boots.get(record.node ?? '');
    const restarted = told !== undefined && boot !== undefined && told !== boot;
    return { number, age: this.#now() - record.heardAt, restarted };
  }

  #noteBoots(): void {
    this.#boots.clear();
    for (const { name, boot } of this.#board.nodes()) this.#boots.set(name, boot);
  }
}
