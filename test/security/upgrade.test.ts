import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { anEngine, type EngineFacts, TRANSPORTS } from '../support/an-engine.ts';
import { eventually } from '../support/eventually.ts';
import { askRaw, connectRaw } from '../support/raw-client.ts';
import { startRawBackend, whenSaid } from '../support/start-backend.ts';
import { startWitness } from '../support/start-witness.ts';

const INSIDE = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
const ask = (lines: string, rest = ''): string => `GET /up HTTP/1.1\r\nHost: a\r\n${lines}\r\n${rest}`;
const WEBSOCKET = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
const switched = (protocol: string): string =>
  `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`;

describe.each(TRANSPORTS)('upgrades on %s', (transport) => {
  /** A server that switches, and then says what it hears in capitals. */
  const start = async (first: (socket: Socket) => void, facts: Partial<EngineFacts> = {}) => {
    const heard = { text: '' };
    const backend = await startRawBackend((socket) => {
      let isSwitched = false;
      whenSaid(socket, (text) => {
        heard.text = text;
        const end = text.indexOf('\r\n\r\n');
        if (end === -1 || isSwitched) return;
        isSwitched = true;
        first(socket);
        const early = text.slice(end + 4);
        if (early !== '') socket.write(early.toUpperCase());
        socket.on('data', (data) => socket.write(data.toString('latin1').toUpperCase()));
      });
      socket.once('end', () => socket.end());
    });
    return { heard, backend, ...(await anEngine({ transport, servers: { a: backend.url }, ...facts })) };
  };

  const switches = (socket: Socket): void => void socket.write(switched('websocket'));

  it('carry bytes both ways after a 101', async () => {
    const { port, heard, finished, settled } = await start(switches);
    const client = await connectRaw(port);
    client.send(ask(WEBSOCKET));
    await client.hears(/101 Switching Protocols\r\n[\s\S]*\r\n\r\n$/);
    expect(client.heard()).toMatch(/\r\nConnection: Upgrade\r\n/i);
    expect(client.heard()).toMatch(/\r\nUpgrade: websocket\r\n/i);
    expect(heard.text).toMatch(/\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n/);
    client.send('hello\0\r\n\r\n');
    await client.hears(/HELLO\0\r\n\r\n$/);
    client.socket.end();
    await client.closed();
    await settled();
    expect(finished).toEqual([expect.objectContaining({ kind: 'upgrade', status: 101 })]);
  });

  it('hold bytes of the client back until the 101 has come', async () => {
    let answer = (): void => undefined;
    const { port, heard } = await start((socket) => {
      answer = () => switches(socket);
    });
    const client = await connectRaw(port);
    client.send(ask(WEBSOCKET, 'early'));
    await eventually(() => heard.text.endsWith('\r\n\r\n'));
    client.send(' more');
    expect(heard.text).toMatch(/\r\n\r\n$/);
    answer();
    await client.hears(/EARLY MORE$/);
  });

  it('bring bytes that come right behind the 101', async () => {
    const { port } = await start((socket) => void socket.write(`${switched('websocket')}first`));
    const client = await connectRaw(port);
    client.send(ask(WEBSOCKET));
    await client.hears(/\r\n\r\nfirst$/);
  });

  it('count as under way as long as they last', async () => {
    const { port, inFlight, engine } = await start(switches);
    const client = await connectRaw(port);
    client.send(ask(WEBSOCKET));
    await client.hears(/101/);
    expect([inFlight(), engine.open]).toEqual([1, 1]);
    client.socket.destroy();
    await eventually(() => inFlight() === 0 && engine.open === 0);
  });

  describe('that a server refuses', () => {
    it('leave no bytes that could be a request', async () => {
      const witness = await startWitness();
      const { port } = await anEngine({ transport, servers: { a: witness.url } });
      const text = await askRaw(port, ask(WEBSOCKET, INSIDE));
      expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200']);
      expect(witness.seen).toEqual(['GET /up ']);
    });

    it('leave no bytes that could be a request where we refuse them ourselves', async () => {
      const witness = await startWitness();
      const { port } = await anEngine({ transport, servers: { a: witness.url }, match: { host: 'b' } });
      const text = await askRaw(port, ask(WEBSOCKET, INSIDE.replace('Host: a', 'Host: b')));
      expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 404']);
      expect(witness.seen).toEqual([]);
    });

    it.each([200, 400, 401, 403, 404, 426, 503])('come back as the %i that they are', async (status) => {
      const witness = await startWitness(
        () => `HTTP/1.1 ${status} No\r\nSec-WebSocket-Version: 13\r\nContent-Length: 2\r\n\r\nno`,
      );
      const { port } = await anEngine({ transport, servers: { a: witness.url } });
      const text = await askRaw(port, ask(WEBSOCKET.replace('Upgrade\r\n', 'Upgrade, close\r\n')));
      expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} No\r\n`));
      expect(text).toMatch(/\r\nSec-WebSocket-Version: 13\r\n[\s\S]*\r\n\r\nno$/);
    });
  });

  it.each([
    ['another protocol than was asked for', WEBSOCKET, switched('h2c')],
    ['a protocol where none was asked for', 'Connection: close\r\n', switched('websocket')],
    [
      'h2c where it was asked for',
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n',
      switched('h2c'),
    ],
    ['no protocol at all', WEBSOCKET, 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n'],
    ['a protocol without Connection to say so', 'Upgrade: websocket\r\n', switched('websocket')],
    [
      'a protocol where the request has content',
      `${WEBSOCKET}Content-Length: 1\r\n`,
      switched('websocket'),
      'x',
    ],
    [
      'a protocol where the request has chunks',
      `${WEBSOCKET}Transfer-Encoding: chunked\r\n`,
      switched('websocket'),
      '0\r\n\r\n',
    ],
  ])('a server that switches to %s gets no tunnel', async (_, lines, answer, content = '') => {
    const { port, backend } = await start((socket) => void socket.write(`${answer}SECRET`));
    const client = await connectRaw(port);
    client.send(ask(lines, content));
    const text = await client.hears(/\r\n\r\n/);
    expect(text).toMatch(/^HTTP\/1\.1 502 /);
    expect(text).not.toMatch(/SECRET|HTTP\/1\.1 101/);
    await eventually(() => backend.open === 0);
  });

  it('are not for HTTP/1.0', async () => {
    const { port, heard, backend } = await start(
      (socket) => void socket.write(`${switched('websocket')}SECRET`),
    );
    expect(await askRaw(port, ask(WEBSOCKET).replace('1.1', '1.0'))).toMatch(/^HTTP\/1\.1 502 /);
    expect(heard.text).not.toMatch(/upgrade/i);
    await eventually(() => backend.open === 0);
  });

  it.each([
    ['h2c', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n'],
    ['H2C in capitals', 'Connection: upgrade, http2-settings\r\nUpgrade: H2C\r\nHTTP2-Settings: AA\r\n'],
    ['h2', 'Connection: Upgrade\r\nUpgrade: h2\r\n'],
    ['HTTP2-Settings that Connection does not name', 'HTTP2-Settings: AA\r\n'],
  ])('%s is an ordinary request', async (_, lines) => {
    const witness = await startWitness();
    const { port } = await anEngine({ transport, servers: { a: witness.url } });
    const client = await connectRaw(port);
    client.send(ask(lines));
    await client.hears(/\(GET \/up\)$/);
    expect(witness.heard[0]).not.toMatch(/upgrade|http2|h2c|\r\nconnection/i);
    client.send('GET /next HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.hears(/\(GET \/next\)$/);
  });

  it('of several protocols lose h2c only', async () => {
    const { port, heard } = await start(switches);
    const client = await connectRaw(port);
    client.send(ask('Connection: Upgrade\r\nUpgrade: h2c, websocket\r\n'));
    await client.hears(/101/);
    expect(heard.text).toMatch(/\r\nUpgrade: websocket\r\n/);
    expect(client.heard()).toMatch(/\r\nUpgrade: websocket\r\n/);
  });

  it('name to the client the one protocol that the server has chosen', async () => {
    const { port } = await start((socket) => void socket.write(switched('foo/2')));
    const client = await connectRaw(port);
    client.send(ask('Connection: Upgrade\r\nUpgrade: websocket, foo/2\r\n'));
    expect(await client.hears(/\r\n\r\n/)).toMatch(/\r\nUpgrade: foo\/2\r\n/i);
  });

  it('behind another request on its connection are served, too', async () => {
    const { port, heard } = await start(
      (socket) =>
        void socket.write(
          heard.text.startsWith('GET /up')
            ? switched('websocket')
            : 'HTTP/1.1 204 N\r\nConnection: close\r\n\r\n',
        ),
    );
    const client = await connectRaw(port);
    client.send(`GET /first HTTP/1.1\r\nHost: a\r\n\r\n${ask(WEBSOCKET)}`);
    await client.hears(/204 N[\s\S]*101/);
    client.send('hello');
    await client.hears(/HELLO$/);
  });

  it('pass on the end of either side', async () => {
    const { port } = await start((socket) => {
      switches(socket);
      socket.end('bye');
    });
    const client = await connectRaw(port);
    client.send(ask(WEBSOCKET));
    expect((await client.closed()).text).toMatch(/bye$/);
  });

  it('carry more than any buffer holds, at the pace of the reader', async () => {
    const size = 4 * 1024 * 1024;
    const { port } = await start((socket) => {
      switches(socket);
      socket.write('x'.repeat(size));
    });
    const client = await connectRaw(port);
    client.send(ask(WEBSOCKET));
    await eventually(() => client.heard().length > size);
    client.send('y'.repeat(size));
    await eventually(() => client.heard().endsWith('Y') && client.heard().length > 2 * size);
  });
});
