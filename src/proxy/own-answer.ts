import { STATUS_CODES } from 'node:http';

/** What we say ourselves, in place of a server. Never names one. */
export interface OwnAnswer {
  readonly status: number;
  /** One short sentence for the client. */
  readonly reason: string;
  /** Whole field lines, each with CRLF. */
  readonly fields?: string;
  /** The content, whose Content-Type then stands in `fields`; without one, a short text or JSON says the reason. */
  readonly body?: Uint8Array;
  /** To what is no request any more: it stays this short, whatever rules would have said. */
  readonly isShort?: boolean;
}

/** An answer as it is sent. `content` is empty where none is; it may be what the answer was given, and stays as it is. */
export interface OwnBytes {
  readonly head: Buffer;
  readonly content: Uint8Array;
}

/** What of the request an own answer depends on. */
export interface AnsweredRequest {
  readonly requestId: string;
  readonly isHead: boolean;
  /** The client would rather have JSON. */
  readonly wantsJson: boolean;
  /** The connection ends behind this answer. */
  readonly close: boolean;
  /** The client speaks HTTP/1.0 and has asked to keep its connection. */
  readonly keepAlive10: boolean;
}

const textOf = ({ status, reason }: OwnAnswer, { requestId, wantsJson }: AnsweredRequest): string => {
  if (wantsJson) return `${JSON.stringify({ error: { status, reason, requestId } })}\n`;
  const request = requestId === '' ? '' : `request ${requestId}\n`;
  return `${status} ${STATUS_CODES[status] ?? ''}: ${reason}\n${request}`;
};

/** True where an Accept value asks for JSON. */
export const asksForJson = (accept: string | undefined): boolean =>
  accept !== undefined && /\bapplication\/(?:[\w.+-]+\+)?json\b/i.test(accept);

const NOTHING = new Uint8Array(0);

/** Without content, and without a length (RFC 9110, 8.6; 304 may have one, that of an answer which we do not know). */
const isBare = (status: number): boolean => status < 200 || status === 204 || status === 304;

/** What the fields say of the content, and the content for who gets it. 205 has none (RFC 9110, 15.3.6). */
const contentOf = (
  answer: OwnAnswer,
  request: AnsweredRequest,
): readonly [lines: string, content: Uint8Array] => {
  const { status, body, fields = '' } = answer;
  if (isBare(status)) return ['', NOTHING];
  if (status === 205) return ['Content-Length: 0\r\n', NOTHING];
  const content = body ?? Buffer.from(textOf(answer, request));
  const type = request.wantsJson ? 'application/json' : 'text/plain; charset=utf-8';
  const hasType = body !== undefined || /^content-type:/im.test(fields);
  const lines = `${hasType ? '' : `Content-Type: ${type}\r\n`}Content-Length: ${content.length}\r\n`;
  return [lines, request.isHead ? NOTHING : content];
};

/** An answer of our own in two parts. @param date a whole Date line with CRLF. */
export const ownBytes = (answer: OwnAnswer, request: AnsweredRequest, date: string): OwnBytes => {
  const { status, fields = '' } = answer;
  const [lines, content] = contentOf(answer, request);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`,
    lines,
    request.requestId === '' ? '' : `X-Request-Id: ${request.requestId}\r\n`,
    fields,
    date,
    request.close ? 'Connection: close\r\n' : request.keepAlive10 ? 'Connection: keep-alive\r\n' : '',
    '\r\n',
  ].join('');
  return { head: Buffer.from(head, 'latin1'), content };
};

/** The bytes of an answer of our own, for one that is short. */
export const ownAnswer = (answer: OwnAnswer, request: AnsweredRequest, date: string): Buffer => {
  const { head, content } = ownBytes(answer, request, date);
  return Buffer.concat([head, content]);
};
