import type { IncomingMessage } from 'node:http';
import type { AddressRule } from '../core/accept.ts';
import type { RequestView } from '../core/types.ts';
import { addField, eachField, type Fields, hopByHop, listOf, valuesOf } from './fields.ts';
import { peerIsTrusted, peerOf, targetOf } from './request-view.ts';
import { VIA_NAME } from './strict.ts';

/** Fields that are written anew for every request, whatever the client sent. */
const WRITTEN_ANEW = new Set([
  'host',
  'content-length',
  'expect',
  'via',
  'forwarded',
  'x-real-ip',
  'x-request-id',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-port',
]);

const portOf = (host: string, scheme: string): string =>
  /:(\d+)$/.exec(host)?.[1] ?? (scheme === 'https' ? '443' : '80');

/** What the next hop learns of this one. A peer that is not trusted has nothing to add to it. */
const forwardingFields = (
  fields: Fields,
  req: IncomingMessage,
  view: RequestView,
  trusted: readonly AddressRule[],
): void => {
  const { rawHeaders: raw } = req;
  const { host } = targetOf(req);
  const believed = peerIsTrusted(req, trusted);
  const before = believed ? listOf(raw, 'x-forwarded-for') : [];
  fields['X-Forwarded-For'] = [...before, peerOf(req)].join(', ');
  fields['X-Forwarded-Proto'] = view.scheme;
  fields['X-Forwarded-Host'] = (believed && valuesOf(raw, 'x-forwarded-host')[0]) || host;
  fields['X-Forwarded-Port'] =
    (believed && valuesOf(raw, 'x-forwarded-port')[0]) || portOf(host, view.scheme);
  if (!believed) return;
  for (const name of ['Forwarded', 'X-Real-IP'])
    for (const value of valuesOf(raw, name.toLowerCase())) addField(fields, name, value);
};

/** How the body is framed towards the server: always said, for every method (nodejs/node#27880). */
const framingFields = (fields: Fields, req: IncomingMessage): void => {
  const length = valuesOf(req.rawHeaders, 'content-length')[0];
  if (length !== undefined) fields['Content-Length'] = length;
  else if (hasBody(req)) fields['Transfer-Encoding'] = 'chunked';
};

/** True if a body may follow the head (RFC 9112, 6.3; over HTTP/2 it may unless the stream has ended). */
export const hasBody = (req: IncomingMessage): boolean => {
  if (valuesOf(req.rawHeaders, 'transfer-encoding').length > 0) return true;
  const length = valuesOf(req.rawHeaders, 'content-length')[0];
  if (length !== undefined) return Number(length) > 0;
  return req.httpVersion === '2.0' && !/^(GET|HEAD|DELETE|OPTIONS|TRACE)$/.test(req.method ?? '');
};

/**
 * The fields that go to the server: the client's without those for one connection, without names that have an
 * underscore (which some servers take for a hyphen, so that X_Forwarded_For would pass for ours), and with ours.
 */
export const requestFields = (
  req: IncomingMessage,
  view: RequestView,
  settings: {
    readonly trusted: readonly AddressRule[];
    readonly requestId: string;
    readonly upgrade?: string;
  },
): Fields => {
  const { rawHeaders: raw } = req;
  const isHop = hopByHop(raw);
  const fields: Fields = { Host: targetOf(req).host };
  eachField(raw, (lower, value, name) => {
    if (WRITTEN_ANEW.has(lower) || isHop(lower) || lower.includes('_') || lower.startsWith(':')) return;
    addField(fields, name, value);
  });
  fields['Via'] = [...valuesOf(raw, 'via'), `${req.httpVersion} ${VIA_NAME}`].join(', ');
  fields['X-Request-Id'] = settings.requestId;
  forwardingFields(fields, req, view, settings.trusted);
  if (settings.upgrade === undefined) framingFields(fields, req);
  else Object.assign(fields, { Connection: 'Upgrade', Upgrade: settings.upgrade });
  return fields;
};
