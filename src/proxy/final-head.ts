import type { HeadLimits } from '../http1/limits.ts';
import { ResponseHead, scanResponseHead } from '../http1/response-head.ts';
import { heldHead, type PartialHead } from './partial-head.ts';

/** Heads of one answer, interim ones included; bytes. */
const MOST_BYTES = 64 * 1024;

/** What is wrong with an answer whose interim heads come and come. */
export const ENDLESS = 'no end of interim answers';

/** Scanned heads are used up before anything else is scanned, so that one record serves all. */
const head = new ResponseHead();

/** The head of a final answer; it holds until the next one is read, of whichever connection. */
export interface FinalHead {
  readonly head: ResponseHead;
  /** Where its offsets point to. */
  readonly bytes: Buffer;
  /** Nothing has come behind it. */
  readonly isAlone: boolean;
}

/** Reads the heads of answers to questions of our own, one after the other, and passes over interim ones. */
export class FinalHeads {
  #partial: PartialHead | undefined = undefined;
  /** Bytes of the answer that have come. */
  #taken = 0;

  /** Something of an answer is here. */
  get hasBegun(): boolean {
    return this.#taken > 0;
  }

  reset(): void {
    this.#partial = undefined;
    this.#taken = 0;
  }

  /** Takes what has come. A text says what is wrong with it; undefined while the head is not whole. */
  take(given: Buffer, from: number, to: number, limits: HeadLimits): FinalHead | string | undefined {
    this.#taken += to - from;
    if (this.#taken > MOST_BYTES) return ENDLESS;
    const held = this.#partial;
    held?.add(given, from, to);
    const { bytes, start, end } = held ?? { bytes: given, start: from, end: to };
    return this.#scan(bytes, start, end, limits);
  }

  #scan(bytes: Buffer, from: number, end: number, limits: HeadLimits): FinalHead | string | undefined {
    let start = from;
    for (;;) {
      const found = scanResponseHead(head, bytes, start, end, limits);
      if (found < 0) return head.fault;
      if (found === 0) {
        this.#partial = heldHead(this.#partial, bytes, start, end);
        return undefined;
      }
      start = found;
      if (head.status >= 200 || head.status === 101) break;
    }
    this.reset();
    return { head, bytes, isAlone: start === end };
  }
}
