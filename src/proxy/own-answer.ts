import { STATUS_CODES } from 'node:http';

/** What we say ourselves, in place of a server. Never names one. */
export interface OwnAnswer {
  readonly status: number;
  /** One short sentence for the client. */
  readonly reason: string;
  /** Whole field lines, each with CRLF. */
  readonly fields?: string;
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

/** The bytes of an answer of our own. @param date a whole Date line with CRLF. */
export const ownAnswer = (answer: OwnAnswer, request: AnsweredRequest, date: string): Buffer => {
  const text = textOf(answer, request);
  const { status, fields = '' } = answer;
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`,
    `Content-Type: ${request.wantsJson ? 'application/json' : 'text/plain; charset=utf-8'}\r\n`,
    `Content-Length: ${Buffer.byteLength(text)}\r\n`,
    request.requestId === '' ? '' : `X-Request-Id: ${request.requestId}\r\n`,
    fields,
    date,
    request.close ? 'Connection: close\r\n' : request.keepAlive10 ? 'Connection: keep-alive\r\n' : '',
    '\r\n',
  ].join('');
  const headBytes = Buffer.from(head, 'latin1');
  return request.isHead ? headBytes : Buffer.concat([headBytes, Buffer.from(text)]);
};
