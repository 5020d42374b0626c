import { describe, expect, it } from 'vitest';
import { asksForJson, ownAnswer } from '../../src/proxy/own-answer.ts';

const REQUEST = { requestId: 'id-1', isHead: false, wantsJson: false, close: false, keepAlive10: false };
const DATE = 'Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n';
const said = (answer: Parameters<typeof ownAnswer>[0], request: Partial<typeof REQUEST> = {}): string =>
  ownAnswer(answer, { ...REQUEST, ...request }, DATE).toString();

describe('an answer of our own', () => {
  it('says in text what has happened, and which request it was', () => {
    expect(said({ status: 404, reason: 'no route matches' })).toBe(
      'HTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 45\r\n' +
        `X-Request-Id: id-1\r\n${DATE}\r\n404 Not Found: no route matches\nrequest id-1\n`,
    );
  });

  it('says it in JSON to who would rather have that', () => {
    const [, body = ''] = said({ status: 503, reason: 'a "reason"' }, { wantsJson: true }).split('\r\n\r\n');
    expect(JSON.parse(body)).toEqual({ error: { status: 503, reason: 'a "reason"', requestId: 'id-1' } });
  });

  it('has the length of its body, in bytes, and no body for HEAD', () => {
    const whole = said({ status: 400, reason: 'für immer' });
    const [head = '', body = ''] = whole.split('\r\n\r\n');
    expect(Number(/Content-Length: (\d+)/.exec(head)?.[1])).toBe(Buffer.byteLength(body));
    expect(said({ status: 400, reason: 'für immer' }, { isHead: true })).toBe(`${head}\r\n\r\n`);
  });

  it('says what becomes of the connection', () => {
    expect(said({ status: 408, reason: 'x' }, { close: true })).toMatch(/\r\nConnection: close\r\n/);
    expect(said({ status: 503, reason: 'x' }, { keepAlive10: true })).toMatch(
      /\r\nConnection: keep-alive\r\n/,
    );
    expect(said({ status: 503, reason: 'x' })).not.toMatch(/Connection:/);
  });

  it('has the fields that it is given, and no id where there is no request', () => {
    expect(said({ status: 503, reason: 'x', fields: 'Retry-After: 1\r\n' })).toMatch(
      /\r\nRetry-After: 1\r\n/,
    );
    expect(said({ status: 400, reason: 'x' }, { requestId: '' })).not.toMatch(/X-Request-Id|request /);
  });
});

it.each<[string | undefined, boolean]>([
  [undefined, false],
  ['*/*', false],
  ['text/html, application/json;q=0.9', true],
  ['application/problem+json', true],
  ['APPLICATION/JSON', true],
  ['application/jsonp', false],
  ['text/json', false],
])('Accept %j asks for JSON: %s', (accept, expected) => {
  expect(asksForJson(accept)).toBe(expected);
});
