import { createHash, timingSafeEqual } from 'node:crypto';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Throws TypeError for what cannot stand in an Authorization field. Never shows the token. */
export const checkToken = (token: string): string => {
  if (/^[\x21-\x7e]{1,1024}$/.test(token)) return token;
  throw new TypeError('token: expected 1 to 1024 visible ASCII characters without spaces');
};

/** The tokens that agents may show. Several at a time, so that one can be replaced without a gap. */
export class Tokens {
  readonly #digests: readonly Buffer[];

  constructor(tokens: readonly string[]) {
    this.#digests = tokens.map((token) => digest(checkToken(token)));
  }

  /** True if none is configured: then only loopback may report. */
  get none(): boolean {
    return this.#digests.length === 0;
  }

  /**
   * Compares digests, which have one length, and always all of them: the time tells nothing about how much of a
   * guess was right.
   */
  allow(presented: string): boolean {
    const shown = digest(presented);
    let allowed = false;
    for (const known of this.#digests) if (timingSafeEqual(shown, known)) allowed = true;
    return allowed;
  }
}

/** The token of an `Authorization: Bearer` field; undefined for anything else. */
export const bearerToken = (authorization: string | undefined): string | undefined =>
  /^Bearer +([^\s]+) *$/i.exec(authorization ?? '')?.[1];

/** Names a token without giving it away: the first 8 hex digits of its SHA-256. */
export const keyIdOf = (token: string): string => digest(checkToken(token)).toString('hex', 0, 4);
