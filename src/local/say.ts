import type { ServerResponse } from 'node:http';
import type { LocalAnswer } from '../core/route-rules.ts';

const REASONS: Readonly<Record<number, string>> = {
  400: 'the request cannot be understood',
  403: 'this may not be read',
  404: 'there is nothing here',
  405: 'the method is not served here',
  412: 'the file has changed',
  416: 'the file has no such part',
  501: 'the method is not served here',
  503: 'what answers here does not work at the moment',
};

/** Puts field lines, each with CRLF, onto an answer, besides those that it has. */
const addLines = (res: ServerResponse, lines: string): void => {
  for (const line of lines.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) res.appendHeader(line.slice(0, colon), line.slice(colon + 1).trim());
  }
};

/** Answers with one sentence and never says where on this machine something is. `instead`: what was configured for it. */
export const say = (
  res: ServerResponse,
  status: number,
  fields: Readonly<Record<string, string>> = {},
  instead?: LocalAnswer | undefined,
): void => {
  const reason = instead?.reason ?? REASONS[status] ?? 'this could not be answered';
  const body = instead?.body ?? Buffer.from(`${status} ${reason}\n`);
  res.statusCode = instead?.status ?? status;
  for (const [name, value] of Object.entries(fields)) res.setHeader(name, value);
  if (instead?.body === undefined) res.setHeader('Content-Type', 'text/plain; charset=utf-8');
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('Content-Length', body.byteLength);
  if (instead?.fields !== undefined) addLines(res, instead.fields);
  res.end(res.req.method === 'HEAD' ? undefined : body);
};
