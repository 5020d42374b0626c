import { createHash, timingSafeEqual } from 'node:crypto';
import type { AddressRule } from '../core/accept.ts';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Throws TypeError for what cannot stand in an Authorization field. Never shows the token. */
export const checkToken = (token: string): string => {
  if (/^[\x21-\x7e]{1,1024}$/.test(token)) return token;
  throw new TypeError('token: expected 1 to 1024 visible ASCII characters without spaces');
};

/** Names a token without giving it away: the first 8 hex digits of its SHA-256. */
export const keyIdOf = (token: string): string => digest(checkToken(token)).toString('hex', 0, 4);

/** A secret that agents share with the proxies, and what it allows. */
export interface TokenSpec {
  /** For people: in logs, on the status page. */
  readonly name: string;
  readonly token: string;
  /** Pools that may be reported on; all if left out. */
  readonly pools?: readonly string[];
  /** Addresses that it may be used from; any if left out. */
  readonly from?: readonly AddressRule[];
}

/** What somebody may who has shown a token. */
export interface Grant {
  readonly name: string;
  readonly pools?: ReadonlySet<string>;
  readonly from?: readonly AddressRule[];
}

/** A token that a signature may have been made with. */
export interface Signer {
  readonly token: string;
  readonly grant: Grant;
}

interface Known extends Signer {
  readonly digest: Buffer;
}

/** Key ids have 32 bits: two of a thousand tokens that share one are a rarity, and each makes a forgery cost a check. */
const MAX_OF_ONE_KEY_ID = 2;

const known = ({ name, token, pools, from }: TokenSpec): Known => ({
  token,
  digest: digest(checkToken(token)),
  grant: { name, ...(pools ? { pools: new Set(pools) } : {}), ...(from ? { from } : {}) },
});

/** Whether a token may be used from an IP address. */
export const mayComeFrom = ({ from }: Grant, address: string): boolean =>
  from === undefined || from.some((rule) => rule.allows(address, 0));

/** Throws TypeError where one token has two names: nobody could say which of them it was that reported. */
const byToken = (specs: readonly TokenSpec[]): ReadonlyMap<string, Known> => {
  const all = new Map<string, Known>();
  for (const spec of specs) {
    const before = all.get(spec.token);
    if (before && before.grant.name !== spec.name)
      throw new TypeError(`tokens: "${before.grant.name}" and "${spec.name}" are the same token`);
    if (!before) all.set(spec.token, known(spec));
  }
  return all;
};

const byKeyId = (all: readonly Known[]): ReadonlyMap<string, readonly Known[]> => {
  const signers = new Map<string, Known[]>();
  for (const one of all) {
    const keyId = one.digest.toString('hex', 0, 4);
    const same = signers.get(keyId) ?? [];
    if (same.length === MAX_OF_ONE_KEY_ID)
      throw new TypeError(`tokens: more than ${MAX_OF_ONE_KEY_ID} have the key id ${keyId}; replace one`);
    signers.set(keyId, [...same, one]);
  }
  return signers;
};

/** The tokens that agents may show or sign with. Several at a time, so that one can be replaced without a gap. */
export class Tokens {
  #all: readonly Known[] = [];
  #byKeyId: ReadonlyMap<string, readonly Known[]> = new Map();

  constructor(specs: readonly TokenSpec[] = []) {
    this.take(specs);
  }

  /**
   * From now on these hold, and no others. Throws TypeError for one that cannot stand in a header, for one token under
   * two names, and for more than two with the same key id; then those before go on to hold.
   */
  take(specs: readonly TokenSpec[]): void {
    const all = [...byToken(specs).values()];
    this.#byKeyId = byKeyId(all);
    this.#all = all;
  }

  /** True if none is configured: then only loopback may report. */
  get none(): boolean {
    return this.#all.length === 0;
  }

  /** The one that this proxy signs with itself; undefined if there is none. */
  get first(): Signer | undefined {
    return this.#all[0];
  }

  /**
   * What a token allows; undefined for one that is not known. Compares digests, which have one length, and always all
   * of them: the time tells nothing about how much of a guess was right.
   */
  grantOf(presented: string): Grant | undefined {
    const shown = digest(presented);
    let grant: Grant | undefined;
    for (const one of this.#all) if (timingSafeEqual(shown, one.digest)) grant = one.grant;
    return grant;
  }

  /** The tokens with this key id, at most two: one of them may have made a signature. */
  signers(keyId: string): readonly Signer[] {
    return this.#byKeyId.get(keyId) ?? [];
  }
}

/** The token of an `Authorization: Bearer` field; undefined for anything else. */
export const bearerToken = (authorization: string | undefined): string | undefined =>
  /^Bearer +([^\s]+) *$/i.exec(authorization ?? '')?.[1];
