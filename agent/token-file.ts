import { readFileSync, statSync } from 'node:fs';
import type { Millis } from '../src/core/types.ts';

/** How often the file is looked at: a new token is in use a minute after it was written. */
const LOOK_EVERY: Millis = 60_000;
/** Some thousand tokens. */
const MAX_BYTES = 65_536;

/** The file that holds the token to report with: its first line that is not empty. Proxies take all lines. */
export class TokenFile {
  readonly #file: string;
  #stamp = '';
  #token = '';
  #lookedAt: Millis;

  /** Throws if there is no token in it. */
  constructor(file: string, now: Millis) {
    this.#file = file;
    this.#lookedAt = now;
    this.#readAnew();
  }

  get token(): string {
    return this.#token;
  }

  /** Looks at the file if a minute has passed. True if there is another token now; throws while there is none. */
  look(now: Millis): boolean {
    if (now - this.#lookedAt < LOOK_EVERY) return false;
    this.#lookedAt = now;
    return this.#readAnew();
  }

  #readAnew(): boolean {
    const { mtimeMs, ino, size } = statSync(this.#file);
    const stamp = `${mtimeMs} ${ino} ${size}`;
    if (stamp === this.#stamp) return false;
    if (size > MAX_BYTES) throw new Error(`${this.#file}: more than ${MAX_BYTES} bytes`);
    const lines = readFileSync(this.#file, 'utf8').split('\n');
    const token = lines.map((line) => line.trim()).find((line) => line !== '');
    if (token === undefined) throw new Error(`${this.#file}: expected a token, got an empty file`);
    this.#stamp = stamp;
    if (token === this.#token) return false;
    this.#token = token;
    return true;
  }
}
