import { describe, expect, it } from 'vitest';
import { anEngine, type EngineFacts, TRANSPORTS } from '../support/an-engine.ts';
import { eventually } from '../support/eventually.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startRawBackend, whenSaid } from '../support/start-backend.ts';

const INSIDE = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
const HEAD = 'POST /outer HTTP/1.1\r\nHost: a\r\n';
const GOOD = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood';
const NO = 'HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno';

const BODIES = [
  ['a length', `Content-Length: ${1_000_000 + INSIDE.length}\r\n\r\n`, ''],
  ['chunks', 'Transfer-Encoding: chunked\r\n\r\n', `${(1_000_000 + INSIDE.length).toString(16)}\r\n`],
] as const;

/** RFC 9112, 9.3 and 9.6: who answers before the content is there must not take the rest for a request. */
describe.each(TRANSPORTS)('an answer before the end of the request, on %s', (transport) => {
  const start = async (facts: Partial<EngineFacts> = {}) => {
    const heard: string[] = [];
    const backend = await startRawBackend((socket, index) => {
      let answered = 0;
      socket.once('end', () => socket.end());
      whenSaid(socket, (text) => {
        heard[index] = text;
        const heads = text.match(/(?:POST|GET) .*\r\n(?:.+\r\n)+\r\n/g) ?? [];
        for (const head of heads.slice(answered)) socket.write(head.startsWith('POST') ? NO : GOOD);
        answered = heads.length;
      });
    });
    return { heard, backend, ...(await anEngine({ transport, servers: { a: backend.url }, ...facts })) };
  };

  describe.each(BODIES)('whose content has %s', (_, framing, begin) => {
    it('reaches the client, ends its connection, and the rest is no request', async () => {
      const { port, heard } = await start();
      const client = await connectRaw(port);
      client.send(`${HEAD}${framing}${begin}part`);
      await client.hears(/no$/);
      expect(client.heard()).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n[\s\S]*\r\nConnection: close\r\n/);
      client.send(INSIDE);
      await client.closed();
      expect(client.heard().match(/HTTP\/1\.1 /g)).toHaveLength(1);
      expect(heard.join('')).not.toMatch(/smuggled/);
    });

    it('gives up the connection to the server: the next request has another', async () => {
      const { port, url, heard, backend } = await start();
      const client = await connectRaw(port);
      client.send(`${HEAD}${framing}${begin}part`);
      await client.hears(/no$/);
      await eventually(() => backend.open === 0);
      expect(await (await fetch(url)).text()).toBe('good');
      expect(backend.connections).toBe(2);
      expect(heard[1]).toMatch(/^GET \/ /);
    });

    it('is not lost to a client that goes on sending', async () => {
      const { port } = await start();
      const client = await connectRaw(port);
      client.send(`${HEAD}${framing}${begin}`);
      for (let i = 0; i < 10; i++) client.send('x'.repeat(100_000));
      await client.hears(/no$/);
    });

    it('is not lost where it is our own, and the rest is no request', async () => {
      const { port, heard } = await start({ match: { host: 'b' } });
      const client = await connectRaw(port);
      client.send(`${HEAD}${framing}${begin}${INSIDE.repeat(3)}`);
      expect(await client.hears(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 404 [\s\S]*\r\nConnection: close\r\n/);
      client.send(INSIDE.replace('Host: a', 'Host: b'));
      await client.closed();
      expect(client.heard().match(/HTTP\/1\.1 /g)).toHaveLength(1);
      expect(heard).toEqual([]);
    });
  });

  it('where the content is whole, but not yet with the server, keeps the client', async () => {
    const { port } = await start();
    const client = await connectRaw(port);
    client.send(`${HEAD}Content-Length: 5\r\n\r\nhello`);
    await client.hears(/no$/);
    expect(client.heard()).not.toMatch(/Connection: close/);
    client.send('GET /next HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.hears(/good$/);
  });

  it('where we refuse a request that is whole, keeps the client and finds the next one', async () => {
    const { port } = await start({ match: { path: '/next' } });
    const client = await connectRaw(port);
    client.send(
      `${HEAD}Content-Length: ${INSIDE.length}\r\n\r\n${INSIDE}GET /next HTTP/1.1\r\nHost: a\r\n\r\n`,
    );
    await client.hears(/good$/);
    expect(client.heard().match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 404', 'HTTP/1.1 200']);
  });
});
