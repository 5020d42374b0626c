import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { AdminToken } from '../../../config/completing/admin-auth.ts';

/** Under a key of this process, so that equal length and constant time say nothing of a token. */
const KEY = randomBytes(32);
const digest = (token: string): Buffer => createHmac('sha256', KEY).update(token).digest();

interface Known {
  readonly digest: Buffer;
  readonly entry: Pick<AdminToken, 'name' | 'scope'>;
}

/** The tokens of a configuration. Keeps their digests alone. */
export class BearerTokens {
  readonly #known: readonly Known[];

  constructor(tokens: readonly AdminToken[]) {
    this.#known = tokens.flatMap(({ secrets, name, scope }) =>
      secrets.map((secret) => ({ digest: digest(secret), entry: { name, scope } })),
    );
  }

  /** Whose token it is. Takes the same time whether it is one or not. */
  find(token: string): { readonly mark: string; readonly entry: Known['entry'] } | undefined {
    const shown = digest(token);
    let found: Known | undefined;
    for (const known of this.#known) if (timingSafeEqual(known.digest, shown)) found = known;
    return found && { mark: shown.toString('base64'), entry: found.entry };
  }

  /** Whose token had this mark: undefined once a configuration no longer has it. */
  byMark(mark: string): Known['entry'] | undefined {
    return this.#known.find((known) => known.digest.toString('base64') === mark)?.entry;
  }
}
