import type { Millis } from '../../core/types.ts';
import type { CountPairs } from './in-flight-sums.ts';

/** A worker may have so many connections more than the one with the fewest, and this part of its own besides. */
const SLACK = 2;
const SLACK_SHARE = 1 / 16;
/**
 * To hand a connection over costs the three processes 0.2 to 0.3 ms together, which is more than ten requests and not
 * worth it for one that stays a moment. So there are so many a second where connections come and go, and so many at once
 * after a silence.
 */
const PER_SECOND = 100;
const BURST = 1024;
/** Control passes connections on. While it does not answer it would keep them. */
const SILENCE_MS: Millis = 300;

/**
 * Which worker is to serve the connections that this one accepts. The system hands out connections as it likes: of 64
 * that come together, one worker may get all. So what is too much for one goes on to that with the fewest.
 */
export class ConnectionSpread {
  readonly #now: () => Millis;
  /** Connections of the others, as control said last. */
  #told: ReadonlyMap<number, number> = new Map();
  /** What went to whom since the last pulse, and between the one before and that. */
  #passed = new Map<number, number>();
  #passedBefore = new Map<number, number>();
  #toldAt: Millis = Number.NEGATIVE_INFINITY;
  #tokens = BURST;
  #filledAt: Millis;

  constructor(now: () => Millis) {
    this.#now = now;
    this.#filledAt = now();
  }

  /** What is passed from now on, the answer to this pulse cannot know of. */
  pulse(): void {
    for (const [worker, count] of this.#passed)
      this.#passedBefore.set(worker, (this.#passedBefore.get(worker) ?? 0) + count);
    this.#passed = new Map();
  }

  /** The connections of those others that take more, with those that are on the way to them. */
  take(connections: CountPairs): void {
    const told = new Map<number, number>();
    for (let i = 0; i + 1 < connections.length; i += 2)
      told.set(connections[i] ?? 0, connections[i + 1] ?? 0);
    this.#told = told;
    this.#toldAt = this.#now();
    this.#passedBefore = new Map();
  }

  /** Who is to serve one more connection, where this worker has `own`; undefined for this one. It counts as passed. */
  choose(own: number): number | undefined {
    const [least, count] = this.#least();
    if (this.#now() - this.#toldAt > SILENCE_MS) return undefined;
    if (least === undefined || own - count < SLACK + own * SLACK_SHARE || !this.#pay()) return undefined;
    this.#passed.set(least, (this.#passed.get(least) ?? 0) + 1);
    return least;
  }

  #least(): readonly [worker: number | undefined, count: number] {
    let least: number | undefined;
    let fewest = Number.POSITIVE_INFINITY;
    for (const [worker, told] of this.#told) {
      const count = told + (this.#passed.get(worker) ?? 0) + (this.#passedBefore.get(worker) ?? 0);
      if (count >= fewest) continue;
      least = worker;
      fewest = count;
    }
    return [least, fewest];
  }

  #pay(): boolean {
    const now = this.#now();
    this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#filledAt) / 1000) * PER_SECOND);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
