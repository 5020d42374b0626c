/** What becomes of bytes from a server. */
export interface ResponseCase {
  readonly what: string;
  readonly bytes: string;
  /** The server closes its connection behind them. */
  readonly ends: boolean;
  readonly method: 'GET' | 'HEAD';
  /** Answers that the client gets, interim ones too, as `STATUS content`; the last is a 502 where the proxy refuses. */
  readonly answers: readonly string[];
  /** The last of them breaks off, and so does the connection. */
  readonly isCut: boolean;
}

type Facts = Partial<Pick<ResponseCase, 'ends' | 'method' | 'isCut'>>;

/** A table of cases: what, bytes, and 502 or what the client gets. */
export type ResponseRows = readonly (readonly [
  what: string,
  bytes: string,
  expected: 502 | readonly string[],
  facts?: Facts,
])[];

export const responseCases = (rows: ResponseRows): readonly ResponseCase[] =>
  rows.map(([what, bytes, expected, facts]) => ({
    what,
    bytes,
    ends: false,
    method: 'GET',
    isCut: false,
    answers: expected === 502 ? ['502'] : expected,
    ...facts,
  }));

/** A 200 with these field lines and whatever follows the head. */
export const ok = (lines: string, body = ''): string => `HTTP/1.1 200 OK\r\n${lines}\r\n${body}`;

export const LAST = '0\r\n\r\n';
export const HELLO = `5\r\nhello\r\n${LAST}`;
export const OK = ['200 hello'];
/** An answer that somebody wants to hide in or behind another. */
export const EVIL = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil';
