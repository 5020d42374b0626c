import { MAX_NODES } from '../core/nodes.ts';
import { SERVER_TIMEOUT } from '../core/pool.ts';
import { decodeReport, encodeReport, isRefusal, type Report } from '../core/report.ts';
import type { Millis } from '../core/types.ts';

interface Heard {
  json: string;
  at: Millis;
  readonly orderedAt: Millis;
}

/** So exact is the order in which nodes are forgotten: putting one at the end of a map costs more than the rest. */
const ORDERED_WITHIN: Millis = 5000;

/** 10,000 nodes with some dozens of servers each. */
const MAX_CHARACTERS = 64 * 1024 * 1024;

/**
 * The last report of every node, for a proxy that comes late; as text, for what can be written in a few bytes may take
 * a lot more of memory. Bounded by MAX_NODES and MAX_CHARACTERS. Silent nodes are left out: a
 * late proxy stamps what it is told with its own time, so it would take a dead node for a live one.
 */
export class LastReports {
  /** In the order of the last report, oldest first, give or take ORDERED_WITHIN. */
  readonly #heard = new Map<string, Heard>();
  #characters = 0;

  /** `json`: the report as it came. */
  remember(report: Report, now: Millis, json = encodeReport(report)): void {
    const known = this.#heard.get(report.node);
    if (known && now - known.orderedAt < ORDERED_WITHIN) {
      this.#characters += json.length - known.json.length;
      known.json = json;
      known.at = now;
      return;
    }
    this.#drop(report.node);
    this.#heard.set(report.node, { json, at: now, orderedAt: now });
    this.#characters += json.length;
    for (const [node, { at }] of this.#heard) {
      const fits = this.#heard.size <= MAX_NODES && this.#characters <= MAX_CHARACTERS;
      if (fits && now - at <= SERVER_TIMEOUT) return;
      this.#drop(node);
    }
  }

  recent(now: Millis): readonly Report[] {
    return [...this.#heard.values()]
      .filter(({ at }) => now - at <= SERVER_TIMEOUT)
      .flatMap(({ json }) => {
        const report = decodeReport(json);
        return isRefusal(report) ? [] : [report];
      });
  }

  #drop(node: string): void {
    this.#characters -= this.#heard.get(node)?.json.length ?? 0;
    this.#heard.delete(node);
  }
}
