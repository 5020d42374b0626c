import { MAX_NODES } from '../core/nodes.ts';
import type { Millis } from '../core/types.ts';

/** So long holds what an agent said. */
const HOLDS: Millis = 5000;
/** The median is worked out anew no more often than this. */
const KEPT: Millis = 500;

interface Word {
  count: number;
  at: Millis;
}

/**
 * How many proxies are alive, by what agents say: each knows how many answer it. The median of them counts, so that
 * one that lies, or that reaches fewer, moves nothing. At most MAX_NODES are remembered.
 */
export class SaidProxies {
  readonly #words = new Map<string, Word>();
  #median = 1;
  #asOf: Millis = Number.NEGATIVE_INFINITY;

  /** `count`: a whole number from 1. */
  note(node: string, count: number, now: Millis): void {
    const word = this.#words.get(node);
    if (word) {
      word.count = count;
      word.at = now;
    } else if (this.#words.size < MAX_NODES) this.#words.set(node, { count, at: now });
  }

  /** 1 if nobody has said anything of late; of two in the middle the lower. Up to half a second old. */
  count(now: Millis): number {
    if (now - this.#asOf < KEPT) return this.#median;
    this.#asOf = now;
    for (const [node, { at }] of this.#words) if (now - at > HOLDS) this.#words.delete(node);
    const counts = [...this.#words.values()].map(({ count }) => count).sort((a, b) => a - b);
    this.#median = counts[(counts.length - 1) >> 1] ?? 1;
    return this.#median;
  }
}
