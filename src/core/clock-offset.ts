import type { Millis } from './types.ts';

/** About four seconds of an agent's reports: a clock that was set is believed again after so many. */
const KEPT = 16;
/** No carrier holds a message for so long; a clock that seems later than this was set back. */
const LONGEST_DELAY: Millis = 60_000;

/**
 * How far the clock of a sender is ahead of ours, and how late each of its messages comes. Clocks need not agree: the
 * quickest of the last messages shows the difference between them, and what another one took longer it was under way.
 * Source: the clock filter of NTP (RFC 5905, 10), with one-way times.
 */
export class ClockOffset {
  /** Sent, on the sender's clock, less received, on ours: the difference of the clocks less the time under way. */
  #differences: number[] = [];
  #sentAt = Number.NEGATIVE_INFINITY;

  /**
   * Takes one message: both times in ms since 1970, each on its own clock. Returns how late it is, at least 0. Messages
   * are taken in the order they were sent, so one that was sent before the one before it comes from a clock set back.
   */
  see(sentAt: number, receivedAt: number): Millis {
    const difference = sentAt - receivedAt;
    if (sentAt < this.#sentAt || this.value - difference > LONGEST_DELAY) this.#differences = [];
    this.#sentAt = sentAt;
    this.#differences.push(difference);
    if (this.#differences.length > KEPT) this.#differences.shift();
    return this.value - difference;
  }

  /** Ms that the sender's clock is ahead, less the shortest time under way; NaN before the first message. */
  get value(): number {
    const differences = this.#differences;
    let most = differences[0] ?? Number.NaN;
    for (let i = 1; i < differences.length; i++) most = Math.max(most, differences[i] ?? most);
    return most;
  }
}
