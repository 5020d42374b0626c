import type { Termination } from '../core/exchange.ts';
import type { Exchange } from './exchange.ts';
import type { OwnBytes } from './own-answer.ts';

/** Content that goes out in one write with the head, bytes; only so much of it is ever copied. */
const WITH_HEAD_BYTES = 16 * 1024;
/** Content that is handed over at once, bytes: a client that takes so much is one that takes something. */
const PIECE_BYTES = 64 * 1024;

/** The sending of an answer of our own, at the pace of the client. */
export class OwnSending {
  /** How its exchange counts when it is out. */
  readonly termination: Termination;
  readonly #exchange: Exchange;
  readonly #answer: OwnBytes;
  /** Bytes of content that were handed over. */
  #at = 0;
  #hasBegun = false;

  constructor(exchange: Exchange, answer: OwnBytes, termination: Termination) {
    this.#exchange = exchange;
    this.#answer = answer;
    this.termination = termination;
  }

  /** Sends what the client takes. False: there is more, or something to wait for, until `clientDrained`. */
  goOn(): boolean {
    const { client } = this.#exchange;
    const { head, content } = this.#answer;
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      const first = this.#next(WITH_HEAD_BYTES);
      if (!client.send(first.length === 0 ? head : Buffer.concat([head, first]))) return false;
    }
    while (this.#at < content.length) if (!client.send(this.#next(PIECE_BYTES))) return false;
    return true;
  }

  #next(size: number): Uint8Array {
    const piece = this.#answer.content.subarray(this.#at, this.#at + size);
    this.#at += piece.length;
    this.#exchange.record.bytesOut += piece.length;
    return piece;
  }
}
