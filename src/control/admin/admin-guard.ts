import type { IncomingMessage } from 'node:http';
import { isIP, isIPv4, type Socket } from 'node:net';
import { type Answer, errorAnswer } from './admin-answer.ts';

/** `127.0.0.1` of `127.0.0.1:9090`, `::1` of `[::1]:9090`; lower case. Undefined for what is no host. */
const hostName = (field: string): string | undefined => {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(field);
  return (match?.[1] ?? match?.[2])?.toLowerCase();
};

const isLoopback = (name: string): boolean =>
  name === 'localhost' || name === '::1' || (isIPv4(name) && name.startsWith('127.'));

/** The address that the client has connected to. No page elsewhere can have an address as its name. */
const isOwnAddress = (name: string, { localAddress }: Socket): boolean =>
  isIP(name) !== 0 && localAddress?.toLowerCase().replace(/^::ffff:(?=\d)/, '') === name;

/**
 * A page elsewhere can make a browser come here under a name of its own (DNS rebinding), but then the Host field has
 * that name. Only names that mean this listener are served.
 * @param hosts Names and addresses besides the loopback ones that mean this listener, without ports and brackets.
 */
export const hostFault = (req: IncomingMessage, hosts: readonly string[]): Answer | undefined => {
  const fields = req.headersDistinct['host'] ?? [];
  const name = fields.length === 1 ? hostName(fields[0] ?? '') : undefined;
  if (name === undefined)
    return errorAnswer(400, 'bad_host', 'expected one Host field with a name or an address');
  if (isLoopback(name) || hosts.some((host) => host.toLowerCase() === name)) return undefined;
  if (isOwnAddress(name, req.socket)) return undefined;
  return errorAnswer(
    421,
    'wrong_host',
    `this listener is not known as "${name}"; use its address or localhost`,
  );
};

const isOwnOrigin = (origin: string, host: string | undefined): boolean =>
  origin === `http://${host}` || origin === `https://${host}`;

/**
 * A browser says where a request comes from; command line tools say nothing and are no danger of this kind. Cookies are
 * a browser's: with them it has to say so.
 */
const originFault = (req: IncomingMessage): Answer | undefined => {
  const { origin, host, cookie, 'sec-fetch-site': site } = req.headers;
  const own = origin === undefined || isOwnOrigin(origin, host);
  const says = cookie === undefined || (origin ?? site) !== undefined;
  if (own && says && (site ?? 'same-origin') === 'same-origin') return undefined;
  return errorAnswer(403, 'cross_origin', 'changes and questions are taken from pages of this listener only');
};

/** A form of another site can post text without asking first, but not with this type, and not by DELETE. */
const typeFault = (req: IncomingMessage): Answer | undefined => {
  if (req.method === 'DELETE') return undefined;
  const type = req.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type === 'application/json') return undefined;
  return errorAnswer(415, 'not_json', 'expected the content type application/json');
};

/** DELETE without a body: a page of another site cannot have it sent without asking first, which nobody allows here. */
const isBareDelete = ({ method, headers }: IncomingMessage): boolean =>
  method === 'DELETE' &&
  headers['transfer-encoding'] === undefined &&
  Number(headers['content-length'] ?? 0) === 0;

/** The answer to a POST, PUT or DELETE that must not be carried out: what another site can make a browser send. */
export const changeFault = (req: IncomingMessage): Answer | undefined =>
  originFault(req) ?? (isBareDelete(req) ? undefined : typeFault(req));
