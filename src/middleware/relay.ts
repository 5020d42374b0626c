import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Outcome } from '../core/types.ts';
import type { Termination } from './door-parts.ts';

/** How the passing on of an answer ended. */
export type RelayEnd = 'done' | 'cut_by_server' | 'cut_by_client' | 'idle_server' | 'idle_client';

const failed = (
  side: 'client' | 'server',
  reason: 'client_abort' | 'body_cut' | 'idle_timeout',
): Outcome => ({
  kind: 'failed',
  side,
  reason,
  unsent: false,
});

/** How each end of a relay counts: for the board, and for the record. An answer that went well has its own figures. */
export const RELAY_ENDS: Readonly<Record<RelayEnd, readonly [Outcome | undefined, Termination]>> = {
  done: [undefined, 'ok'],
  cut_by_server: [failed('server', 'body_cut'), 'server_abort'],
  cut_by_client: [failed('client', 'client_abort'), 'client_abort'],
  idle_server: [failed('server', 'idle_timeout'), 'idle_timeout'],
  idle_client: [failed('client', 'idle_timeout'), 'idle_timeout'],
};

/** INTERNAL_ERROR of HTTP/2 (RFC 9113, 7). */
const INTERNAL_ERROR = 2;

const isEventStream = (answer: IncomingMessage): boolean =>
  /^text\/event-stream\b/i.test(answer.headers['content-type'] ?? '');

type MaybeHttp2 = ServerResponse & {
  readonly stream?: { readonly rstCode: number | undefined; close(code: number): void };
};

/** Over HTTP/2 a stream that was reset counts as finished for Node too. */
const wentWhole = (answer: IncomingMessage, res: MaybeHttp2): boolean =>
  res.req.httpVersion === '2.0' ? answer.complete && !res.stream?.rstCode : res.writableFinished;

/**
 * Cuts an answer so that the client cannot take it for a whole one. For a client of HTTP/1.0 an answer without a
 * length ends where the connection ends, so the connection is reset. Node's own resetAndDestroy ends it first, which
 * is just what must not be; it is the mark that it sets which has destroy() reset. (Only TCP can be.)
 */
const cut = (res: MaybeHttp2): void => {
  const { socket, req, stream } = res;
  if (req.httpVersion === '2.0') {
    stream?.close(INTERNAL_ERROR);
    return;
  }
  if (req.httpVersion === '1.0' && socket?.remoteAddress && !('encrypted' in socket))
    Object.assign(socket, { resetAndClosing: true });
  res.destroy();
};

/**
 * Passes the body of an answer on to the client, at the client's pace. An answer that the server cuts is cut for the
 * client too. Nothing moving for `idleMs` ends it, unless it is a stream of events that the server is silent on.
 * @param onBytes hears the size of every piece.
 * @returns what to call when the connection of the client has closed.
 */
export const relayBody = (
  answer: IncomingMessage,
  res: ServerResponse,
  idleMs: number,
  onBytes: (bytes: number) => void,
  onEnd: (end: RelayEnd) => void,
): (() => void) => {
  let open = true;
  const end = (how: RelayEnd): void => {
    if (!open) return;
    open = false;
    clearTimeout(idle);
    if (how !== 'done') {
      answer.destroy();
      cut(res);
    }
    onEnd(how);
  };
  const closed = (): void => end(wentWhole(answer, res) ? 'done' : 'cut_by_client');
  const idle = setTimeout(() => {
    const clientIsSlow = res.writableNeedDrain;
    if (!clientIsSlow && isEventStream(answer)) idle.refresh();
    else end(clientIsSlow ? 'idle_client' : 'idle_server');
  }, idleMs);
  answer.on('data', (chunk: Buffer) => {
    idle.refresh();
    onBytes(chunk.length);
  });
  // `error` comes with `close`; without a listener it would end the process.
  answer.on('error', () => undefined);
  answer.once('close', () => void (answer.complete || end('cut_by_server')));
  res.on('drain', () => idle.refresh());
  res.once('finish', () => (res.req.httpVersion === '2.0' ? closed() : end('done')));
  res.on('error', () => end('cut_by_client'));
  // Not stream.pipeline: it costs a third more for each request.
  answer.pipe(res);
  return closed;
};
