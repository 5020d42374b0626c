import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { answerSelf, type OwnAnswer } from '../../src/middleware/answer.ts';
import { listenForTest } from '../support/a-door.ts';
import { askRaw, connectRaw } from '../support/raw-client.ts';

const aServer = (answer: Partial<OwnAnswer>, before: (res: ServerResponse) => void = () => undefined) =>
  listenForTest(
    createServer((req, res) => {
      before(res);
      answerSelf(req, res, { status: 503, reason: 'none is here', requestId: 'id-1', ...answer });
    }),
  );

const get = (fields = '', method = 'GET'): string =>
  `${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${fields}\r\n`;

describe('our own answer', () => {
  it('says status, reason and request id, with the fields it is given', async () => {
    const text = await askRaw(await aServer({ fields: { 'Retry-After': '1' } }), get());
    expect(text).toMatch(/^HTTP\/1.1 503 Service Unavailable\r\n/);
    expect(text).toMatch(/\r\nX-Request-Id: id-1\r\n/);
    expect(text).toMatch(/\r\nRetry-After: 1\r\n/);
    expect(text.split('\r\n\r\n')[1]).toBe('503 Service Unavailable: none is here\nrequest id-1\n');
  });

  it.each([
    ['application/json', true],
    ['application/problem+json;q=0.9, text/html', true],
    ['text/html,*/*', false],
    ['application/jsonish', false],
  ])('Accept: %s: json is %s', async (accept, json) => {
    const text = await askRaw(await aServer({}), get(`Accept: ${accept}\r\n`));
    const body = text.split('\r\n\r\n')[1] ?? '';
    expect(body.startsWith('{')).toBe(json);
    if (json)
      expect(JSON.parse(body)).toEqual({ error: { status: 503, reason: 'none is here', requestId: 'id-1' } });
  });

  it('has its length but no body for HEAD', async () => {
    const text = await askRaw(await aServer({}), get('', 'HEAD'));
    expect(text).toMatch(/Content-Length: 51\r\n/);
    expect(text.endsWith('\r\n\r\n')).toBe(true);
  });

  it('does nothing once an answer has begun', async () => {
    const port = await aServer({}, (res) => void res.end('other'));
    expect(await askRaw(port, get())).toMatch(/200 OK[\s\S]*other/);
  });

  it('that closes is heard by a client that still sends, without a reset', async () => {
    const client = await connectRaw(await aServer({ status: 413, close: true }));
    client.socket.removeAllListeners('end');
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\nsome');
    await once(client.socket, 'end');
    expect(client.heard()).toMatch(/Connection: close[\s\S]*id-1\n$/i);
    client.socket.end(Buffer.alloc(4_000_000 - 4));
    expect((await client.closed()).reset).toBe(false);
  });

  it('that closes does not wait long for a client that sends no end', async () => {
    const client = await connectRaw(await aServer({ status: 413, close: true }));
    client.socket.removeAllListeners('end');
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nsome');
    await once(client.socket, 'end');
    const before = performance.now();
    const more = setInterval(() => client.send('x'), 5);
    onTestFinished(() => clearInterval(more));
    expect((await client.closed()).text).toMatch(/^HTTP\/1.1 413 /);
    expect(performance.now() - before).toBeLessThan(1500);
  });
});
