import type { IncomingMessage } from 'node:http';
import { isIP, type Socket } from 'node:net';
import type { AddressRule } from '../core/accept.ts';
import type { RequestView } from '../core/types.ts';
import { listOf, type RawFields, valuesOf } from './fields.ts';

/** IPv4 in IPv6 form is written as IPv4, so that rules and logs see one address. */
const plain = (address: string): string => (address.startsWith('::ffff:') ? address.slice(7) : address);

const isTrusted = (address: string, trusted: readonly AddressRule[]): boolean =>
  trusted.some((rule) => rule.allows(address, 0));

/** The address at the other end of the connection; empty when it is already gone. */
export const peerOf = (req: IncomingMessage): string => plain(req.socket.remoteAddress ?? '');

/** True if the peer is a proxy whose forwarding headers are believed. */
export const peerIsTrusted = (req: IncomingMessage, trusted: readonly AddressRule[]): boolean =>
  trusted.length > 0 && isTrusted(peerOf(req), trusted);

/** A hop without its port: `192.0.2.1:80` and `[2001:db8::1]:80` are addresses too (RFC 7239, 6). */
const withoutPort = (hop: string): string =>
  plain(/^\[([\da-f:.]+)\](?::\d+)?$/.exec(hop)?.[1] ?? /^([\d.]+):\d+$/.exec(hop)?.[1] ?? hop);

/** What X-Forwarded-For says, first the one farthest away. */
export const hopsOf = (raw: RawFields): readonly string[] => listOf(raw, 'x-forwarded-for').map(withoutPort);

/**
 * From the peer backwards through X-Forwarded-For to the first address that is not a trusted proxy. The walk ends
 * before what is no address: nobody can tell what came before it.
 */
export const clientOf = (req: IncomingMessage, trusted: readonly AddressRule[]): string => {
  let client = peerOf(req);
  if (!peerIsTrusted(req, trusted)) return client;
  for (const hop of hopsOf(req.rawHeaders).toReversed()) {
    if (isIP(hop) === 0) return client;
    client = hop;
    if (!isTrusted(hop, trusted)) return client;
  }
  return client;
};

const ABSOLUTE = /^https?:\/\/([^/?#]+)(.*)$/i;

/** Host and target of a request; the authority of an absolute target replaces Host (RFC 9112, 3.2.2). */
export const targetOf = (req: IncomingMessage): { readonly host: string; readonly target: string } => {
  const url = req.url ?? '/';
  const absolute = ABSOLUTE.exec(url);
  if (!absolute)
    return {
      host: valuesOf(req.rawHeaders, 'host')[0] ?? valuesOf(req.rawHeaders, ':authority')[0] ?? '',
      target: url,
    };
  const rest = absolute[2] ?? '';
  return { host: absolute[1] ?? '', target: rest.startsWith('/') ? rest : `/${rest}` };
};

const isEncrypted = (socket: Socket & { encrypted?: boolean }): boolean => socket.encrypted === true;

const schemeOf = (req: IncomingMessage, trusted: readonly AddressRule[]): 'http' | 'https' => {
  const said = peerIsTrusted(req, trusted) ? listOf(req.rawHeaders, 'x-forwarded-proto').at(-1) : undefined;
  if (said === 'http' || said === 'https') return said;
  return isEncrypted(req.socket) ? 'https' : 'http';
};

const cookieIn = (raw: RawFields, name: string): string | undefined => {
  for (const value of valuesOf(raw, 'cookie')) {
    for (const pair of value.split(';')) {
      const equals = pair.indexOf('=');
      if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
    }
  }
  return undefined;
};

/** The face of a request that routes and candidacy functions see. */
export const viewOf = (req: IncomingMessage, trusted: readonly AddressRule[]): RequestView => {
  const { host, target } = targetOf(req);
  const question = target.indexOf('?');
  const raw = req.rawHeaders;
  return {
    method: req.method ?? 'GET',
    host: host.replace(/:\d*$/, '').toLowerCase(),
    path: question === -1 ? target : target.slice(0, question),
    query: question === -1 ? '' : target.slice(question + 1),
    clientIp: clientOf(req, trusted),
    scheme: schemeOf(req, trusted),
    header: (name) => {
      const values = valuesOf(raw, name.toLowerCase());
      return values.length === 0 ? undefined : values.join(name.toLowerCase() === 'cookie' ? '; ' : ', ');
    },
    cookie: (name) => cookieIn(raw, name),
  };
};
