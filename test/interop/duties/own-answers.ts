import { expect } from 'vitest';
import { type Duty, get, post, valuesOf } from './hop.ts';

const BAD = 'Host: b\r\n';
const NO_ROUTE = { engine: { match: { host: 'other' } } };
const SILENT = { engine: { timeouts: { requestHeaders: 20 } } };

/** What an intermediary owes to clients that it answers itself. */
export const OWN_ANSWER_DUTIES: readonly Duty[] = [
  [
    'RFC 9110, 6.6.1',
    'MUST',
    'dates its own answers',
    async (hop) => {
      expect(valuesOf((await hop(get(), '', NO_ROUTE)).answer, 'date')).toEqual([
        expect.stringMatching(/ GMT$/),
      ]);
      expect(valuesOf((await hop(get(BAD))).answer, 'date')).toEqual([expect.stringMatching(/ GMT$/)]);
    },
  ],
  [
    'RFC 9110, 9.3.2',
    'MUST',
    'sends no content to HEAD where it answers itself',
    async (hop) => {
      const { text, status } = await hop('HEAD / HTTP/1.1\r\nHost: a\r\n\r\n', '', NO_ROUTE);
      expect(status).toBe(404);
      expect(text).toMatch(/\r\n\r\n$/);
    },
  ],
  [
    'RFC 9110, 9.3.2',
    'MUST',
    'sends no content to HEAD that it refuses',
    async (hop) => {
      const { text, status } = await hop(`HEAD / HTTP/1.1\r\nHost: a\r\n${BAD}\r\n`);
      expect(status).toBe(400);
      expect(text).toMatch(/\r\n\r\n$/);
    },
  ],
  [
    'RFC 9110, 15.5.6',
    'MUST',
    'names the methods that it takes in a 405',
    async (hop) => {
      const { answer } = await hop('CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n');
      expect(valuesOf(answer, 'allow')).toEqual([expect.stringMatching(/\bGET\b/)]);
    },
  ],
  [
    'RFC 9110, 15.5',
    'SHOULD',
    'explains what a client has done wrong',
    async (hop) => {
      const { answer } = await hop(get(BAD));
      expect(answer?.content).toMatch(/^400 Bad Request: there are several Host fields\n/);
    },
  ],
  [
    'RFC 9110, 15.6',
    'SHOULD',
    'explains what is wrong with a server, without naming it',
    async (hop) => {
      const { answer, witness } = await hop(get(), 'hello\r\n\r\n');
      expect(answer?.content).toMatch(/^502 Bad Gateway: the server gave no valid answer\n/);
      expect(answer?.content).not.toContain(String(witness.backend.port));
    },
  ],
  [
    'RFC 9110, 15.5.9',
    'SHOULD',
    'says close with a 408',
    async (hop) => {
      const { answer, status } = await hop('GET / HTTP/1.1\r\nHost: a\r\n', '', SILENT);
      expect([status, valuesOf(answer, 'connection')]).toEqual([408, ['close']]);
    },
  ],
  [
    'RFC 9110, 10.1.1',
    'SHOULD',
    'says close where the answer comes before the content',
    async (hop) => {
      const request = post('Expect: 100-continue\r\nContent-Length: 5\r\n', '');
      const { answer } = await hop(request, '', NO_ROUTE);
      expect(valuesOf(answer, 'connection')).toEqual(['close']);
    },
  ],
  [
    'RFC 9112, 7.1.1',
    'SHOULD',
    'sets a limit to chunk extensions',
    async (hop) => {
      const chunks = `5;${'x'.repeat(8192)}\r\nhello\r\n0\r\n\r\n`;
      expect((await hop(post('Transfer-Encoding: chunked\r\n', chunks))).status).toBe(400);
    },
  ],
  [
    'RFC 9112, 9.6',
    'SHOULD',
    'reads on behind its last answer, so that a client that still sends gets it',
    async (hop) => {
      const { client, text } = await hop(`${get(BAD)}${'x'.repeat(500_000)}`);
      expect(text).toMatch(/^HTTP\/1\.1 400 /);
      expect((await client.closed()).reset).toBe(false);
    },
  ],
  [
    'RFC 9110, 7.6.3',
    'SHOULD',
    'tells servers no name of its machine',
    async (hop) => {
      const { request } = await hop(get());
      expect(valuesOf(request, 'via')).toEqual(['1.1 forehand']);
    },
  ],
  [
    'RFC 9110, 15.6.4',
    'FEATURE',
    'says with a 503 when to come again',
    async (hop) => {
      const { answer, status } = await hop(get(), '', { engine: { limits: { inFlight: 0 } } });
      expect([status, valuesOf(answer, 'retry-after')]).toEqual([503, ['1']]);
    },
  ],
];
