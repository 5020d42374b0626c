import { expect } from 'vitest';
import { answerWith, becomes502, type Duty, get, OK, statusOf, valuesOf } from './hop.ts';

const OLD = 'GET / HTTP/1.0\r\n\r\n';
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';

/** What an intermediary owes to answers. */
export const ANSWER_DUTIES: readonly Duty[] = [
  [
    'RFC 9112, 2.3',
    'MUST',
    'sends its own version: an answer of HTTP/1.0 goes on as HTTP/1.1',
    async (hop) => {
      const { answer } = await hop(get(), OK.replace('1.1', '1.0'));
      expect(answer?.startLine).toBe('HTTP/1.1 200 OK');
    },
  ],
  [
    'RFC 9112, 4',
    'FEATURE',
    'keeps the reason phrase',
    async (hop) => {
      expect(
        (await hop(get(), answerWith('Content-Length: 0\r\n', '', '200 Very \xe9 Well'))).answer?.startLine,
      ).toBe('HTTP/1.1 200 Very \xe9 Well');
    },
  ],
  [
    'RFC 9112, 4',
    'MUST',
    'sends the blank behind the status that a server has left out',
    async (hop) => {
      expect((await hop(get(), 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n')).answer?.startLine).toBe(
        'HTTP/1.1 200 ',
      );
    },
  ],
  [
    'RFC 9110, 15',
    'MUST',
    'passes on a status that it does not know',
    async (hop) => {
      expect((await hop(get(), answerWith('Content-Length: 0\r\n', '', '471 X'))).status).toBe(471);
    },
  ],
  [
    'RFC 9110, 5.1',
    'MUST',
    'passes fields on that it does not know',
    async (hop) => {
      const { answer } = await hop(get(), answerWith('X-Unknown: 1\r\nContent-Length: 0\r\n'));
      expect(valuesOf(answer, 'x-unknown')).toEqual(['1']);
    },
  ],
  [
    'RFC 9110, 5.3',
    'MUST',
    'keeps lines of Set-Cookie apart and in their order',
    async (hop) => {
      const { answer } = await hop(
        get(),
        answerWith('Set-Cookie: a=1\r\nX: y\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n'),
      );
      expect(valuesOf(answer, 'set-cookie')).toEqual(['a=1', 'b=2']);
    },
  ],
  [
    'RFC 9110, 5.5',
    'MUST',
    'passes on no control characters of a server',
    (hop) => becomes502(hop, answerWith('X: a\0b\r\nContent-Length: 0\r\n')),
  ],
  [
    'RFC 9112, 2.2',
    'MUST',
    'refuses a bare CR in an answer',
    (hop) => becomes502(hop, answerWith('X: a\rb\r\nContent-Length: 0\r\n')),
  ],
  [
    'RFC 9112, 5.1',
    'MUST',
    'passes on no white space before a colon',
    (hop) => becomes502(hop, answerWith('X : y\r\nContent-Length: 0\r\n')),
  ],
  [
    'RFC 9112, 5.2',
    'MUST',
    'passes on no line folding',
    (hop) => becomes502(hop, answerWith('X: y\r\n z\r\nContent-Length: 0\r\n')),
  ],
  [
    'RFC 9110, 6.6.1',
    'MUST',
    'adds Date where a server has sent none',
    async (hop) => {
      const [date = ''] = valuesOf((await hop(get())).answer, 'date');
      expect(date).toMatch(/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/);
      expect(Math.abs(Date.parse(date) - Date.now())).toBeLessThan(60_000);
    },
  ],
  [
    'RFC 9110, 6.6.1',
    'MUST',
    'leaves the Date of a server as it is',
    async (hop) => {
      const date = 'Mon, 01 Jan 2024 00:00:00 GMT';
      expect(
        valuesOf((await hop(get(), answerWith(`Date: ${date}\r\nContent-Length: 0\r\n`))).answer, 'date'),
      ).toEqual([date]);
    },
  ],
  [
    'RFC 9110, 7.7',
    'MUST',
    'leaves fields that describe the content as they are',
    async (hop) => {
      const lines =
        'ETag: "x"\r\nLast-Modified: Mon, 01 Jan 2024 00:00:00 GMT\r\nContent-Encoding: gzip\r\nContent-Location: /x\r\nExpires: 0\r\n';
      const { answer } = await hop(get(), answerWith(`${lines}Content-Length: 0\r\n`));
      for (const line of lines.trimEnd().split('\r\n')) {
        const [name = '', value = ''] = line.split(': ');
        expect(valuesOf(answer, name.toLowerCase())).toEqual([value]);
      }
    },
  ],
  [
    'RFC 9110, 10.2.4',
    'SHOULD',
    'leaves Server as it is',
    async (hop) => {
      expect(
        valuesOf((await hop(get(), answerWith('Server: x/1\r\nContent-Length: 0\r\n'))).answer, 'server'),
      ).toEqual(['x/1']);
    },
  ],
  [
    'RFC 9110, 11.6.1',
    'MUST',
    'leaves WWW-Authenticate as it is',
    async (hop) => {
      const { answer } = await hop(
        get(),
        answerWith('WWW-Authenticate: Basic realm="x", Bearer\r\nContent-Length: 0\r\n', '', '401 U'),
      );
      expect(valuesOf(answer, 'www-authenticate')).toEqual(['Basic realm="x", Bearer']);
    },
  ],
  [
    'RFC 9110, 15.2',
    'MUST',
    'relays 100',
    async (hop) => {
      expect((await hop(get(), CONTINUE + OK)).answers.map(statusOf)).toEqual([100, 200]);
    },
  ],
  [
    'RFC 9110, 15.2',
    'MUST',
    'relays several interim answers, unknown ones too',
    async (hop) => {
      const { answers } = await hop(
        get(),
        `${CONTINUE}HTTP/1.1 102 P\r\n\r\nHTTP/1.1 199 X\r\nX: y\r\n\r\n${OK}`,
      );
      expect(answers.map(statusOf)).toEqual([100, 102, 199, 200]);
    },
  ],
  [
    'RFC 9110, 15.2',
    'MUST',
    'sends no interim answer to HTTP/1.0',
    async (hop) => {
      expect((await hop(OLD, CONTINUE + OK)).answers.map(statusOf)).toEqual([200]);
    },
  ],
  [
    'RFC 8297, 2',
    'FEATURE',
    'relays 103 with its fields',
    async (hop) => {
      const { answers } = await hop(
        get(),
        `HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n${OK}`,
      );
      expect(valuesOf(answers[0], 'link')).toEqual(['</a.css>; rel=preload']);
    },
  ],
  ['RFC 9110, 15.6.3', 'MUST', 'answers 502 to what is no answer', (hop) => becomes502(hop, 'hello\r\n\r\n')],
  [
    'RFC 9110, 15.6.5',
    'FEATURE',
    'answers 504 where no answer comes in time',
    async (hop) => {
      const { status } = await hop(get(), '', {
        engine: { timeouts: { responseHeaders: 50 }, retry: { attempts: 0, budget: 0 } },
      });
      expect(status).toBe(504);
    },
  ],
];
