import { METHODS } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MessageKind } from './corpus.ts';
import { type Forwarded, forwardRequest, forwardResponse } from './forward.ts';
import { type Reading, readByLlhttp } from './llhttp.ts';
import { messages } from './messages.ts';
import { fuzzOptions, fuzzTimeout } from './options.ts';

/** What stands behind a message on its connection. Whoever reads the message wrongly does not find it. */
const NEXT: Readonly<Record<MessageKind, Buffer>> = {
  request: Buffer.from('GET /next HTTP/1.1\r\nHost: s\r\n\r\n'),
  response: Buffer.from('HTTP/1.1 299 next\r\nContent-Length: 0\r\n\r\n'),
};
const END_OF_HEAD = Buffer.from('\r\n\r\n');
const FRAMING = ['host', 'content-length', 'transfer-encoding'];

/** Where llhttp refuses what we let through, and why we may. */
const isExempt = (bytes: Buffer, { error, messages: read }: Reading): boolean => {
  // Methods are open (RFC 9110, 16.1). llhttp knows a list of them.
  const method = /^(?:\r\n)?([^ \r\n]+) /.exec(bytes.toString('latin1'))?.[1] ?? '';
  if (error === 'HPE_INVALID_METHOD') return method !== '' && !METHODS.includes(method);
  // Framing fields among trailers: llhttp refuses them, we drop them (RFC 9110, 6.5.1).
  const isFraming = error === 'HPE_INVALID_CONTENT_LENGTH' || error === 'HPE_INVALID_TRANSFER_ENCODING';
  return isFraming && read.length === 1;
};

/** The fields that a proxy does not write itself, as llhttp reads them. */
const fieldsOf = (fields: readonly string[]): readonly string[] =>
  fields.flatMap((name, i) =>
    i % 2 === 1 || FRAMING.includes(name.toLowerCase())
      ? []
      : [name, (fields[i + 1] ?? '').replace(/[ \t]+$/, '')],
  );

const checkRefusal = (bytes: Buffer, forward: (bytes: Buffer) => Forwarded, reading: Reading): void => {
  const { error, messages: read } = reading;
  if (error === undefined || read[0]?.isComplete || isExempt(bytes, reading)) return;
  const ours = forward(bytes);
  if (read.length > 0 && ours.result > 0)
    expect(ours.fault, `llhttp refuses the body: ${error}`).not.toBe('');
  if (read.length > 0) return;
  expect(ours.result, `llhttp refuses the head: ${error}`).toBeLessThanOrEqual(0);
  expect(forward(Buffer.concat([bytes, END_OF_HEAD])).result, `and ${error} stays`).toBeLessThanOrEqual(0);
};

const checkReading = (ours: Forwarded, reading: Reading, where: string): void => {
  const [first] = reading.messages;
  expect(first?.isComplete, `${where}: complete`).toBe(true);
  expect(first?.content.toString('latin1'), `${where}: content`).toBe(ours.content.toString('latin1'));
};

/** What goes on to the next server or client is one message, and the next one follows it. */
const checkSent = (kind: MessageKind, ours: Forwarded, isHead: boolean): void => {
  if (ours.result <= 0) return;
  const isBroken = ours.fault !== '' || !ours.isComplete;
  const isLast = ours.isUntilClose || isBroken || ours.isSwitch;
  const sent = isLast ? ours.sent : Buffer.concat([ours.sent, NEXT[kind]]);
  const reading = readByLlhttp(kind, sent, { isHead, isClosed: ours.isUntilClose });
  if (isExempt(sent, reading)) return;
  const [first, second] = reading.messages;
  expect(reading.error).toBeUndefined();
  expect(fieldsOf(first?.fields ?? [])).toEqual(ours.fields);
  if (isBroken) expect(first?.isComplete, 'a broken message has no end').toBe(false);
  else checkReading(ours, reading, 'sent');
  if (!isLast) expect([reading.messages.length, second?.isComplete], 'the next message').toEqual([2, true]);
};

/** Who stood before us and reads as llhttp does saw the same message. */
const checkReceived = (bytes: Buffer, ours: Forwarded, reading: Reading): void => {
  const [first] = reading.messages;
  const isUnknown = first === undefined || first.isUpgrade || ours.isUntilClose;
  if (ours.result <= 0 || ours.fault !== '' || !ours.isComplete || isUnknown) return;
  if (isExempt(bytes, reading)) return;
  checkReading(ours, reading, 'received');
};

describe('beside llhttp', () => {
  it(
    'refuses every request that llhttp refuses, and forwards what llhttp reads in the same way',
    () => {
      fc.assert(
        fc.property(messages('request'), (text) => {
          const bytes = Buffer.from(text, 'latin1');
          const reading = readByLlhttp('request', bytes);
          const ours = forwardRequest(bytes);
          checkRefusal(bytes, forwardRequest, reading);
          checkReceived(bytes, ours, reading);
          checkSent('request', ours, false);
        }),
        fuzzOptions(1 / 2),
      );
    },
    fuzzTimeout,
  );

  it(
    'refuses every response that llhttp refuses, and forwards what llhttp reads in the same way',
    () => {
      fc.assert(
        fc.property(messages('response'), fc.boolean(), (text, isHead) => {
          const bytes = Buffer.from(text, 'latin1');
          const reading = readByLlhttp('response', bytes, { isHead });
          const ours = forwardResponse(bytes, isHead);
          checkRefusal(bytes, (one) => forwardResponse(one, isHead), reading);
          checkReceived(bytes, ours, reading);
          checkSent('response', ours, isHead);
        }),
        fuzzOptions(1 / 2),
      );
    },
    fuzzTimeout,
  );
});
