import { describe, expect, it } from 'vitest';
import { cut, take, takeInEveryWay } from './body-support.ts';

describe('trailers (RFC 9112, 7.1.2)', () => {
  it('go on once they are whole', () => {
    const text = '5\r\nhello\r\n0\r\nDigest: x\r\nServer-Timing: y\r\n\r\n';
    expect(takeInEveryWay(`${text}NEXT`)).toMatchObject({ sent: text, rest: 'NEXT', isDone: true });
    expect(take([text.slice(0, -1)]).sent, 'and not before').toBe('5\r\nhello\r\n0\r\n');
  });

  it.each([
    'Content-Length: 5',
    'Transfer-Encoding: chunked',
    'Host: a',
    'Trailer: x',
    'TE: x',
    'Connection: close',
    'Keep-Alive: x',
    'Upgrade: x',
    'Authorization: x',
    'Proxy-Authorization: x',
    'Proxy-Authenticate: x',
    'Cookie: x',
    'Set-Cookie: x',
    'X-Forwarded-For: x',
    'Forwarded: x',
    'X-Real-IP: x',
    'X-Request-Id: x',
    'Via: x',
    'Expect: 100-continue',
    'Max-Forwards: 1',
    'Content-Type: x',
    'HTTP2-Settings: x',
    'Proxy-Connection: x',
    'Content_Length: 5',
    'X_Y: z',
  ])('lose %s (RFC 9110, 6.5.1)', (line) => {
    const text = `0\r\nA: b\r\n${line}\r\nC: d\r\n\r\n`;
    expect(takeInEveryWay(`${text}NEXT`)).toMatchObject({ sent: '0\r\nA: b\r\nC: d\r\n\r\n', rest: 'NEXT' });
    expect(takeInEveryWay(`0\r\n${line}\r\n\r\nNEXT`)).toMatchObject({ sent: '0\r\n\r\n', rest: 'NEXT' });
  });

  it.each([
    'A\r\n\r\n',
    'A : b\r\n\r\n',
    ' A: b\r\n\r\n',
    ': b\r\n\r\n',
    'A: b\n\n',
    'A: b\r\r',
    '\n',
    '\rX',
    'A: \0\r\n\r\n',
    'GET / HTTP/1.1\r\n\r\n',
    'A: b\r\n c\r\n\r\n',
  ])('are refused like fields of a head: %j', (text) => {
    const { fault, isDone } = takeInEveryWay(`0\r\n${text}`);
    expect(fault).not.toBe('');
    expect(isDone).toBe(false);
  });

  it('have 8 KiB and 100 fields at most', () => {
    const section = (bytes: number): string => `0\r\nA: ${'b'.repeat(bytes - 7)}\r\n\r\n`;
    expect(take([section(8192)])).toMatchObject({ isDone: true, fault: '' });
    expect(take([`${section(8192)}NEXT`])).toMatchObject({ isDone: true, rest: 'NEXT' });
    expect(take([section(8193)]).fault).toBe('the trailers are too large');
    expect(take(cut(section(8193), 10, 4000)).fault).toBe('the trailers are too large');
    expect(take([`0\r\nA: ${'b'.repeat(8190)}`]).fault).toBe('the trailers are too large');
    expect(take([`0\r\n${'A:b\r\n'.repeat(100)}\r\n`])).toMatchObject({ isDone: true, fault: '' });
    expect(take([`0\r\n${'A:b\r\n'.repeat(101)}\r\n`]).fault).toBe('there are too many fields');
  });
});
