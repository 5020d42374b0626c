import { percentEncoded } from '../core/location.ts';
import type { RequestView } from '../core/types.ts';

const CLIENT = /[^\x20-\x7e]+/g;

/** What a client said, as far as a field or a location can hold it: all but visible ASCII is percent-encoded. */
const harmless = (text: string): string => text.replace(CLIENT, percentEncoded);

const requestId = (request: RequestView): string => {
  if ('requestId' in request && typeof request.requestId === 'string') return request.requestId;
  return request.header('x-request-id') ?? '';
};

const VALUES: Readonly<Record<string, (request: RequestView) => string>> = {
  clientIp: ({ clientIp }) => clientIp,
  host: ({ host }) => harmless(host),
  scheme: ({ scheme }) => scheme,
  path: ({ path }) => harmless(path.startsWith('/') ? path : '/'),
  query: ({ query }) => (query === '' ? '' : `?${harmless(query)}`),
  requestId: (request) => harmless(requestId(request)),
};

/** What may stand between braces in the value of a header field. */
export const FIELD_PLACEHOLDERS: readonly string[] = ['clientIp', 'host', 'scheme', 'requestId', 'path'];

/** What may stand between braces in the target of a redirect; `{query}` begins with its question mark. */
export const LOCATION_PLACEHOLDERS: readonly string[] = ['scheme', 'host', 'path', 'query'];

const PLACEHOLDER = /\{([^{}]*)\}/g;

/** The first word between braces that is none of the known ones; undefined if there is none. */
export const unknownPlaceholder = (text: string, known: readonly string[]): string | undefined =>
  [...text.matchAll(PLACEHOLDER)].map(([, name = '']) => name).find((name) => !known.includes(name));

/** Makes a text of a template, for each request. One without placeholders costs nothing more than the text. */
export const compileTemplate = (text: string): ((request: RequestView) => string) => {
  const parts = text.split(PLACEHOLDER).map((part, i) => (i % 2 === 1 ? (VALUES[part] ?? part) : part));
  if (parts.length === 1) return () => text;
  return (request) => parts.map((part) => (typeof part === 'string' ? part : part(request))).join('');
};
