import type { IncomingMessage, ServerResponse } from 'node:http';

/** How the passing on of an answer ended. */
export type RelayEnd = 'done' | 'cut_by_server' | 'cut_by_client' | 'idle_server' | 'idle_client';

const isEventStream = (answer: IncomingMessage): boolean =>
  /^text\/event-stream\b/i.test(answer.headers['content-type'] ?? '');

/**
 * Passes the body of an answer on to the client, at the client's pace. An answer that the server cuts is cut for the
 * client too. Nothing moving for `idleMs` ends it, unless it is a stream of events that the server is silent on.
 * @param onBytes hears the size of every piece.
 */
export const relayBody = (
  answer: IncomingMessage,
  res: ServerResponse,
  idleMs: number,
  onBytes: (bytes: number) => void,
  onEnd: (end: RelayEnd) => void,
): void => {
  let open = true;
  const end = (how: RelayEnd): void => {
    if (!open) return;
    open = false;
    clearTimeout(idle);
    if (how !== 'done') {
      answer.destroy();
      res.destroy();
    }
    onEnd(how);
  };
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
  res.once('finish', () => end('done'));
  res.once('close', () => end(res.writableFinished ? 'done' : 'cut_by_client'));
  res.on('error', () => end('cut_by_client'));
  // Not stream.pipeline: it costs a third more for each request.
  answer.pipe(res);
};
