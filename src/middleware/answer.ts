import { type IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** What we say ourselves, in place of a server. Never names one. */
export interface OwnAnswer {
  readonly status: number;
  /** One short sentence for the client. */
  readonly reason: string;
  readonly requestId: string;
  readonly fields?: Readonly<Record<string, string | readonly string[]>>;
  /** The content, whose Content-Type then is among the fields; without one, a short text or JSON says the reason. */
  readonly body?: Uint8Array;
  /** The connection cannot be used for another request: part of this one has not been read. */
  readonly close?: boolean;
}

/** What we say of a fault of our own. */
export const FAULT = { status: 500, reason: 'the proxy has failed at this request' } as const;

/** How long a client that still sends may go on before its connection is closed: else a reset overtakes the answer. */
const LINGER_MS = 1000;

/** Connections whose last answer has begun. */
const closing = new WeakSet<Duplex>();

const wantsJson = (req: IncomingMessage): boolean =>
  /\bapplication\/(?:[\w.+-]+\+)?json\b/i.test(req.headers.accept ?? '');

const bodyOf = (
  req: IncomingMessage,
  { status, reason, requestId, body }: OwnAnswer,
): { type: Readonly<Record<string, string>>; content: string | Uint8Array } => {
  if (body) return { type: {}, content: body };
  if (wantsJson(req))
    return {
      type: { 'Content-Type': 'application/json' },
      content: `${JSON.stringify({ error: { status, reason, requestId } })}\n`,
    };
  return {
    type: { 'Content-Type': 'text/plain; charset=utf-8' },
    content: `${status} ${STATUS_CODES[status] ?? ''}: ${reason}\nrequest ${requestId}\n`,
  };
};

/** Without content, and without a length (RFC 9110, 8.6); 205 says a length of 0. */
const isBare = (status: number): boolean => status < 200 || status === 204 || status === 304;

const setAll = (res: ServerResponse, fields: OwnAnswer['fields'] = {}): void => {
  for (const [name, value] of Object.entries(fields)) res.setHeader(name, value);
};

/** Sends the head of an answer of our own; gives its content. */
const writeOwnHead = (
  req: IncomingMessage,
  res: ServerResponse,
  answer: OwnAnswer,
  close: boolean,
): string | Uint8Array => {
  const { status } = answer;
  const { type, content } = bodyOf(req, answer);
  const isEmpty = isBare(status) || status === 205;
  if (!isBare(status))
    setAll(res, { ...type, 'Content-Length': String(isEmpty ? 0 : Buffer.byteLength(content)) });
  setAll(res, { 'X-Request-Id': answer.requestId });
  setAll(res, answer.fields);
  if (close) res.setHeader('Connection', 'close');
  res.writeHead(status);
  return isEmpty || req.method === 'HEAD' ? '' : content;
};

/** Answers a request ourselves; gives the bytes of content. Does nothing once an answer has begun. */
export const answerSelf = (req: IncomingMessage, res: ServerResponse, answer: OwnAnswer): number => {
  if (res.headersSent || res.destroyed) return 0;
  const close = answer.close === true && req.httpVersion !== '2.0';
  const content = writeOwnHead(req, res, answer, close);
  if (close) closeBehind(req.socket);
  res.end(content);
  return Buffer.byteLength(content);
};

/** Ends a socket so that what was written arrives, whatever the other side still sends or never ends. */
export const closeGently = (socket: Duplex): void => {
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
  socket.once('end', () => socket.destroy());
  // Who waits for `readable` keeps a stream from flowing.
  socket.removeAllListeners('readable');
  socket.end();
  socket.resume();
};

const isParseError = (error: NodeJS.ErrnoException | undefined): boolean =>
  error?.code?.startsWith('HPE_') === true;

/**
 * For an answer that says `Connection: close`: its connection is closed gently behind it. Node would destroy it, as
 * soon as the answer is written or if what follows cannot be parsed. With bytes unread that is a reset, which can
 * overtake the answer.
 */
export const closeBehind = (socket: Socket): void => {
  if (closing.has(socket)) return;
  closing.add(socket);
  const { destroy } = socket;
  let ended = false;
  const end = (): void => {
    if (ended) return;
    ended = true;
    closeGently(socket);
  };
  socket.destroySoon = end;
  socket.destroy = (error?: Error) => {
    if (!isParseError(error)) return destroy.call(socket, error);
    end();
    return socket;
  };
};

/** True from an answer on behind which the connection closes: what comes then is no request (RFC 9112, 9.6). */
export const isClosing = (socket: Duplex): boolean => closing.has(socket);

/**
 * True while an answer has the socket. What is written past it would be read as part of that answer. Node's own
 * handler of client errors looks at the same field.
 */
export const hasAnswer = (socket: Duplex & { readonly _httpMessage?: unknown }): boolean =>
  socket._httpMessage !== undefined && socket._httpMessage !== null;

/** An answer on the bare socket of an upgrade, which is closed behind it. */
export const answerOn = (req: IncomingMessage, socket: Duplex): ServerResponse => {
  const res = new ServerResponse(req);
  res.shouldKeepAlive = false;
  res.assignSocket(socket as Socket);
  // Node passes `drain` on for sockets that it still parses only.
  socket.on('drain', () => res.emit('drain'));
  res.once('finish', () => closeGently(socket));
  return res;
};
