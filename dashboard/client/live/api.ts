/** Questions to the admin API of the proxy that this page came from. */

/** Longest wait for an answer, ms. */
const TIME_LIMIT_MS = 10_000;

/** The API said no. `status` is 0 where nobody answered. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** The message of the API's error JSON; else the status. */
const messageIn = (body: unknown, status: number): string => {
  const error = isRecord(body) && isRecord(body['error']) ? body['error'] : {};
  return typeof error['message'] === 'string' ? error['message'] : `the proxy answered ${status}`;
};

const send = async (path: string, init: RequestInit): Promise<Response> => {
  try {
    return await fetch(path, { ...init, signal: AbortSignal.timeout(TIME_LIMIT_MS) });
  } catch {
    throw new ApiError(0, 'the proxy does not answer');
  }
};

const bodyOf = async (response: Response): Promise<unknown> => {
  try {
    return response.status === 204 ? null : await response.json();
  } catch {
    throw new ApiError(response.status, `the proxy answered ${response.status}, and not with JSON`);
  }
};

/**
 * Asks a path and gives what it answers: the types in views.ts say what, and the same build wrote both ends.
 * Throws an ApiError. `taken`: statuses besides 2xx whose body is an answer.
 */
export const ask = async <Answer>(
  path: string,
  init: RequestInit = {},
  taken: readonly number[] = [],
): Promise<Answer> => {
  const response = await send(path, init);
  const body = await bodyOf(response);
  if (!response.ok && !taken.includes(response.status))
    throw new ApiError(response.status, messageIn(body, response.status));
  return body as Answer;
};

/** A POST of JSON. */
export const post = <Answer>(path: string, body: unknown, taken: readonly number[] = []): Promise<Answer> =>
  ask(
    path,
    { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
    taken,
  );

/** What was wrong, for people. */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);
