import { METHODS } from 'node:http';
import { expect } from 'vitest';
import { readByLlhttp } from '../http1/fuzz/llhttp.ts';
import { readStrictly, type StrictMessage, type StrictOptions } from './read-strictly.ts';

/** Content that both readers found, and whether it was all there. */
const gist = ({ content, isComplete }: { content: string; isComplete: boolean }): string =>
  `${isComplete ? 'whole' : 'cut'} ${content}`;

const hasUnknownMethod = (messages: readonly StrictMessage[]): boolean =>
  messages.some(({ startLine }) => !METHODS.includes(startLine.split(' ', 1)[0] ?? ''));

/**
 * Reads what we sent on one connection with Node's strict parser and with our own, and expects both to find the same
 * messages and nothing to object to. Gives the messages.
 */
export const oneReading = (
  kind: 'request' | 'response',
  text: string,
  options: StrictOptions = {},
): readonly StrictMessage[] => {
  const ours = readStrictly(kind, text, options);
  expect(ours.fault, `read strictly: ${JSON.stringify(text.slice(0, 2000))}`).toBeUndefined();
  // Methods are open (RFC 9110, 16.1); llhttp knows a list of them.
  if (kind === 'request' && hasUnknownMethod(ours.messages)) return ours.messages;
  const theirs = readByLlhttp(kind, Buffer.from(text, 'latin1'), options);
  const isCut = ours.rest !== '' || ours.messages.at(-1)?.isComplete === false;
  if (!isCut) expect(theirs.error, `llhttp: ${JSON.stringify(text.slice(0, 2000))}`).toBeUndefined();
  const read = theirs.messages.map(({ content, isComplete }) =>
    gist({ content: content.toString('latin1'), isComplete }),
  );
  const isSwitch = theirs.messages.at(-1)?.isUpgrade === true;
  expect(read).toEqual(ours.messages.slice(0, isSwitch ? read.length : undefined).map(gist));
  return ours.messages;
};
