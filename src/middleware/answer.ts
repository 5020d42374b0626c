import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';

/** What we say ourselves, in place of a server. Never names one. */
export interface OwnAnswer {
  readonly status: number;
  /** One short sentence for the client. */
  readonly reason: string;
  readonly requestId: string;
  readonly fields?: Readonly<Record<string, string>>;
  /** The connection cannot be used for another request: part of this one has not been read. */
  readonly close?: boolean;
}

const wantsJson = (req: IncomingMessage): boolean =>
  /\bapplication\/(?:[\w.+-]+\+)?json\b/i.test(req.headers.accept ?? '');

const bodyOf = (
  req: IncomingMessage,
  { status, reason, requestId }: OwnAnswer,
): { type: string; text: string } => {
  if (wantsJson(req))
    return {
      type: 'application/json',
      text: `${JSON.stringify({ error: { status, reason, requestId } })}\n`,
    };
  return {
    type: 'text/plain; charset=utf-8',
    text: `${status} ${STATUS_CODES[status] ?? ''}: ${reason}\nrequest ${requestId}\n`,
  };
};

/** Answers a request ourselves. Does nothing once an answer has begun. */
export const answerSelf = (req: IncomingMessage, res: ServerResponse, answer: OwnAnswer): void => {
  if (res.headersSent || res.destroyed) return;
  const { type, text } = bodyOf(req, answer);
  const close = answer.close && req.httpVersion !== '2.0' ? { Connection: 'close' } : {};
  const length = String(Buffer.byteLength(text));
  res.writeHead(answer.status, {
    'Content-Type': type,
    'Content-Length': length,
    'X-Request-Id': answer.requestId,
    ...answer.fields,
    ...close,
  });
  res.end(req.method === 'HEAD' ? undefined : text);
};

/** The same on the bare socket of an upgrade, which is closed after it. */
export const answerOnSocket = (
  socket: NodeJS.WritableStream,
  { status, reason, requestId, fields = {} }: OwnAnswer,
): void => {
  const text = `${status} ${STATUS_CODES[status] ?? ''}: ${reason}\nrequest ${requestId}\n`;
  const all = {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(text)),
    'X-Request-Id': requestId,
    ...fields,
    Connection: 'close',
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\n${lines.join('')}\r\n${text}`);
};
