/** What becomes of bytes from a client. */
export interface RequestCase {
  readonly what: string;
  readonly bytes: string;
  /** Requests that reach the server, as `METHOD target content`. */
  readonly forwards: readonly string[];
  /** Behind those: the status of a refusal, after which the connection ends. */
  readonly refused?: number;
}

/** A table of cases: what, bytes, and the status of the refusal or what is forwarded (and the refusal behind it). */
export type RequestRows = readonly (readonly [
  what: string,
  bytes: string,
  expected: number | readonly string[],
  then?: number,
])[];

export const requestCases = (rows: RequestRows): readonly RequestCase[] =>
  rows.map(([what, bytes, expected, then]) =>
    typeof expected === 'number'
      ? { what, bytes, forwards: [], refused: expected }
      : { what, bytes, forwards: expected, ...(then === undefined ? {} : { refused: then }) },
  );

/** A request that somebody wants to hide in another. */
export const INSIDE = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';

/** A POST with these field lines and whatever follows the head. */
export const post = (lines: string, body: string): string =>
  `POST /outer HTTP/1.1\r\nHost: a\r\n${lines}\r\n${body}`;

/** A GET with these field lines. */
export const get = (lines: string): string => `GET /outer HTTP/1.1\r\nHost: a\r\n${lines}\r\n`;

/** A GET with this request line and a Host. */
export const line = (requestLine: string): string => `${requestLine}\r\nHost: a\r\n\r\n`;

/** A chunked POST. */
export const chunked = (body: string): string => post('Transfer-Encoding: chunked\r\n', body);

export const LAST = '0\r\n\r\n';
/** A body of one chunk. */
export const HELLO = `5\r\nhello\r\n${LAST}`;
/** What is forwarded of a POST with that content. */
export const OUTER = ['POST /outer hello'];
