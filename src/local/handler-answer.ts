import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { HOP_BY_HOP } from './handler-request.ts';

/** Set by us, or of one connection only. */
const isOurs = (lower: string, nominated: ReadonlySet<string>): boolean =>
  HOP_BY_HOP.has(lower) || nominated.has(lower) || lower === 'set-cookie';

const nominatedIn = (headers: Headers): ReadonlySet<string> =>
  new Set((headers.get('connection') ?? '').split(',').map((name) => name.trim().toLowerCase()));

/** Puts status and fields of an answer onto ours, each cookie in a field of its own. */
export const writeHead = (response: Response, res: ServerResponse): void => {
  const { headers, status, statusText } = response;
  const nominated = nominatedIn(headers);
  res.statusCode = status;
  if (/^[\t\x20-\x7e]+$/.test(statusText)) res.statusMessage = statusText;
  for (const [name, value] of headers) if (!isOurs(name, nominated)) res.setHeader(name, value);
  for (const cookie of headers.getSetCookie()) res.appendHeader('Set-Cookie', cookie);
};

/** Waits until more can be written, or the answer has ended some other way. */
const drained = async (res: ServerResponse): Promise<void> => {
  const over = new AbortController();
  try {
    await Promise.race([
      once(res, 'drain', { signal: over.signal }),
      once(res, 'close', { signal: over.signal }),
    ]);
  } finally {
    over.abort();
  }
};

const lengthOf = (res: ServerResponse): number => {
  const said = res.getHeader('Content-Length');
  return said === undefined ? Number.NaN : Number(said);
};

const writeAll = async (
  reader: ReadableStreamDefaultReader<Uint8Array>,
  res: ServerResponse,
): Promise<void> => {
  const length = lengthOf(res);
  let written = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done || res.destroyed) break;
    if (!(value instanceof Uint8Array))
      throw new TypeError('the body of its answer holds other things than bytes');
    written += value.byteLength;
    if (written > length) throw new TypeError('its answer is longer than its Content-Length');
    if (!res.write(value)) await drained(res);
  }
  if (written < length) throw new TypeError('its answer is shorter than its Content-Length');
};

/**
 * Sends the content of an answer no faster than the client takes it, and lets go of it when the client leaves.
 * Rejects with what reading it throws; the answer is broken off then.
 */
export const writeContent = async (response: Response, res: ServerResponse): Promise<void> => {
  const { body } = response;
  if (!body || res.req.method === 'HEAD') {
    await body?.cancel();
    res.end();
    return;
  }
  const reader = body.getReader();
  // Also while a piece is waited for that may never come.
  const leave = (): void => void reader.cancel(new Error('the client has left')).catch(() => undefined);
  res.once('close', leave);
  try {
    await writeAll(reader, res);
    res.off('close', leave);
    res.end();
  } catch (thrown) {
    res.off('close', leave);
    void reader.cancel(thrown).catch(() => undefined);
    if (!res.destroyed) res.destroy();
    throw thrown;
  }
};
