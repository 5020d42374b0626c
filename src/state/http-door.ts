import type { IncomingMessage } from 'node:http';
import { isLoopback } from '../core/accept.ts';
import type { Refusal } from '../core/report.ts';
import type { ReportSource } from '../core/report-source.ts';
import type { Clock } from './clock.ts';
import { announcesTooMuch, TOO_LARGE } from './http-protocol.ts';
import { type Rate, RateLimit } from './rate-limit.ts';
import { bearerToken, type Grant, keyIdOf, mayComeFrom, type Tokens } from './tokens.ts';

type Sent = ReportSource['sent'];

/** Somebody who was let in. */
export interface Guest {
  readonly address: string;
  /** Who it is now; undefined once its token has been taken away. Cheap enough for every report. */
  source(sent?: Sent): ReportSource | undefined;
}

/** Field by field, not by spreading: in V8 each such object has a hidden class of its own, slow to read. */
const sourceOf = (address: string, { name, pools }: Grant, sent: Sent): ReportSource => {
  const source: { -readonly [Name in keyof ReportSource]: ReportSource[Name] } = {
    address,
    transport: 'http',
  };
  if (name) source.token = name;
  if (pools) source.pools = pools;
  if (sent) source.sent = sent;
  return source;
};

/** A guest with a token. The tokens may be replaced under it, and what the same token allows may change. */
class TokenHolder implements Guest {
  readonly address: string;
  readonly #tokens: Tokens;
  readonly #token: string;
  readonly #keyId: string;
  #grant: Grant;

  constructor(address: string, tokens: Tokens, token: string, grant: Grant) {
    this.address = address;
    this.#tokens = tokens;
    this.#token = token;
    this.#keyId = keyIdOf(token);
    this.#grant = grant;
  }

  source(sent?: Sent): ReportSource | undefined {
    const grant = this.#tokens.signers(this.#keyId).find(({ token }) => token === this.#token)?.grant;
    if (!grant || (grant !== this.#grant && !mayComeFrom(grant, this.address))) return undefined;
    this.#grant = grant;
    return sourceOf(this.address, grant, sent);
  }
}

export interface DoorOptions {
  readonly tokens: Tokens;
  readonly rate: Rate;
  /** Every connection has shown a certificate of the right authority: that is enough where no token is configured. */
  readonly certified: boolean;
  readonly clock: Clock;
}

/** Decides who may hand in reports by HTTP. */
export class Door {
  readonly #tokens: Tokens;
  readonly #limit: RateLimit;
  readonly #certified: boolean;
  readonly #clock: Clock;

  constructor({ tokens, rate, certified, clock }: DoorOptions) {
    this.#tokens = tokens;
    this.#limit = new RateLimit(rate);
    this.#certified = certified;
    this.#clock = clock;
  }

  /** Why this address may not send another report now; undefined if it may. Call it for each. */
  tooMany(address: string): Refusal | undefined {
    if (this.#limit.allows(address, this.#clock.now())) return undefined;
    return { code: 'rate', message: 'too many reports from this address' };
  }

  /** Who sends, by the head of a request; what can be refused before its body is. */
  enter(request: IncomingMessage): Guest | Refusal {
    const address = request.socket.remoteAddress ?? '';
    const rush = this.tooMany(address);
    if (rush) return rush;
    // Browsers send Origin with every POST: no page may speak for an agent to a port that trusts loopback.
    if (request.headers.origin !== undefined)
      return { code: 'source', message: 'reports come from agents, not from web pages' };
    if (announcesTooMuch(request)) return TOO_LARGE;
    return this.#tokens.none ? this.#enterFree(address) : this.#enterBy(request, address);
  }

  #enterFree(address: string): Guest | Refusal {
    if (!this.#certified && !isLoopback(address))
      return { code: 'source', message: 'without a token, reports are taken from this machine only' };
    const source: Guest['source'] = (sent) =>
      this.#tokens.none ? sourceOf(address, { name: '' }, sent) : undefined;
    return { address, source };
  }

  #enterBy(request: IncomingMessage, address: string): Guest | Refusal {
    const token = bearerToken(request.headers.authorization);
    if (token === undefined)
      return { code: 'token', message: 'expected the header "authorization: Bearer <token>"' };
    const grant = this.#tokens.grantOf(token);
    if (!grant) return { code: 'token', message: 'wrong token' };
    if (!mayComeFrom(grant, address))
      return { code: 'source', message: `the token ${grant.name} may not be used from this address` };
    return new TokenHolder(address, this.#tokens, token, grant);
  }
}
