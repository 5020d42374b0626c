import type { Refusal } from '../../core/report.ts';
import type { Clock } from '../clock.ts';
import { encodeDatagram, readDatagram } from '../datagram.ts';
import { Tokens } from '../tokens.ts';

/** A state set by hand with the longest names and reason, in plain text. */
const MAX_BYTES = 8192;

/** What a message of another proxy says, or why it is not looked into. Exactly one of the two is there. */
export interface Opened {
  readonly said?: Readonly<Record<string, unknown>>;
  readonly refusal?: Refusal;
}

export interface OwnMessagesOptions {
  /** The tokens of the fleet. The first one signs, all are accepted. */
  readonly tokens: readonly string[];
  /** Redis is on this machine. */
  readonly loopback: boolean;
  readonly clock: Clock;
}

const refused = (code: Refusal['code'], message: string): Opened => ({ refusal: { code, message } });

/** When it was signed: judged by its own time no message is too old. */
const timeOf = (bytes: Buffer): number =>
  Number(/^forehand\/1 \S+ (\d{1,15}) /.exec(bytes.toString('latin1', 0, 64))?.[1] ?? 0);

/**
 * Writes and reads what the proxies of a fleet tell each other, signed with a token that only they have. An agent's
 * token does not do: an agent may say how its own servers are, not take others out of service.
 */
export class OwnMessages {
  readonly #tokens: Tokens;
  readonly #first: string | undefined;
  readonly #clock: Clock;
  /** False: nobody can sign, and this is not our own machine; then nothing is said and nothing believed. */
  readonly usable: boolean;

  constructor({ tokens, loopback, clock }: OwnMessagesOptions) {
    this.#tokens = new Tokens(tokens.map((token) => ({ name: 'fleet', token })));
    this.#first = tokens[0];
    this.#clock = clock;
    this.usable = loopback || tokens.length > 0;
  }

  /** A signed message. Throws TypeError if it is longer than anybody would take. */
  seal(said: Readonly<Record<string, unknown>>): string {
    const text = encodeDatagram(JSON.stringify(said), this.#first, this.#clock.epoch());
    if (Buffer.byteLength(text) <= MAX_BYTES) return text;
    throw new TypeError(`a message between proxies has at most ${MAX_BYTES} bytes`);
  }

  /** Reads a message. `lasting`: it holds however long ago it was signed. Never throws. */
  open(bytes: Buffer, { lasting }: { readonly lasting: boolean }): Opened {
    if (bytes.length > MAX_BYTES)
      return refused('too_large', `a message between proxies has at most ${MAX_BYTES} bytes`);
    if (!this.usable) return refused('source', 'without a token, proxies agree on this machine only');
    const message = readDatagram(bytes, this.#tokens, lasting ? timeOf(bytes) : this.#clock.epoch());
    if ('code' in message) return { refusal: { code: message.code, message: message.message } };
    try {
      const said: unknown = JSON.parse(message.json);
      return said !== null && typeof said === 'object' && !Array.isArray(said)
        ? { said: { ...said } }
        : refused('malformed', 'a message between proxies is a JSON object');
    } catch {
      return refused('malformed', 'a message between proxies is a JSON object');
    }
  }
}
