import { describe, expect, it } from 'vitest';
import {
  BodyScanner,
  BY_LENGTH,
  CHUNKED,
  NO_BODY,
  requestBody,
  responseBody,
  UNTIL_CLOSE,
} from '../../src/http1/body.ts';
import { take, takeInEveryWay } from './body-support.ts';
import { bytesOf, request, requestWith, response } from './support.ts';

describe('how a body ends (RFC 9112, 6.3)', () => {
  it.each([
    ['nothing', [], NO_BODY],
    ['Content-Length: 0', ['Content-Length: 0'], NO_BODY],
    ['Content-Length: 5', ['Content-Length: 5'], BY_LENGTH],
    ['chunked', ['Transfer-Encoding: chunked'], CHUNKED],
  ])('is told for a request by %s, whatever its method', (_, lines, mode) => {
    for (const method of ['GET', 'POST', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'X'])
      expect(requestBody(request(requestWith(...lines).replace('GET', method)).head)).toBe(mode);
  });

  it.each([
    ['200 OK', [], UNTIL_CLOSE, NO_BODY],
    ['200 OK', ['Content-Length: 0'], NO_BODY, NO_BODY],
    ['200 OK', ['Content-Length: 5'], BY_LENGTH, NO_BODY],
    ['200 OK', ['Transfer-Encoding: chunked'], CHUNKED, NO_BODY],
    ['404 x', ['Content-Length: 5'], BY_LENGTH, NO_BODY],
    ['100 x', [], NO_BODY, NO_BODY],
    ['101 x', [], NO_BODY, NO_BODY],
    ['199 x', ['Content-Length: 5'], NO_BODY, NO_BODY],
    ['204 x', [], NO_BODY, NO_BODY],
    ['204 x', ['Content-Length: 5'], NO_BODY, NO_BODY],
    ['205 x', ['Content-Length: 0'], NO_BODY, NO_BODY],
    ['304 x', ['Content-Length: 5'], NO_BODY, NO_BODY],
    ['304 x', ['Transfer-Encoding: chunked'], NO_BODY, NO_BODY],
  ])('is told for a response %s with %j', (line, lines, mode, modeOfHead) => {
    const { head } = response(`HTTP/1.1 ${line}\r\n${lines.map((one) => `${one}\r\n`).join('')}\r\n`);
    expect([responseBody(head, false), responseBody(head, true)]).toEqual([mode, modeOfHead]);
  });
});

describe('a body without chunks', () => {
  it('is over before it begins where there is none', () => {
    expect(take(['next'], { mode: NO_BODY })).toEqual({
      sent: '',
      rest: 'next',
      isDone: true,
      fault: '',
      received: 0,
    });
    expect(take(['next'], { mode: BY_LENGTH, length: 0 })).toMatchObject({ rest: 'next', isDone: true });
  });

  it('has the length that was announced', () => {
    expect(takeInEveryWay('hellonext', { mode: BY_LENGTH, length: 5 })).toEqual({
      sent: 'hello',
      rest: 'next',
      isDone: true,
      fault: '',
      received: 5,
    });
    expect(takeInEveryWay('hell', { mode: BY_LENGTH, length: 5 })).toMatchObject({
      isDone: false,
      received: 4,
    });
  });

  it('goes on until the connection is closed', () => {
    expect(takeInEveryWay('0\r\n\r\n', { mode: UNTIL_CLOSE })).toMatchObject({
      sent: '0\r\n\r\n',
      isDone: false,
      received: 5,
    });
  });

  it('is never copied', () => {
    const body = new BodyScanner();
    body.begin(BY_LENGTH, 5);
    body.take(bytesOf('hello'), 0, 5);
    expect(body.replacement).toBeUndefined();
  });
});
