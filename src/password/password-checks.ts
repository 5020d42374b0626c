import { createHmac, randomBytes } from 'node:crypto';
import { keepNewest } from '../core/keep-newest.ts';
import { verifyPassword } from './password.ts';

/** A good password is not hashed again for so long, ms. */
const KEPT_MS = 5 * 60_000;
const MOST_KEPT = 1000;
/** Hashes at once: each takes a thread of the four that Node has for files and names too, and up to 64 MiB. */
const MOST_RUNNING = 2;
/** Checks that may wait for one: about three seconds. */
const MOST_WAITING = 32;

/** `busy`: too many are being checked already; ask again. */
export type PasswordVerdict = 'good' | 'bad' | 'busy';

export interface PasswordCheckParts {
  /** ms; of any start. */
  readonly now: () => number;
  /** How a password is checked against a hash; handed in by tests. */
  readonly verify?: typeof verifyPassword;
}

/**
 * Checks passwords against hashes: never more than two at once and 32 that wait, and a password that was good is known
 * for five minutes by an HMAC under a key of this process. Nothing that could be read back is kept.
 */
export class PasswordChecks {
  readonly #parts: PasswordCheckParts;
  readonly #key = randomBytes(32);
  /** Until when, by what was good; in the order of entry. */
  readonly #good = new Map<string, number>();
  readonly #waiting: (() => void)[] = [];
  /** A page asks for all its files at once, with one password. */
  readonly #underWay = new Map<string, Promise<PasswordVerdict>>();
  #running = 0;

  constructor(parts: PasswordCheckParts) {
    this.#parts = parts;
  }

  /** `hash` as text; one that is none is never good. */
  async check(hash: string, password: string): Promise<PasswordVerdict> {
    const mark = this.#mark(hash, password);
    if ((this.#good.get(mark) ?? Number.NEGATIVE_INFINITY) > this.#parts.now()) return 'good';
    const same = this.#underWay.get(mark);
    if (same) return same;
    if (this.#waiting.length >= MOST_WAITING) return 'busy';
    const checking = this.#checked(mark, hash, password).finally(() => this.#underWay.delete(mark));
    this.#underWay.set(mark, checking);
    return checking;
  }

  async #checked(mark: string, hash: string, password: string): Promise<PasswordVerdict> {
    await this.#turn();
    try {
      const isGood = await (this.#parts.verify ?? verifyPassword)(hash, password);
      if (isGood) this.#keep(mark);
      return isGood ? 'good' : 'bad';
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }

  async #turn(): Promise<void> {
    if (this.#running < MOST_RUNNING) this.#running += 1;
    // Whoever ends hands its place on.
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** A hash has no NUL in it, so no other pair gives the same text. */
  #mark(hash: string, password: string): string {
    return createHmac('sha256', this.#key).update(`${hash}\0${password}`).digest('base64');
  }

  #keep(mark: string): void {
    keepNewest(this.#good, mark, this.#parts.now() + KEPT_MS, MOST_KEPT);
  }
}
