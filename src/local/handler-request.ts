import type { IncomingMessage } from 'node:http';
import { isLocalField, type LocalFacts } from './local-field.ts';

/** Fields of a connection, and not of the request (RFC 9110, 7.6.1). */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const headersOf = ({ rawHeaders }: IncomingMessage): Headers => {
  const headers = new Headers();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    const lower = name.toLowerCase();
    if (!isLocalField(lower) && !HOP_BY_HOP.has(lower)) headers.append(name, rawHeaders[i + 1] ?? '');
  }
  return headers;
};

/** The content, read when the handler reads it: a handler that is slow stops the client, and one that never does costs nothing. */
const contentOf = (req: IncomingMessage): ReadableStream<Uint8Array> => {
  let pieces: AsyncIterator<Buffer> | undefined;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        pieces ??= req[Symbol.asyncIterator]();
        const { done, value } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
    },
    { highWaterMark: 0 },
  );
};

/** A host with an optional port: nothing in it begins a path, a query or a user, whoever said it. */
const AUTHORITY = /^(?:[\w.~!$&'()*+,;=%-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;

/** What the client asked for, by the name that it used, also behind a trusted proxy. Throws where that is no address. */
const urlOf = (req: IncomingMessage, { scheme, path, host }: LocalFacts): string => {
  if (host !== '' && !AUTHORITY.test(host)) throw new TypeError('the request names no host');
  const question = (req.url ?? '').indexOf('?');
  // Joined as texts: a path that begins with two slashes is no other host.
  return `${scheme}://${host || 'localhost'}${path}${question === -1 ? '' : (req.url ?? '').slice(question)}`;
};

/**
 * A request as handlers see it. Its content comes as it is read.
 * Throws a TypeError for what cannot be one: a method such as TRACE, a host that is none.
 */
export const handlerRequest = (req: IncomingMessage, facts: LocalFacts, signal: AbortSignal): Request => {
  const { method = 'GET' } = req;
  const init = { method, headers: headersOf(req), signal };
  const url = urlOf(req, facts);
  if (method === 'GET' || method === 'HEAD') return new Request(url, init);
  const withContent = { ...init, body: contentOf(req), duplex: 'half' as const };
  return new Request(url, withContent);
};
