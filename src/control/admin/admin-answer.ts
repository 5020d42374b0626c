/** What the admin listener answers: always whole, so that its length is known and HEAD needs no second way. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Buffer;
  /** The methods that the path knows, for 405. */
  readonly allow?: string;
  /** Further fields, such as WWW-Authenticate, Set-Cookie and Retry-After; a list is a field for each. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** The body in brotli. */
  readonly br?: Buffer;
  /** Names this very body, in quotes; then clients may keep it. */
  readonly etag?: string;
}

export const jsonAnswer = (value: unknown, status = 200): Answer => ({
  status,
  contentType: 'application/json; charset=utf-8',
  body: `${JSON.stringify(value)}\n`,
});

export const textAnswer = (text: string, status = 200): Answer => ({
  status,
  contentType: 'text/plain; charset=utf-8',
  body: text,
});

/** `code` is for programs and stays the same between versions; `message` is for people. */
export const errorAnswer = (status: number, code: string, message: string): Answer =>
  jsonAnswer({ error: { code, message } }, status);
