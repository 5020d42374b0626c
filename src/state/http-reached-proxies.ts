import type { Millis } from '../core/types.ts';
import type { Clock } from './clock.ts';

/** A proxy that has not answered for so long does not count. */
const HOLDS: Millis = 5000;
const MOST = 1024;
const ID = /^[\w-]{1,64}$/;

/** How many different proxies answer one agent. All its publishers share this. */
export class ReachedProxies {
  readonly #clock: Clock;
  /** When each last answered, by its id. */
  readonly #answered = new Map<string, Millis>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A proxy has answered. What cannot be the id of one is ignored. */
  saw(id: string): void {
    if (!ID.test(id)) return;
    if (this.#answered.size < MOST || this.#answered.has(id)) this.#answered.set(id, this.#clock.now());
  }

  /** 0 while none has answered. */
  get count(): number {
    const now = this.#clock.now();
    for (const [id, at] of this.#answered) if (now - at > HOLDS) this.#answered.delete(id);
    return this.#answered.size;
  }
}
