import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { whenClosed } from './departure.ts';
import type { Termination } from './door-parts.ts';
import { warnOfRule } from './own-answer.ts';
import type { ExchangeRecord } from './record.ts';
import type { Changes } from './rules.ts';

const changeRequest = (req: IncomingMessage, { removes, adds }: Changes): void => {
  const { rawHeaders: raw, headers } = req;
  for (let i = raw.length - 2; i >= 0; i -= 2)
    if (removes.includes((raw[i] ?? '').toLowerCase())) raw.splice(i, 2);
  for (const name of removes) delete headers[name];
  for (const [name, value] of adds) {
    raw.push(name, value);
    const lower = name.toLowerCase();
    const before = headers[lower];
    headers[lower] = before === undefined ? value : `${[before].flat().join(', ')}, ${value}`;
  }
};

/** Fields that were given to `writeHead`, put where they can be changed. */
const keepFields = (res: ServerResponse, given: unknown): void => {
  if (Array.isArray(given)) {
    const flat: unknown[] = given.flat();
    for (let i = 0; i + 1 < flat.length; i += 2) res.appendHeader(String(flat[i]), String(flat[i + 1]));
  } else if (typeof given === 'object' && given !== null)
    for (const [name, value] of Object.entries(given)) if (value !== undefined) res.setHeader(name, value);
};

/** Changes the head of the answer just before it is written. */
const changeAnswer = (res: ServerResponse, { removes, adds }: Changes): void => {
  const { writeHead } = res;
  const edited = (status: number, ...rest: readonly unknown[]): ServerResponse => {
    res.writeHead = writeHead;
    keepFields(res, rest.at(-1));
    for (const name of removes) res.removeHeader(name);
    for (const [name, value] of adds) res.appendHeader(name, value);
    const [reason] = rest;
    return typeof reason === 'string' ? res.writeHead(status, reason) : res.writeHead(status);
  };
  Object.assign(res, { writeHead: edited });
};

const sizeOf = (chunk: unknown): number => {
  if (typeof chunk === 'string') return Buffer.byteLength(chunk);
  return chunk instanceof Uint8Array ? chunk.length : 0;
};

/** Counts the content of an answer as it is handed over. */
const countContent = (res: ServerResponse, isEmpty: boolean, count: (bytes: number) => void): void => {
  for (const name of ['write', 'end'] as const) {
    const method: (...given: never[]) => unknown = res[name];
    const counting = (...given: unknown[]): unknown => {
      if (!isEmpty) count(sizeOf(given[0]));
      return Reflect.apply(method, res, given);
    };
    Object.assign(res, { [name]: counting });
  }
};

/** Has a server in this process answer a request of the application's own server. `changes`: of its answer. */
export const serveLocal = (
  listener: RequestListener,
  record: ExchangeRecord,
  req: IncomingMessage,
  res: ServerResponse,
  changes: Changes | undefined,
): void => {
  let isOver = false;
  const end = (termination: Termination): void => {
    if (isOver) return;
    isOver = true;
    record.status = res.headersSent ? res.statusCode : 0;
    record.end(termination);
  };
  res.once('finish', () => end('local'));
  whenClosed(req, res, () => end(res.writableFinished ? 'local' : 'client_abort'));
  req.url = record.target;
  if (record.requestChanges) changeRequest(req, record.requestChanges);
  res.setHeader('X-Request-Id', record.requestId);
  if (changes) changeAnswer(res, changes);
  countContent(res, req.method === 'HEAD', (bytes) => record.countOut(bytes));
  try {
    listener(req, res);
  } catch (thrown) {
    warnOfRule(thrown);
    end('server_abort');
    res.destroy();
  }
};
