import { describe, expect, it } from 'vitest';
import { anEngine, TRANSPORTS } from '../support/an-engine.ts';
import { askRaw, connectRaw } from '../support/raw-client.ts';
import { startBackend } from '../support/start-backend.ts';

describe.each(TRANSPORTS)('the engine on %s', (transport) => {
  it('forwards a request and its answer', async () => {
    const backend = await startBackend((req, res) => void res.end(`${req.method} ${req.url}`));
    const { url, finished, settled } = await anEngine({ transport, servers: { a: backend.url } });
    const answer = await fetch(`${url}/some/path?x=1`);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('GET /some/path?x=1');
    await settled();
    expect(finished).toEqual([
      expect.objectContaining({
        status: 200,
        server: 'a',
        attempts: 1,
        termination: 'ok',
        path: '/some/path',
      }),
    ]);
    const { headers } = backend.requests[0]!;
    expect(headers).toMatchObject({
      via: '1.1 forehand',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-request-id': finished[0]?.requestId,
    });
  });

  it('forwards a body with a length, and one in chunks', async () => {
    const backend = await startBackend((req, res) => void req.pipe(res));
    const { url, port } = await anEngine({ transport, servers: { a: backend.url } });
    const big = 'x'.repeat(300_000);
    expect(await (await fetch(url, { method: 'POST', body: big })).text()).toBe(big);
    const chunked = await askRaw(
      port,
      'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=1\r\n world\r\n0\r\n\r\n',
    );
    expect(chunked).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(chunked).toMatch(/hello/);
    expect(chunked).toMatch(/ world/);
  });

  it('answers requests that come ahead in their order', async () => {
    const backend = await startBackend((req, res) => void res.end(`(${req.url})`));
    const { port } = await anEngine({ transport, servers: { a: backend.url } });
    const client = await connectRaw(port);
    client.send([1, 2, 3].map((i) => `GET /${i} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''));
    expect(await client.hears(/\(\/3\)/)).toMatch(/\(\/1\).*\(\/2\).*\(\/3\)/s);
  });

  it('answers 400 to what is no request, and closes', async () => {
    const { port } = await anEngine({ transport, servers: {} });
    expect(await askRaw(port, 'GET / HTTP/1.1\r\nHost : a\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });
});
