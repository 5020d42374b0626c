import { createHmac, randomBytes } from 'node:crypto';
import { keepNewest } from '../core/keep-newest.ts';
import type { Millis } from '../core/types.ts';

export type LoginVerdict = 'good' | 'bad' | 'busy';

export interface KnownLoginsParts {
  /** Checks a password against a hash, both as text; off the event loop. */
  check(hash: string, password: string): Promise<LoginVerdict>;
  readonly now: () => Millis;
}

/** What was found holds so long. A wrong password is kept for a while too: programs try the same one again. */
const KEPT: Readonly<Record<LoginVerdict, Millis>> = { good: 300_000, bad: 10_000, busy: 500 };
/** Of the good ones, and of the others: guesses push out no good ones. */
const MOST_KEPT = 1000;

interface Known {
  readonly verdict: LoginVerdict;
  readonly until: Millis;
}

/** Remembers which passwords were right, so that a request need not wait; what could be read back is not kept. */
export class KnownLogins {
  readonly #parts: KnownLoginsParts;
  readonly #key = randomBytes(32);
  readonly #good = new Map<string, Known>();
  readonly #others = new Map<string, Known>();

  constructor(parts: KnownLoginsParts) {
    this.#parts = parts;
  }

  /** Undefined if it has to be found out. */
  known(hash: string, password: string): LoginVerdict | undefined {
    const mark = this.#mark(hash, password);
    const known = this.#good.get(mark) ?? this.#others.get(mark);
    return known && known.until > this.#parts.now() ? known.verdict : undefined;
  }

  /** Finds out, and calls back later. */
  find(hash: string, password: string, done: () => void): void {
    void this.#find(hash, password).then(done);
  }

  async #find(hash: string, password: string): Promise<void> {
    const mark = this.#mark(hash, password);
    try {
      this.#keep(mark, await this.#parts.check(hash, password));
    } catch {
      this.#keep(mark, 'busy');
    }
  }

  #mark(hash: string, password: string): string {
    return createHmac('sha256', this.#key).update(`${hash}\0${password}`).digest('base64');
  }

  #keep(mark: string, verdict: LoginVerdict): void {
    const kept = verdict === 'good' ? this.#good : this.#others;
    keepNewest(kept, mark, { verdict, until: this.#parts.now() + KEPT[verdict] }, MOST_KEPT);
  }
}
