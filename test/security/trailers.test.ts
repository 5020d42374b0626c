import { describe, expect, it } from 'vitest';
import { anEngine, TRANSPORTS } from '../support/an-engine.ts';
import { oneReading } from '../support/one-reading.ts';
import { askRaw } from '../support/raw-client.ts';
import { startWitness } from '../support/start-witness.ts';

const FORBIDDEN = [
  'Content-Length: 5',
  'Transfer-Encoding: chunked',
  'Host: evil.test',
  'Connection: close',
  'Trailer: X',
  'TE: gzip',
  'Upgrade: h2c',
  'Expect: 100-continue',
  'Via: 1.1 x',
  'Forwarded: for=6.6.6.6',
  'X-Forwarded-For: 6.6.6.6',
  'x-forwarded-anything: 6.6.6.6',
  'X-Real-IP: 6.6.6.6',
  'X-Request-Id: theirs',
  'Max-Forwards: 1',
  'Cookie: a=b',
  'Set-Cookie: a=b',
  'Authorization: Basic x',
  'Proxy-Authorization: Basic x',
  'Content-Type: text/html',
  'Date: x',
  'Server: x',
  'X_Forwarded_For: 6.6.6.6',
  '__proto__: x',
];

const withTrailers = (...lines: readonly string[]): string =>
  `5\r\nhello\r\n0\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;
const request = (body: string): string =>
  `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n${body}`;
const answer = (body: string): string =>
  `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n${body}`;
const GET = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTE: trailers\r\n\r\n';

describe.each(TRANSPORTS)('trailers on %s', (transport) => {
  const sent = async (body: string) => {
    const witness = await startWitness();
    const { port } = await anEngine({ transport, servers: { a: witness.url } });
    await askRaw(port, request(body));
    witness.hasOneReading();
    return witness.messages[0]!;
  };

  const answered = async (body: string, ask = GET) => {
    const witness = await startWitness(() => answer(body));
    const { port } = await anEngine({ transport, servers: { a: witness.url } });
    const text = await askRaw(port, ask);
    return { text, message: oneReading('response', text, { isClosed: true })[0]! };
  };

  it('of a request are relayed, and announced', async () => {
    const message = await sent(withTrailers('X-Sum: 1', 'X-Other:  two '));
    expect(message.trailers).toEqual([
      ['x-sum', '1'],
      ['x-other', 'two'],
    ]);
    expect(message.fields).toContainEqual(['trailer', 'X-Sum']);
  });

  it('of an answer are relayed, and announced', async () => {
    const { message } = await answered(withTrailers('X-Sum: 1', 'Server-Timing: db'));
    expect(message.trailers).toEqual([
      ['x-sum', '1'],
      ['server-timing', 'db'],
    ]);
    expect(message.fields).toContainEqual(['trailer', 'X-Sum']);
  });

  it.each(FORBIDDEN)('with the field %s lose it', async (line) => {
    const kept = [
      ['x-a', '1'],
      ['x-b', '2'],
    ];
    const body = withTrailers('X-A: 1', line, 'X-B: 2');
    const message = await sent(body);
    expect(message).toMatchObject({ content: 'hello', trailers: kept, isComplete: true });
    expect((await answered(body)).message).toMatchObject({ content: 'hello', trailers: kept });
  });

  it('are never merged into a head', async () => {
    const message = await sent(withTrailers('X-Sum: 1', 'X-Admin: yes'));
    expect(message.fields.map(([name]) => name)).not.toContain('x-admin');
  });

  it('that come in pieces are held until they are whole', async () => {
    const witness = await startWitness((_, socket) => {
      const body = withTrailers('X-Sum: 1', 'Content-Length: 9', 'X-Other: 2');
      socket.write(answer(body.slice(0, -30)));
      setImmediate(() => socket.write(body.slice(-30)));
      return '';
    });
    const { port } = await anEngine({ transport, servers: { a: witness.url } });
    const text = await askRaw(port, GET);
    expect(oneReading('response', text)[0]?.trailers).toEqual([
      ['x-sum', '1'],
      ['x-other', '2'],
    ]);
  });

  it('do not reach a client of HTTP/1.0', async () => {
    const { text, message } = await answered(withTrailers('X-Sum: 1'), 'GET / HTTP/1.0\r\n\r\n');
    expect(message.content).toBe('hello');
    expect(text).not.toMatch(/sum|trailer|transfer-encoding/i);
  });
});
