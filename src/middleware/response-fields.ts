import { type IncomingMessage, validateHeaderName, validateHeaderValue } from 'node:http';
import { addField, eachField, type Fields, hopByHop, listOf } from './fields.ts';

/** What makes an answer one that cannot be passed on; undefined for a sound one. */
const answerFault = (answer: IncomingMessage): string | undefined => {
  const { statusCode = 0, rawHeaders: raw } = answer;
  if (statusCode < 200 || statusCode > 999) return `status ${statusCode}`;
  const codings = listOf(raw, 'transfer-encoding');
  return codings.length > 0 && codings.join() !== 'chunked'
    ? 'a Transfer-Encoding other than chunked'
    : undefined;
};

/**
 * The fields of a server's answer that go to the client, each one checked before it is written: Node throws on a
 * control character. Undefined if the answer cannot be passed on.
 */
export const responseFields = (
  answer: IncomingMessage,
  more: Readonly<Record<string, string>>,
): Fields | undefined => {
  if (answerFault(answer) !== undefined) return undefined;
  const isHop = hopByHop(answer.rawHeaders);
  const fields: Fields = {};
  try {
    eachField(answer.rawHeaders, (lower, value, name) => {
      if (isHop(lower)) return;
      validateHeaderName(name);
      validateHeaderValue(name, value);
      addField(fields, name, value);
    });
  } catch {
    return undefined;
  }
  for (const [name, value] of Object.entries(more)) {
    for (const known of Object.keys(fields))
      if (known.toLowerCase() === name.toLowerCase()) delete fields[known];
    fields[name] = value;
  }
  return fields;
};

/** The server's reason phrase if it can be written; Node's own for that status otherwise. */
export const reasonOf = (answer: IncomingMessage): string | undefined => {
  const { statusMessage } = answer;
  return statusMessage && /^[\t\x20-\x7e\x80-\xff]+$/.test(statusMessage) ? statusMessage : undefined;
};
