import type { IncomingMessage } from 'node:http';

/** Field by which the engine tells this process's own server what the request was like. Nobody else sees it. */
const FIELD = 'X-Forehand-Local';
const LOWER = FIELD.toLowerCase();

/** What a request was like before it was rewritten for the server that answers it. */
export interface LocalFacts {
  /** After the rules for trusted proxies; empty for a unix socket. */
  readonly clientIp: string;
  readonly scheme: string;
  /** As the client sent it, without query. */
  readonly path: string;
  /** What the client called us, with its port; empty if it did not. */
  readonly host: string;
}

/** The field line, with CRLF; to be put behind all fields of the client, which may have sent one of that name. */
export const localLine = ({ clientIp, scheme, path }: Omit<LocalFacts, 'host'>): string =>
  `${FIELD}: ${clientIp || '-'} ${scheme} ${path}\r\n`;

/** True for the name of the field, in lower case: to be kept from handlers. */
export const isLocalField = (lower: string): boolean => lower === LOWER;

/** All values of a field, in order. @param lower its name in lower case. */
const rawValues = ({ rawHeaders }: IncomingMessage, lower: string): readonly string[] =>
  rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === lower);

/** Reads the last such field, which is ours. Without one, what the request itself says. For requests of the engine. */
export const localFacts = (req: IncomingMessage): LocalFacts => {
  const [clientIp = '-', scheme = 'http', path] = rawValues(req, LOWER).at(-1)?.split(' ') ?? [];
  return {
    clientIp: clientIp === '-' ? '' : clientIp,
    scheme,
    path: path ?? (req.url ?? '/').replace(/\?.*$/s, ''),
    // Written by the engine, also where a trusted proxy has said it.
    host: rawValues(req, 'x-forwarded-host').at(-1) ?? req.headers.host ?? '',
  };
};
