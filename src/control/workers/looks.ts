import type { Millis } from '../../core/types.ts';

/** How long a look waits for those that do not answer: who looks sees what they said last. */
const PATIENCE_MS: Millis = 250;

interface Look {
  readonly number: number;
  readonly missing: Set<number>;
  readonly seen: Promise<void>;
  readonly end: () => void;
}

/** Asks all workers for what they have counted when somebody wants to see it. One look at a time, for all who ask. */
export class Looks {
  readonly #ask: (look: number) => readonly number[];
  #now: Look | undefined = undefined;
  #last = 0;

  /** `ask` gives the numbers of the workers that were asked. */
  constructor(ask: (look: number) => readonly number[]) {
    this.#ask = ask;
  }

  /** Resolves when all have answered, or patience is at its end. */
  look(): Promise<void> {
    this.#now ??= this.#begin();
    return this.#now.seen;
  }

  answered(worker: number, look: number): void {
    if (this.#now?.number === look) this.#strike(this.#now, worker);
  }

  /** A worker is gone. */
  gone(worker: number): void {
    if (this.#now) this.#strike(this.#now, worker);
  }

  #begin(): Look {
    const number = ++this.#last;
    const missing = new Set(this.#ask(number));
    let end: () => void = () => undefined;
    const seen = new Promise<void>((resolve) => {
      const late = setTimeout(() => end(), PATIENCE_MS);
      end = () => {
        clearTimeout(late);
        this.#now = undefined;
        resolve();
      };
    });
    if (missing.size === 0) queueMicrotask(end);
    return { number, missing, seen, end };
  }

  #strike({ missing, end }: Look, worker: number): void {
    missing.delete(worker);
    if (missing.size === 0) end();
  }
}
