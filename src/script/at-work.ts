import type { Heartbeat } from './heartbeat.ts';

/** Far below any watchdog's limit. */
const RENEW_EVERY_MS = 100;

/**
 * Functions that go on after they have returned a promise: while any does, an event loop that stands still is taken
 * for its fault. Of several, the one that began last is named: if it was another one, that is found the next time.
 */
export class AtWork {
  readonly #heartbeat: Heartbeat;
  /** How often each is at work, by number. */
  readonly #counts = new Map<number, number>();
  #renewal: NodeJS.Timeout | undefined = undefined;

  constructor(heartbeat: Heartbeat) {
    this.#heartbeat = heartbeat;
  }

  /** A version of a function is at work until the function that comes back is called; later calls of that do nothing. */
  begin(name: string, hash: string): () => void {
    const number = this.#heartbeat.register(name, hash);
    this.#counts.set(number, (this.#counts.get(number) ?? 0) + 1);
    this.#heartbeat.background(number);
    this.#renewal ??= setInterval(() => this.#heartbeat.renew(), RENEW_EVERY_MS).unref();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#end(number);
    };
  }

  #end(number: number): void {
    const left = (this.#counts.get(number) ?? 1) - 1;
    if (left > 0) {
      this.#counts.set(number, left);
      return;
    }
    this.#counts.delete(number);
    const [other = 0] = this.#counts.keys();
    this.#heartbeat.background(other);
    if (other !== 0) return;
    clearInterval(this.#renewal);
    this.#renewal = undefined;
  }
}
