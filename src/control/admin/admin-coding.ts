import type { IncomingMessage } from 'node:http';
import type { Answer } from './admin-answer.ts';

/** What is sent of an answer after it was looked at what the client takes and what it has already. */
export interface CodedAnswer {
  readonly status: number;
  readonly body: string | Buffer;
  /** Beside those that every answer has, or in their place. */
  readonly headers: Readonly<Record<string, string>>;
}

/** True for `br`, `gzip, br;q=0.9` and `*`; a quality of 0 says no (RFC 9110, 12.5.3). */
const takesBrotli = (field: string): boolean => {
  const codings = field
    .toLowerCase()
    .split(',')
    .map((coding) => coding.split(';').map((part) => part.trim()));
  const named = codings.find(([name]) => name === 'br') ?? codings.find(([name]) => name === '*');
  return named?.[0] !== undefined && !named.slice(1).some((part) => /^q=0(\.0{0,3})?$/.test(part));
};

const has = (field: string | undefined, etag: string): boolean =>
  field?.split(',').some((one) => one.trim().replace(/^W\//, '') === etag || one.trim() === '*') ?? false;

/**
 * An answer with an `etag` may be kept by the client, but is asked for again each time; then 304 says that it is good
 * still. One with `br` goes out in brotli to those that take it.
 */
export const codedAnswer = ({ headers }: Pick<IncomingMessage, 'headers'>, answer: Answer): CodedAnswer => {
  const { status, body, br, etag } = answer;
  const kept: Record<string, string> = etag === undefined ? {} : { etag, 'cache-control': 'no-cache' };
  const vary: Record<string, string> = br ? { vary: 'accept-encoding' } : {};
  if (etag !== undefined && has(headers['if-none-match'], etag))
    return { status: 304, body: '', headers: { ...kept, ...vary } };
  if (!br || !takesBrotli(String(headers['accept-encoding'] ?? '')))
    return { status, body, headers: { ...kept, ...vary } };
  return { status, body: br, headers: { ...kept, ...vary, 'content-encoding': 'br' } };
};
