import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Refusal } from '../core/report.ts';
import type { Millis } from '../core/types.ts';
import { type Grant, keyIdOf, type Signer, type Tokens } from './tokens.ts';

/**
 * A report in one datagram: `forehand/1 <key id> <epoch ms> <mac>`, a newline, the report as JSON. The mac is
 * HMAC-SHA256 with the token over `<key id> <epoch ms>`, a newline and the JSON, in base64url without padding.
 * Without a token, key id and mac are `-`.
 */
const HEADER = /^forehand\/1 (-|[0-9a-f]{8}) (\d{1,15}) (-|[\w-]{43})\n/;
/** The longest header that HEADER takes. */
const MAX_HEADER_BYTES = 80;
/** An Ethernet frame with room for tunnels: a datagram in fragments is lost if one of them is. */
export const MAX_SENT_BYTES = 1400;
export const MAX_RECEIVED_BYTES = 8192;
/** How far the clock of a sender may be off, either way. */
const MAX_CLOCK_SKEW: Millis = 30_000;

/** `body`: what follows the prefix and a newline. */
const macOf = (token: string, prefix: string, body: string | Buffer): string =>
  createHmac('sha256', token).update(`${prefix}\n`).update(body).digest('base64url');

/** Writes a datagram. `epoch`: milliseconds since 1970. */
export const encodeDatagram = (json: string, token: string | undefined, epoch: number): string => {
  if (token === undefined) return `forehand/1 - ${epoch} -\n${json}`;
  const prefix = `${keyIdOf(token)} ${epoch}`;
  return `forehand/1 ${prefix} ${macOf(token, prefix, json)}\n${json}`;
};

/** What a datagram says. */
export interface Datagram {
  readonly json: string;
  /** When it was signed, on the sender's clock, ms since 1970. */
  readonly sentAt: number;
  /** Undefined if nobody signed it; so is the grant. */
  readonly mac: string | undefined;
  /** What the token allows that it was signed with. */
  readonly grant: Grant | undefined;
}

/** Why a datagram is refused. `json`: what it carries, as far as that could be told apart; read when it is asked for. */
export type RefusedDatagram = Refusal & { readonly json?: string };

/**
 * Compares the texts of the macs, not the bytes they stand for: the last digit of base64url has two bits to spare,
 * so that one mac could be written in four ways, and three would pass for new ones.
 */
const isSame = (given: string, right: string): boolean =>
  given.length === right.length && timingSafeEqual(Buffer.from(given), Buffer.from(right));

/** Reading bytes as text costs more than checking their signature, and few of those refused are looked into. */
const refuse = (code: Refusal['code'], message: string, body: Buffer): RefusedDatagram => ({
  code,
  message,
  get json() {
    return body.toString();
  },
});

const signatureFault = (tokens: Tokens, keyId: string, mac: string): string => {
  if (mac === '-') return 'the datagram is not signed';
  return tokens.signers(keyId).length === 0
    ? `signed with a token that is not known here (${keyId})`
    : `the signature with token ${keyId} is wrong`;
};

/** Reads a datagram and checks who made it and when. With no tokens, signatures mean nothing and are not looked at. */
export const readDatagram = (
  message: string | Buffer,
  tokens: Tokens,
  epoch: number,
): Datagram | RefusedDatagram => {
  const bytes = typeof message === 'string' ? Buffer.from(message) : message;
  const start = bytes.toString('latin1', 0, MAX_HEADER_BYTES);
  const [header, keyId = '', sentAt = '', mac = ''] = HEADER.exec(start) ?? [];
  if (header === undefined) return notOurs(start);
  const body = bytes.subarray(header.length);
  const isRight = ({ token }: Signer): boolean => isSame(mac, macOf(token, `${keyId} ${sentAt}`, body));
  const signer = tokens.signers(keyId).find(isRight);
  if (!tokens.none && !signer) return refuse('signature', signatureFault(tokens, keyId, mac), body);
  const fault = clockFault(Number(sentAt) - epoch);
  if (fault) return refuse('clock', fault, body);
  return { json: body.toString(), sentAt: Number(sentAt), mac: signer && mac, grant: signer?.grant };
};

const notOurs = (start: string): Refusal =>
  start.startsWith('forehand/') && !start.startsWith('forehand/1 ')
    ? { code: 'version', message: 'datagram version not understood; this proxy speaks forehand/1' }
    : { code: 'malformed', message: 'not a datagram of a forehand agent' };

/** `skew`: how far the sender's clock is ahead, ms. */
const clockFault = (skew: number): string | undefined => {
  if (Math.abs(skew) <= MAX_CLOCK_SKEW) return undefined;
  const seconds = Math.round(Math.abs(skew) / 1000);
  return `the sender's clock is ${seconds} s ${skew > 0 ? 'ahead' : 'behind'}, or an old datagram was sent again`;
};
