import { describe, expect, it } from 'vitest';
import { anEngine, TRANSPORTS } from '../support/an-engine.ts';
import { eventually } from '../support/eventually.ts';
import { askRaw, connectRaw } from '../support/raw-client.ts';
import { startRawBackend, whenSaid } from '../support/start-backend.ts';
import { startWitness } from '../support/start-witness.ts';

const post = (lines: string, body = ''): string => `POST /outer HTTP/1.1\r\nHost: a\r\n${lines}\r\n${body}`;
const EXPECTS = 'Expect: 100-continue\r\nContent-Length: 5\r\n';
const INSIDE = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const DONE = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone';

/** RFC 9110, 10.1.1. */
describe.each(TRANSPORTS)('Expect on %s', (transport) => {
  /** A server that answers the head at once, and the rest if there is one. */
  const start = async (onHead: string, onRest = '') => {
    const heard = { text: '' };
    const backend = await startRawBackend((socket) => {
      let isFirst = true;
      socket.once('end', () => socket.end());
      whenSaid(socket, (text) => {
        heard.text = text;
        if (!text.includes('\r\n\r\n')) return;
        socket.write(isFirst ? onHead : onRest);
        isFirst = false;
      });
    });
    return { heard, backend, ...(await anEngine({ transport, servers: { a: backend.url } })) };
  };

  it('goes to the server before the content, and its 100 comes back', async () => {
    const { port, heard } = await start(CONTINUE, DONE);
    const client = await connectRaw(port);
    client.send(post(EXPECTS));
    await client.hears(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    expect(heard.text).toMatch(/\r\nExpect: 100-continue\r\n[\s\S]*\r\n\r\n$/i);
    client.send('hello');
    await client.hears(/HTTP\/1\.1 200 OK[\s\S]*done$/);
    expect(heard.text).toMatch(/hello$/);
  });

  it('with chunked content works alike', async () => {
    const { port, heard } = await start(CONTINUE, DONE);
    const client = await connectRaw(port);
    client.send(post('Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n'));
    await client.hears(/^HTTP\/1\.1 100 /);
    client.send('5\r\nhello\r\n0\r\n\r\n');
    await client.hears(/done$/);
    expect(heard.text).toMatch(/5\r\nhello\r\n0\r\n\r\n$/);
  });

  it('does not keep a client from sending at once', async () => {
    const witness = await startWitness(() => DONE);
    const { port } = await anEngine({ transport, servers: { a: witness.url } });
    const client = await connectRaw(port);
    client.send(post(EXPECTS, 'hello'));
    await client.hears(/done$/);
    expect(witness.seen).toEqual(['POST /outer hello']);
  });

  it.each(['417 Expectation Failed', '401 Unauthorized', '200 OK'])(
    'that a server answers with %s ends the connection: nobody knows whether content follows',
    async (status) => {
      const { port, heard, backend } = await start(`HTTP/1.1 ${status}\r\nContent-Length: 2\r\n\r\nno`);
      const client = await connectRaw(port);
      client.send(post(`Expect: 100-continue\r\nContent-Length: ${INSIDE.length}\r\n`));
      await client.hears(/no$/);
      expect(client.heard()).toMatch(
        new RegExp(`^HTTP/1\\.1 ${status}\r\n[\\s\\S]*\r\nConnection: close\r\n`),
      );
      client.send(INSIDE);
      await client.closed();
      expect(client.heard().match(/HTTP\/1\.1 /g)).toHaveLength(1);
      expect(heard.text).not.toMatch(/smuggled/);
      await eventually(() => backend.open === 0);
    },
  );

  it.each(['magic', '100-continue, magic', '100-continue;q=1', '"100-continue"', '200-ok', 'x=y'])(
    'of %s is answered with 417',
    async (value) => {
      const { port, backend } = await start(DONE);
      const text = await askRaw(
        port,
        post(`Expect: ${value}\r\nContent-Length: ${INSIDE.length}\r\n`, INSIDE),
      );
      expect(text).toMatch(/^HTTP\/1\.1 417 /);
      expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
      expect(backend.connections).toBe(0);
    },
  );

  it('of HTTP/1.0 is not passed on, and no 100 comes back', async () => {
    const { port, heard } = await start(`${CONTINUE}${DONE}`);
    const text = await askRaw(port, post(EXPECTS, 'hello').replace('1.1', '1.0'));
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(heard.text).not.toMatch(/expect/i);
  });

  it('is not needed for a 100: servers may send one unasked', async () => {
    const { port } = await start(`${CONTINUE}${DONE}`);
    const client = await connectRaw(port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await client.hears(/done$/)).toMatch(/^HTTP\/1\.1 100 Continue\r\n[\s\S]*HTTP\/1\.1 200 OK/);
  });

  it('is kept when the request goes to another server', async () => {
    const { port, heard } = await start(CONTINUE, DONE);
    const client = await connectRaw(port);
    client.send(post(EXPECTS.replace('100-continue', '100-Continue')));
    await client.hears(/100 Continue/);
    expect(heard.text).toMatch(/\r\nExpect: 100-continue\r\n/i);
  });
});
