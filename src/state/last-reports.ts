import { MAX_NODES } from '../core/board.ts';
import { SERVER_TIMEOUT } from '../core/pool.ts';
import type { Report } from '../core/report.ts';
import type { Millis } from '../core/types.ts';

interface Heard {
  readonly report: Report;
  readonly at: Millis;
}

/**
 * The last report of every node, for a proxy that comes late. Bounded by MAX_NODES. Silent nodes are left out: a
 * late proxy stamps what it is told with its own time, so it would take a dead node for a live one.
 */
export class LastReports {
  /** In the order of the last report, oldest first. */
  readonly #heard = new Map<string, Heard>();

  remember(report: Report, now: Millis): void {
    this.#heard.delete(report.node);
    this.#heard.set(report.node, { report, at: now });
    for (const [node, { at }] of this.#heard) {
      if (this.#heard.size <= MAX_NODES && now - at <= SERVER_TIMEOUT) return;
      this.#heard.delete(node);
    }
  }

  recent(now: Millis): readonly Report[] {
    return [...this.#heard.values()]
      .filter(({ at }) => now - at <= SERVER_TIMEOUT)
      .map(({ report }) => report);
  }
}
