import { type IncomingMessage, request } from 'node:http';
import { formatDuration } from '../core/options.ts';
import {
  type Check,
  type CheckPlace,
  type CheckResult,
  type HttpQuestion,
  type StatusRange,
  statusText,
} from './check-spec.ts';
import { faultResult } from './fault-text.ts';
import { openSocket } from './open-socket.ts';

/** So much of a body is searched. */
export const MAX_BODY_BYTES = 65_536;
/** Largest head of an answer, in bytes. */
const MAX_HEAD_BYTES = 16_384;

const isAmong = (status: number, ranges: readonly StatusRange[]): boolean =>
  ranges.some(([from, to]) => status >= from && status <= to);

/** Reads until the text has come, there is no more, or enough was read. */
const searchBody = (answer: IncomingMessage, text: string, found: (isThere: boolean) => void): void => {
  const wanted = Buffer.from(text);
  let read = Buffer.alloc(0);
  answer.on('data', (piece: Buffer) => {
    read = Buffer.concat([read, piece]).subarray(0, MAX_BODY_BYTES);
    if (read.includes(wanted)) found(true);
    else if (read.length >= MAX_BODY_BYTES) found(false);
  });
  answer.on('end', () => found(false));
};

/** Looks at an answer; `done` may be called more than once. */
const judge = (
  answer: IncomingMessage,
  { statuses, body }: HttpQuestion,
  done: (isGood: boolean, text: string) => void,
): void => {
  const status = answer.statusCode ?? 0;
  if (!isAmong(status, statuses)) done(false, `${status} instead of ${statusText(statuses)}`);
  else if (body === undefined) done(true, String(status));
  else
    searchBody(answer, body, (isThere) =>
      done(isThere, isThere ? String(status) : `${status} without ${JSON.stringify(body)} in its body`),
    );
};

/** Asks once over HTTP/1.1, on a connection of its own that is closed behind it. */
export const askHttp = (place: CheckPlace, question: HttpQuestion): Check => {
  const { method, path, headers } = question;
  const { socket, ready } = openSocket(place);
  const startedAt = performance.now();
  let limit: NodeJS.Timeout | undefined;
  const result = new Promise<CheckResult>((resolve) => {
    const end = (found: CheckResult): void => {
      clearTimeout(limit);
      resolve(found);
      socket.destroy();
    };
    const done = (isGood: boolean, text: string): void => {
      const took = ` in ${Math.round(performance.now() - startedAt)} ms`;
      end({ isGood, isRefused: false, text: isGood ? `${text}${took}` : text });
    };
    limit = setTimeout(
      () => done(false, `no answer within ${formatDuration(place.timeout)}`),
      place.timeout,
    ).unref();
    const asked = request({
      method,
      path,
      headers: { ...headers, connection: 'close' },
      maxHeaderSize: MAX_HEAD_BYTES,
      createConnection: () => socket,
    });
    asked.on('response', (answer) => {
      answer.on('error', (error) => end(faultResult(error)));
      judge(answer, question, done);
    });
    asked.on('error', (error) => end(faultResult(error)));
    socket.on('error', (error) => end(faultResult(error)));
    socket.on('close', () => done(false, 'closed without an answer'));
    socket.once(ready, () => asked.end());
  });
  return { result, cancel: () => void socket.destroy() };
};
