import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { anEngine, type TestEngine, TRANSPORTS } from '../support/an-engine.ts';
import { eventually } from '../support/eventually.ts';
import { connectRaw } from '../support/raw-client.ts';
import { resetNow, startRawBackend } from '../support/start-backend.ts';

const SIZE = 20_000_000;
const PIECE = Buffer.alloc(65_536, 'x');

/** Uploads without looking at the answer, and gives what it has heard when the connection is gone. */
const upload = async (port: number, head: string): Promise<string> => {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  let text = '';
  socket.on('data', (piece) => {
    text += piece.toString('latin1');
  });
  let left = SIZE;
  const more = (): void => {
    while (left > 0 && socket.writable) {
      left -= PIECE.length;
      if (!socket.write(PIECE)) return;
    }
  };
  socket.on('drain', more).write(head);
  more();
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
};

const HEAD = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${SIZE}\r\n\r\n`;
const NO = 'HTTP/1.1 403 No\r\nContent-Length: 4\r\n\r\nnope';

const SERVERS: readonly (readonly [string, (socket: Socket) => void])[] = [
  ['goes on reading', (socket) => void socket.write(NO)],
  ['reads no more', (socket) => void socket.pause().write(NO)],
  ['ends', (socket) => void socket.end(NO)],
];

const isOver = async ({ engine, settled, faults }: TestEngine): Promise<void> => {
  await settled();
  await eventually(() => engine.clients.size === 0, 'no client is connected');
  expect(engine.pools.list().map(({ counts }) => counts.open)).toEqual(engine.pools.list().map(() => 0));
  expect(faults).toEqual([]);
};

describe.each(TRANSPORTS)('an answer before the whole request is there, on %s', (transport) => {
  it.each(SERVERS)(
    'of a server that %s: the client hears it, whole, and the server is free',
    async (_, answer) => {
      const backend = await startRawBackend((socket) => {
        socket.once('data', () => answer(socket)).once('end', () => socket.end());
      });
      const made = await anEngine({ transport, servers: { a: backend.url } });
      expect(await upload(made.port, HEAD)).toMatch(
        /^HTTP\/1\.1 403 No\r\n[\s\S]*Connection: close\r\n[\s\S]*nope$/,
      );
      await isOver(made);
    },
  );

  it('of a server that is gone at once: the client hears it or that there was none, whole', async () => {
    const backend = await startRawBackend((socket) => {
      socket.once('data', () => socket.write(NO, () => resetNow(socket)));
    });
    const made = await anEngine({ transport, servers: { a: backend.url } });
    const text = await upload(made.port, HEAD);
    // Node's own sockets end when a write fails, even if there is something to be read.
    expect(text).toMatch(
      transport === 'raw' ? /^HTTP\/1\.1 403 [\s\S]*nope$/ : /^HTTP\/1\.1 (403|502) [\s\S]*Connection: close/,
    );
    await isOver(made);
  });

  it('of our own: the client hears it, whole', async () => {
    const backend = await startRawBackend((socket) => void socket.resume());
    const made = await anEngine({ transport, servers: { a: backend.url }, limits: { bodyBytes: 1_000_000 } });
    expect(await upload(made.port, HEAD)).toMatch(/^HTTP\/1\.1 413 [\s\S]*the body is too large/);
    expect(backend.connections).toBe(0);
    const chunked = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1000000\r\n';
    expect(await upload(made.port, chunked)).toMatch(/^HTTP\/1\.1 413 [\s\S]*the body is too large/);
    await isOver(made);
  });

  it('is no begin of the next: what still comes of the body is not taken for a request', async () => {
    const backend = await startRawBackend((socket) => void socket.once('data', () => socket.write(NO)));
    const made = await anEngine({ transport, servers: { a: backend.url } });
    const client = await connectRaw(made.port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n');
    await client.hears(/nope$/);
    client.send('GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n');
    expect((await client.closed()).text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(made.finished.map(({ path }) => path)).toEqual(['/']);
  });
});

describe.each(TRANSPORTS)('a client that waits to be told to go on, on %s', (transport) => {
  const EXPECTS = 'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n';

  it('is told so by the server, and sends', async () => {
    const backend = await startRawBackend((socket) => {
      let text = '';
      socket.on('data', (piece) => {
        text += piece.toString('latin1');
        if (text.endsWith('\r\n\r\n')) socket.write('HTTP/1.1 100 Continue\r\n\r\n');
        if (text.endsWith('body')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      });
    });
    const made = await anEngine({ transport, servers: { a: backend.url } });
    const client = await connectRaw(made.port);
    client.send(EXPECTS);
    await client.hears(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    client.send('body');
    await client.hears(/200 OK[\s\S]*ok$/);
    await made.settled();
  });

  it('is told no, and then must not send: its connection ends', async () => {
    const backend = await startRawBackend((socket) => void socket.once('data', () => socket.write(NO)));
    const made = await anEngine({ transport, servers: { a: backend.url } });
    const client = await connectRaw(made.port);
    client.send(EXPECTS);
    expect((await client.closed()).text).toMatch(/^HTTP\/1\.1 403 No\r\n[\s\S]*Connection: close/);
    await made.settled();
    await eventually(() => backend.open <= 1);
  });
});
