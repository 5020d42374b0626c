import * as kind from '../http1/field-kind.ts';

/** Our name in Via. */
export const VIA_NAME = 'forehand';
/** Passes through forehand after which a request is taken to go round in a circle. */
export const MAX_HOPS = 10;

/**
 * Kinds of request fields that are not copied: those for one connection (RFC 9110, 7.6.1), those that Connection
 * names, those that are written anew, and what is for this proxy alone. Trailer is left: trailers are relayed.
 */
const DROPPED = [
  kind.CONNECTION,
  kind.KEEP_ALIVE,
  kind.PROXY_CONNECTION,
  kind.TE,
  kind.UPGRADE,
  kind.HTTP2_SETTINGS,
  kind.TRANSFER_ENCODING,
  kind.PROXY_AUTHORIZATION,
  kind.PROXY_AUTHENTICATE,
  kind.FORWARDED,
  kind.X_FORWARDED,
  kind.X_REAL_IP,
  kind.X_REQUEST_ID,
  kind.EXPLAIN,
  kind.NOMINATED,
];

/** By kind: 1 for fields of a request that are not copied. Names with an underscore go too, unless they are kept. */
export const REQUEST_DROPS: Readonly<Record<'drop' | 'keep', Uint8Array>> = {
  drop: kind.kindTable(...DROPPED, kind.UNDERSCORED),
  keep: kind.kindTable(...DROPPED),
};

/** A table that also drops further kinds: for what only some requests write anew. */
export const dropAlso = (drops: Uint8Array, ...kinds: readonly number[]): Uint8Array => {
  const more = drops.slice();
  for (const one of kinds) more[one] = 1;
  return more;
};

const portOf = (host: string, scheme: string): string =>
  /:(\d+)$/.exec(host)?.[1] ?? (scheme === 'https' ? '443' : '80');

/** What the lines that we add to a request are made of. */
export interface OwnLines {
  /** Of HTTP, as the client speaks it: `1.1`. */
  readonly version: string;
  readonly via: boolean;
  /** With all hops, the peer last. */
  readonly forwardedFor: string;
  readonly scheme: string;
  readonly host: string;
  readonly port?: string | undefined;
}

/** The lines that we add to every request, ending with the name of X-Request-Id, whose value is to follow. */
export const ownLines = ({ version, via, forwardedFor, scheme, host, port }: OwnLines): string =>
  `${via ? `Via: ${version} ${VIA_NAME}\r\n` : ''}X-Forwarded-For: ${forwardedFor}\r\n` +
  `X-Forwarded-Proto: ${scheme}\r\nX-Forwarded-Host: ${host}\r\n` +
  `X-Forwarded-Port: ${port ?? portOf(host, scheme)}\r\nX-Request-Id: `;
