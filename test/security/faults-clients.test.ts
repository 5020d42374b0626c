import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { anEngine, type TestEngine, TRANSPORTS } from '../support/an-engine.ts';
import { eventually } from '../support/eventually.ts';
import { KeptClient } from '../support/kept-client.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startBackend, startRawBackend } from '../support/start-backend.ts';

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const clientOf = (port: number): Socket => {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  return socket;
};

const isQuiet = async ({ engine, settled, faults }: TestEngine): Promise<void> => {
  await settled();
  expect(faults).toEqual([]);
  expect(engine.pools.list().every(({ counts }) => counts.open === counts.idle)).toBe(true);
};

describe.each(TRANSPORTS)('R7: clients that flood, on %s', (transport) => {
  /** Answers of 20 KB, so that all of them are more than the buffers of the kernel hold. */
  const COUNT = 1000;
  const flood = (): Buffer =>
    Buffer.from(Array.from({ length: COUNT }, (_, n) => `GET /${n} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''));

  it('with requests ahead, without reading an answer: they are held up, others are served, and each is answered in its turn', async () => {
    const backend = await startBackend((req, res) => void res.end(`<${req.url}>`.padEnd(20_000)));
    const made = await anEngine({
      transport,
      servers: { a: backend.url },
      timeouts: { responseIdle: 60_000 },
    });
    const socket = clientOf(made.port);
    socket.pause();
    socket.write(flood());
    let served = -1;
    for (let still = 0; still < 5; ) {
      still = served === made.finished.length ? still + 1 : 0;
      served = made.finished.length;
      await later(50);
    }
    expect(served).toBeLessThan(COUNT);
    expect(made.engine.open).toBeLessThanOrEqual(1);
    const other = new KeptClient(made.port);
    for (let n = 0; n < 10; n++) expect((await other.ask()).status).toBe(200);
    let text = '';
    socket.on('data', (piece) => {
      text += piece.toString('latin1');
    });
    socket.resume();
    const last = `</${COUNT - 1}>`;
    await eventually(() => text.includes(last, text.length - 40_000), 'the last answer is there', 15_000);
    const paths = [...text.matchAll(/<\/(\d+)>/g)].map(([, n]) => Number(n));
    expect(paths).toEqual(Array.from({ length: COUNT }, (_, n) => n));
    await isQuiet(made);
  });

  it('with requests that are refused, without reading: they are held up too, and end with it', async () => {
    const made = await anEngine({ transport, servers: {}, timeouts: { responseIdle: 300 } });
    const socket = clientOf(made.port);
    socket.pause();
    const more = (): void => {
      while (socket.writable && socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(2000)));
    };
    socket.on('drain', more);
    more();
    await eventually(() => made.engine.clients.size === 1);
    await eventually(() => made.engine.clients.size === 0, 'it is given up', 15_000);
    await isQuiet(made);
  });

  it('with garbage, a thousand times: each is answered 400 or closed, and nothing is left', async () => {
    const backend = await startBackend();
    const made = await anEngine({ transport, servers: { a: backend.url } });
    const junk = [
      '\x16\x03\x01\x02\x00',
      'GET\r\n\r\n',
      '\0'.repeat(50_000),
      'A'.repeat(50_000),
      ': \r\n'.repeat(5000),
    ];
    for (let i = 0; i < 20; i++)
      await Promise.all(
        Array.from({ length: 50 }, async (_, n) => {
          const socket = clientOf(made.port);
          socket.resume().end(junk[n % junk.length]!, 'latin1');
          await new Promise((resolve) => socket.once('close', resolve));
        }),
      );
    await eventually(() => made.engine.clients.size === 0);
    expect(backend.requests).toHaveLength(0);
    expect((await new KeptClient(made.port).ask()).status).toBe(200);
    await isQuiet(made);
  });
});

describe.each(TRANSPORTS)('R7: clients that drip, on %s', (transport) => {
  it('a body: 408 when its time is over, and the server is freed', async () => {
    const backend = await startRawBackend(
      (socket) => void socket.on('data', () => undefined).once('end', () => socket.end()),
    );
    const made = await anEngine({ transport, servers: { a: backend.url }, timeouts: { request: 500 } });
    const client = await connectRaw(made.port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n');
    const timer = setInterval(() => client.socket.writable && client.send('x'), 20);
    onTestFinished(() => clearInterval(timer));
    const begun = performance.now();
    await client.hears(/^HTTP\/1\.1 408 [\s\S]*Connection: close/);
    expect(performance.now() - begun).toBeLessThan(2000);
    await eventually(() => backend.open === 0, 'the server is free', 500);
    await isQuiet(made);
  });

  it('requests, byte by byte, a hundred at once: all are served', async () => {
    const backend = await startBackend(async (req, res) => void res.end(Buffer.concat(await req.toArray())));
    const made = await anEngine({ transport, servers: { a: backend.url } });
    const text =
      'POST /drip HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n';
    const one = async (): Promise<void> => {
      const client = await connectRaw(made.port);
      for (const byte of text) {
        client.send(byte);
        await later(0);
      }
      await client.hears(/200 OK[\s\S]*hello/);
      client.socket.destroy();
    };
    await Promise.all(Array.from({ length: 100 }, one));
    await isQuiet(made);
  });
});

describe.each(TRANSPORTS)('R7: more than there is room for, on %s', (transport) => {
  it('requests wait for a connection, and are refused when that takes too long', async () => {
    let answer = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const backend = await startBackend((_req, res) => void held.then(() => res.end('ok')));
    const made = await anEngine({
      transport,
      servers: { a: backend.url },
      connections: { maxConnections: 4, queue: { size: 8, timeout: 300 } },
    });
    const asked = Array.from({ length: 20 }, () => new KeptClient(made.port).ask());
    const turnedAway = await Promise.all(asked.map((one) => Promise.race([one, later(1500)])));
    const statuses = turnedAway.flatMap((told) => (told ? [told.status] : []));
    expect(statuses).toEqual(Array.from({ length: 16 }, () => 503));
    expect(backend.open).toBe(4);
    answer();
    const all = await Promise.all(asked);
    expect(all.filter(({ status }) => status === 200)).toHaveLength(4);
    await isQuiet(made);
  });

  it('connections beyond the limit are closed at once, and taken again when there is room', async () => {
    const backend = await startBackend();
    const made = await anEngine({ transport, servers: { a: backend.url }, limits: { connections: 5 } });
    const clients = await Promise.all(Array.from({ length: 5 }, () => connectRaw(made.port)));
    await eventually(() => made.engine.clients.size === 5);
    const late = clientOf(made.port).resume();
    await new Promise((resolve) => late.once('close', resolve));
    expect(made.engine.turnedAway).toBe(1);
    clients[0]!.socket.destroy();
    await eventually(() => made.engine.clients.size === 4);
    expect((await new KeptClient(made.port).ask()).status).toBe(200);
    await isQuiet(made);
  });
});
