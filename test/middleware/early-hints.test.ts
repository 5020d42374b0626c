import type { ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { sendEarlyHints } from '../../src/middleware/early-hints.ts';
import { anAnswer, anIncoming } from '../support/an-incoming.ts';

const hinted = (status: number, raw: readonly string[], version = '1.1'): readonly string[] => {
  const sent: string[] = [];
  const res = anAnswer(anIncoming({ version })) as ServerResponse & { _writeRaw(text: string): boolean };
  res._writeRaw = (text) => sent.push(text) > 0;
  sendEarlyHints(res, status, raw);
  return sent;
};

it('passes on the links of a 103', () => {
  expect(
    hinted(103, ['Link', '</a.css>; rel=preload, <b.js>;rel="preload";as=script', 'link', '</c>; rel=x']),
  ).toEqual([
    'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload, <b.js>;rel="preload";as=script, </c>; rel=x\r\n\r\n',
  ]);
});

it.each([
  ['another status', 102, ['Link', '</a>; rel=x'], '1.1'],
  ['a client of HTTP/1.0', 103, ['Link', '</a>; rel=x'], '1.0'],
  ['no link', 103, ['X-A', '1'], '1.1'],
  ['a broken link', 103, ['Link', 'a'], '1.1'],
  ['a link with an open quote', 103, ['Link', '</a>; rel="x'], '1.1'],
  ['a link with a line feed', 103, ['Link', '</a>; rel="x\ny"'], '1.1'],
])('%s: nothing is sent, nothing is thrown', (_, status, raw, version) => {
  expect(hinted(status, raw, version)).toEqual([]);
});
