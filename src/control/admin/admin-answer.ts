/** What the admin listener answers: always whole, so that its length is known and HEAD needs no second way. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Buffer;
  /** The methods that the path knows, for 405. */
  readonly allow?: string;
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
