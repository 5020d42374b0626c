import type { IncomingMessage } from 'node:http';
import type { AddressRule } from '../core/accept.ts';
import type { ExchangeTrace } from '../core/trace-context.ts';
import type { RequestView } from '../core/types.ts';
import { eachField, FieldBuilder, type Fields, hopByHop, listOf, valuesOf } from './fields.ts';
import { hopsOf, peerIsTrusted, peerOf, targetOf } from './request-view.ts';
import { type Changes, change } from './rules.ts';
import { VIA_NAME } from './strict.ts';

/** Asks this proxy for the decision on its own request; shows a token, which is for nobody else. */
export const EXPLAIN_FIELD = 'x-forehand-explain';

/** Fields that are written anew for every request, whatever the client sent, or are for this proxy alone. */
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
  EXPLAIN_FIELD,
]);

const portOf = (host: string, scheme: string): string =>
  /:(\d+)$/.exec(host)?.[1] ?? (scheme === 'https' ? '443' : '80');

/** What the next hop learns of this one. A peer that is not trusted has nothing to add to it. */
const forwardingFields = (
  to: FieldBuilder,
  req: IncomingMessage,
  view: RequestView,
  trusted: readonly AddressRule[],
): void => {
  const { rawHeaders: raw } = req;
  const { host } = targetOf(req);
  const believed = peerIsTrusted(req, trusted);
  const said = (name: string): string | undefined => (believed ? valuesOf(raw, name)[0] : undefined);
  to.set('X-Forwarded-For', [...(believed ? hopsOf(raw) : []), peerOf(req)].join(', '));
  to.set('X-Forwarded-Proto', view.scheme);
  to.set('X-Forwarded-Host', said('x-forwarded-host') || host);
  to.set('X-Forwarded-Port', said('x-forwarded-port') || portOf(host, view.scheme));
  if (!believed) return;
  for (const name of ['Forwarded', 'X-Real-IP'])
    for (const value of valuesOf(raw, name.toLowerCase())) to.add(name, value);
};

/** Methods whose requests have no body unless they say so; Node frames all others itself if nobody else does. */
const BODILESS = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE']);

/** How the body is framed towards the server: always said, for every method (nodejs/node#27880). */
const framingFields = (to: FieldBuilder, req: IncomingMessage): void => {
  const length = valuesOf(req.rawHeaders, 'content-length')[0];
  if (length !== undefined) to.set('Content-Length', length);
  else if (hasBody(req)) to.set('Transfer-Encoding', 'chunked');
  else if (!BODILESS.has(req.method ?? 'GET')) to.set('Content-Length', '0');
};

const hasOpenStream = (req: IncomingMessage & { readonly stream?: { endAfterHeaders?: boolean } }): boolean =>
  req.httpVersion === '2.0' && req.stream?.endAfterHeaders !== true;

/** True if a body may follow the head (RFC 9112, 6.3; over HTTP/2, unless the stream ended with the head). */
export const hasBody = (req: IncomingMessage): boolean => {
  if (listOf(req.rawHeaders, 'transfer-encoding').length > 0) return true;
  const length = valuesOf(req.rawHeaders, 'content-length')[0];
  return length === undefined ? hasOpenStream(req) : Number(length) > 0;
};

/** How often an OPTIONS or TRACE may still be forwarded (RFC 9110, 7.6.2); undefined if nothing limits that. */
export const forwardsLeft = (req: IncomingMessage): number | undefined => {
  if (req.method !== 'OPTIONS' && req.method !== 'TRACE') return undefined;
  const value = valuesOf(req.rawHeaders, 'max-forwards')[0];
  return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : undefined;
};

const traceFields = (to: FieldBuilder, { lines }: ExchangeTrace): void => {
  for (const line of lines.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) to.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
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
    /** What the rules of the route change of the client's fields. */
    readonly changes?: Changes | undefined;
    readonly trace?: ExchangeTrace | undefined;
  },
): Fields => {
  const { rawHeaders: raw } = req;
  const isHop = hopByHop(raw);
  const to = new FieldBuilder();
  to.set('Host', targetOf(req).host);
  eachField(raw, (lower, value, name) => {
    if (settings.trace?.removes.has(lower)) return;
    if (WRITTEN_ANEW.has(lower) || isHop(lower) || lower.includes('_') || lower.startsWith(':')) return;
    to.add(name, value);
  });
  to.set('Via', [...valuesOf(raw, 'via'), `${req.httpVersion} ${VIA_NAME}`].join(', '));
  to.set('X-Request-Id', settings.requestId);
  if (settings.trace) traceFields(to, settings.trace);
  const left = forwardsLeft(req);
  if (left !== undefined) to.set('Max-Forwards', String(left - 1));
  forwardingFields(to, req, view, settings.trusted);
  if (settings.changes) change(to, settings.changes);
  if (settings.upgrade === undefined) framingFields(to, req);
  else {
    to.set('Connection', 'Upgrade');
    // http-proxy looks for it under this spelling.
    to.set('upgrade', settings.upgrade);
  }
  return to.fields;
};
