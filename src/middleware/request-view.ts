import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type AddressRule, clientBehind, hopAddress, isTrusted, plainAddress } from '../core/accept.ts';
import type { RequestView } from '../core/types.ts';
import { listOf, type RawFields, valuesOf } from './fields.ts';

/** The address at the other end of the connection; empty when it is already gone. */
export const peerOf = (req: IncomingMessage): string => plainAddress(req.socket.remoteAddress ?? '');

/** True if the peer is a proxy whose forwarding headers are believed. */
export const peerIsTrusted = (req: IncomingMessage, trusted: readonly AddressRule[]): boolean =>
  isTrusted(peerOf(req), trusted);

/** What X-Forwarded-For says, first the one farthest away. */
export const hopsOf = (raw: RawFields): readonly string[] => listOf(raw, 'x-forwarded-for').map(hopAddress);

/** The peer, or who came to it, where it is a proxy that is believed. */
export const clientOf = (req: IncomingMessage, trusted: readonly AddressRule[]): string => {
  const peer = peerOf(req);
  return isTrusted(peer, trusted) ? clientBehind(peer, hopsOf(req.rawHeaders), trusted) : peer;
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
