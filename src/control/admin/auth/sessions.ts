import { createHash, randomBytes } from 'node:crypto';
import { keepNewest } from '../../../core/keep-newest.ts';

/** 256 bits: nobody guesses one. */
const ID_BYTES = 32;
const LASTS_MS = 12 * 3_600_000;
const MOST_SESSIONS = 1000;

interface Session {
  /** Of the token that it was given for. */
  readonly mark: string;
  readonly until: number;
}

/** Who steals the memory of this process has no cookie that works. */
const keyOf = (id: string): string => createHash('sha256').update(id).digest('base64');

/** Sessions of browsers: random ids that stand for a token for twelve hours. Kept in memory, the newest 1000. */
export class Sessions {
  readonly #now: () => number;
  /** By the hash of their ids, in the order in which they end. */
  readonly #sessions = new Map<string, Session>();

  /** `now` in ms. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Begins one and gives its id, which is never one that somebody brought along. */
  begin(mark: string): string {
    const id = randomBytes(ID_BYTES).toString('base64url');
    keepNewest(this.#sessions, keyOf(id), { mark, until: this.#now() + LASTS_MS }, MOST_SESSIONS);
    return id;
  }

  /** The mark of its token; undefined where there is none such, or none any more. */
  find(id: string): string | undefined {
    const key = keyOf(id);
    const session = this.#sessions.get(key);
    if (session && session.until > this.#now()) return session.mark;
    this.#sessions.delete(key);
    return undefined;
  }

  end(id: string): void {
    this.#sessions.delete(keyOf(id));
  }
}

/** s; for the cookie. */
export const SESSION_SECONDS = LASTS_MS / 1000;
