import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Refusal } from '../core/report.ts';
import type { Millis } from '../core/types.ts';
import { keyIdOf } from './tokens.ts';

/**
 * A report in one datagram: `forehand/1 <key id> <epoch ms> <mac>`, a newline, the report as JSON. The mac is
 * HMAC-SHA256 with the token over `<key id> <epoch ms>`, a newline and the JSON, in base64url without padding.
 * Without a token, key id and mac are `-`.
 */
const HEADER = /^forehand\/1 (-|[0-9a-f]{8}) (\d{1,15}) (-|[\w-]{43})\n/;
/** An Ethernet frame with room for tunnels: a datagram in fragments is lost if one of them is. */
export const MAX_SENT_BYTES = 1400;
export const MAX_RECEIVED_BYTES = 8192;
/** How far the clock of a sender may be off, either way. */
const MAX_CLOCK_SKEW: Millis = 30_000;

const macOf = (token: string, signed: string): string =>
  createHmac('sha256', token).update(signed).digest('base64url');

/** Writes a datagram. `epoch`: milliseconds since 1970. */
export const encodeDatagram = (json: string, token: string | undefined, epoch: number): string => {
  if (token === undefined) return `forehand/1 - ${epoch} -\n${json}`;
  const prefix = `${keyIdOf(token)} ${epoch}`;
  return `forehand/1 ${prefix} ${macOf(token, `${prefix}\n${json}`)}\n${json}`;
};

/** What a datagram says. `mac` is undefined if nobody signed it. */
export interface Datagram {
  readonly json: string;
  readonly mac: string | undefined;
}

/** The signing keys that a receiver knows, by key id. */
export type Keys = ReadonlyMap<string, string>;

export const keysOf = (tokens: readonly string[]): Keys =>
  new Map(tokens.map((token) => [keyIdOf(token), token]));

/**
 * Compares the texts of the macs, not the bytes they stand for: the last digit of base64url has two bits to spare,
 * so that one mac could be written in four ways, and three would pass for new ones.
 */
const isSame = (given: string, right: string): boolean =>
  given.length === right.length && timingSafeEqual(Buffer.from(given), Buffer.from(right));

/** Reads a datagram and checks who made it and when. With no keys, signatures mean nothing and are not looked at. */
export const readDatagram = (text: string, keys: Keys, epoch: number): Datagram | Refusal => {
  const match = HEADER.exec(text);
  const [header, keyId = '', sentAt = '', mac = ''] = match ?? [];
  if (header === undefined) {
    return text.startsWith('forehand/') && !text.startsWith('forehand/1 ')
      ? { code: 'version', message: 'datagram version not understood; this proxy speaks forehand/1' }
      : { code: 'malformed', message: 'not a datagram of a forehand agent' };
  }
  const json = text.slice(header.length);
  if (keys.size > 0) {
    if (mac === '-') return { code: 'signature', message: 'the datagram is not signed' };
    const token = keys.get(keyId);
    if (token === undefined)
      return { code: 'signature', message: `signed with a token that is not known here (${keyId})` };
    if (!isSame(mac, macOf(token, `${keyId} ${sentAt}\n${json}`)))
      return { code: 'signature', message: `the signature with token ${keyId} is wrong` };
  }
  const skew = Number(sentAt) - epoch;
  if (Math.abs(skew) > MAX_CLOCK_SKEW)
    return {
      code: 'clock',
      message: `the sender's clock is ${Math.round(Math.abs(skew) / 1000)} s ${skew > 0 ? 'ahead' : 'behind'}, or an old datagram was sent again`,
    };
  return { json, mac: keys.size > 0 ? mac : undefined };
};
