import { type IncomingMessage, validateHeaderName, validateHeaderValue } from 'node:http';
import { eachField, FieldBuilder, type Fields, hopByHop, listOf } from './fields.ts';
import { isLoadReport } from './load-report.ts';
import { type Changes, change } from './rules.ts';

/** What is read of a server's answer. */
type AnswerHead = Pick<IncomingMessage, 'statusCode' | 'rawHeaders'> &
  Partial<Pick<IncomingMessage, 'httpVersion'>>;

/** What makes an answer one that cannot be passed on; undefined for a sound one. */
const answerFault = (answer: AnswerHead): string | undefined => {
  const { statusCode = 0, rawHeaders: raw } = answer;
  if (statusCode < 200 || statusCode > 999) return `status ${statusCode}`;
  const codings = listOf(raw, 'transfer-encoding');
  // RFC 9112, 6.1: whoever speaks HTTP/1.0 does not know chunked.
  if (codings.length > 0 && answer.httpVersion === '1.0') return 'a Transfer-Encoding on HTTP/1.0';
  return codings.length > 0 && codings.join() !== 'chunked'
    ? 'a Transfer-Encoding other than chunked'
    : undefined;
};

/** The decision on a request, which only this proxy may tell. */
export const DECISION_FIELD = 'X-Forehand-Decision';
const DECISION_LOWER = DECISION_FIELD.toLowerCase();

const isForUs = (lower: string): boolean => isLoadReport(lower) || lower === DECISION_LOWER;

/** Of these every hop says its own behind those before it; others of ours replace the server's. */
const APPENDED = new Set(['Server-Timing', 'Set-Cookie']);

/**
 * The fields of a server's answer that go to the client, each one checked before it is written: Node throws on a
 * control character. Undefined if the answer cannot be passed on. `changes` are those of the rules of the route; what
 * we say ourselves (`more`) stays.
 */
export const responseFields = (
  answer: AnswerHead,
  more: Readonly<Record<string, string>>,
  changes?: Changes,
): Fields | undefined => {
  if (answerFault(answer) !== undefined) return undefined;
  const isHop = hopByHop(answer.rawHeaders);
  const to = new FieldBuilder();
  // A 204 has no length (RFC 9110, 8.6).
  const isEmpty = answer.statusCode === 204;
  try {
    eachField(answer.rawHeaders, (lower, value, name) => {
      if (isHop(lower) || isForUs(lower) || (isEmpty && lower === 'content-length')) return;
      validateHeaderName(name);
      validateHeaderValue(name, value);
      to.add(name, value);
    });
  } catch {
    return undefined;
  }
  if (changes) change(to, changes);
  for (const [name, value] of Object.entries(more))
    if (APPENDED.has(name)) to.add(name, value);
    else to.set(name, value);
  return to.fields;
};

/** The server's reason phrase if it can be written; Node's own for that status otherwise. */
export const reasonOf = (answer: IncomingMessage): string | undefined => {
  const { statusMessage } = answer;
  return statusMessage && /^[\t\x20-\x7e\x80-\xff]+$/.test(statusMessage) ? statusMessage : undefined;
};
