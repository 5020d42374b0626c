import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import { matchablePath } from '../core/route.ts';
import { listOf, type RawFields, valuesOf } from './fields.ts';

/** Why a request is refused before anything else is done with it. */
export interface StrictFault {
  readonly status: 400 | 405 | 417 | 500 | 505 | 508;
  readonly message: string;
}

/** Our name in Via. */
export const VIA_NAME = 'forehand';
/** A request that has passed forehand this often, as Via says, is taken to go round in a circle and goes no further. */
const MAX_HOPS = 10;
/** Fields that Connection must not name: a client could have the proxy remove what servers rely on. */
const NOT_NAMEABLE =
  /^(host|content-length|transfer-encoding|x-forwarded-.*|forwarded|x-real-ip|x-request-id|cookie|authorization)$/;
const HOST = /^(?:\[([0-9a-f:.]+)\]|[a-z0-9._~!$&'()*+;=%-]+)(?::(\d{1,5}))?$/i;

/** RFC 9110, 7.2: a host and perhaps a port. */
const isHost = (text: string): boolean => {
  const match = HOST.exec(text);
  const badPort = Number(match?.[2] ?? 0) > 65_535;
  const badV6 = match?.[1] !== undefined && !isIPv6(match[1]);
  return match !== null && !badPort && !badV6;
};

/** Over HTTP/2 Host may repeat :authority, but not contradict it (RFC 9113, 8.3.1). */
const hostsOf = (raw: RawFields, isHttp2: boolean): readonly string[] => {
  const hosts = valuesOf(raw, 'host');
  if (!isHttp2) return hosts;
  return [...new Set([...valuesOf(raw, ':authority'), ...hosts].map((host) => host.toLowerCase()))];
};

const hostFault = (hosts: readonly string[]): string | undefined => {
  if (hosts.length !== 1) return hosts.length === 0 ? 'there is no Host' : 'there are several Host fields';
  return isHost(hosts[0] ?? '') ? undefined : 'Host is not a host name with an optional port';
};

/** RFC 9112, 6.1 to 6.3, and what llhttp lets through: other codings, Transfer-Encoding on HTTP/1.0, both framings. */
const framingFault = (raw: RawFields, httpVersion: string): string | undefined => {
  const codings = listOf(raw, 'transfer-encoding');
  const lengths = valuesOf(raw, 'content-length');
  if (lengths.length > 1) return 'there are several Content-Length fields';
  if (lengths.length === 1 && !/^\d{1,15}$/.test(lengths[0] ?? '')) return 'Content-Length is not a number';
  if (valuesOf(raw, 'transfer-encoding').length === 0) return undefined;
  if (codings.length !== 1 || codings[0] !== 'chunked') return 'Transfer-Encoding is not chunked alone';
  if (lengths.length > 0) return 'there are both Content-Length and Transfer-Encoding';
  return httpVersion === '1.1' ? undefined : 'Transfer-Encoding on a version before HTTP/1.1';
};

const targetFault = (method: string, url: string): string | undefined => {
  if (method === 'OPTIONS' && url === '*') return undefined;
  const absolute = /^https?:\/\/([^/?#]*)/i.exec(url);
  const path = (absolute ? url.slice(absolute[0].length) || '/' : url).split('?', 1)[0] ?? '';
  if (!path.startsWith('/') && !(absolute && path === ''))
    return 'the request target is neither a path nor an http URL';
  if (absolute && !isHost(absolute[1] ?? '')) return 'the request target names no valid host';
  // Browsers send a backslash as it is in a query, never in a path.
  if (/[#\s]/.test(url) || path.includes('\\'))
    return 'the request target has characters that do not belong there';
  return matchablePath(path) === undefined ? 'the path has a broken escape' : undefined;
};

const connectionFault = (raw: RawFields): string | undefined => {
  const named = listOf(raw, 'connection').find((member) => NOT_NAMEABLE.test(member));
  return named === undefined ? undefined : `Connection names ${named}`;
};

const isLoop = (raw: RawFields): boolean =>
  listOf(raw, 'via').filter((member) => member.split(/\s+/)[1] === VIA_NAME).length >= MAX_HOPS;

/**
 * What Node's parser lets through although it can be read in two ways, or leads somewhere it should not. Undefined for
 * a request that may go on.
 */
export const strictFault = (req: IncomingMessage): StrictFault | undefined => {
  const { rawHeaders: raw, httpVersion, method = '', url = '' } = req;
  const isHttp2 = httpVersion === '2.0';
  if (!isHttp2 && httpVersion !== '1.1' && httpVersion !== '1.0')
    return { status: 505, message: 'this HTTP version is not served' };
  if (method === 'CONNECT') return { status: 405, message: 'CONNECT is not served' };
  const message =
    hostFault(hostsOf(raw, isHttp2)) ??
    framingFault(raw, httpVersion) ??
    targetFault(method, url) ??
    connectionFault(raw);
  if (message !== undefined) return { status: 400, message };
  const expected = listOf(raw, 'expect');
  if (expected.some((member) => member !== '100-continue'))
    return { status: 417, message: 'only 100-continue can be expected' };
  return isLoop(raw) ? { status: 508, message: 'the request has passed here too often' } : undefined;
};
