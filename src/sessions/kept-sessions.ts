import type { Millis } from '../core/types.ts';

export interface KeptOptions {
  /** Most that are kept; the one that was not used for longest goes first. */
  readonly most: number;
  readonly now: () => Millis;
}

interface Kept<Value> {
  readonly value: Value;
  until: Millis;
}

/** Values by key, each until its time is over, and no more of them than a number. */
export class KeptSessions<Value> {
  readonly #options: KeptOptions;
  /** In the order of their last use. */
  readonly #kept = new Map<string, Kept<Value>>();

  constructor(options: KeptOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** What is kept. @param prolong it is kept for so long from now on; if left out, no longer than it was. */
  get(key: string, prolong?: Millis): Value | undefined {
    const kept = this.#kept.get(key);
    if (!kept) return undefined;
    this.#kept.delete(key);
    const now = this.#options.now();
    if (kept.until <= now) return undefined;
    if (prolong !== undefined) kept.until = now + prolong;
    this.#kept.set(key, kept);
    return kept.value;
  }

  set(key: string, value: Value, life: Millis): void {
    this.#kept.delete(key);
    this.#kept.set(key, { value, until: this.#options.now() + life });
    if (this.#kept.size <= this.#options.most) return;
    const [oldest = ''] = this.#kept.keys();
    this.#kept.delete(oldest);
  }

  delete(key: string): void {
    this.#kept.delete(key);
  }
}
