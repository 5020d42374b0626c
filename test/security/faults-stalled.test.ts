import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { aRunningProxy, type RunningProxy } from '../support/a-running-proxy.ts';
import { anEngine, TRANSPORTS } from '../support/an-engine.ts';
import { KeptClient } from '../support/kept-client.ts';
import { startRawBackend, whenSaid } from '../support/start-backend.ts';
import { failuresOf, startLoad } from '../support/start-load.ts';

const SIZE = 400_000_000;
const PIECE = Buffer.alloc(65_536, 'x');
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends so many bytes, as fast as they are taken, and counts those that left this process's hands. */
const pour = (socket: Socket, size: number, counted: (bytes: number) => void): void => {
  let left = size;
  const more = (): void => {
    while (left > 0 && socket.writable) {
      left -= PIECE.length;
      counted(PIECE.length);
      if (!socket.write(PIECE)) return;
    }
  };
  socket.on('drain', more);
  more();
};

/** Waits until a number has not moved for a while. */
const comesToRest = async (read: () => number): Promise<void> => {
  for (let before = -1; before !== read(); ) {
    before = read();
    await later(300);
  }
};

const clientOf = (port: number): Socket => {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  return socket;
};

/** Answers short requests, and long ones with much; reads no body. */
const aServer = async (counted: (bytes: number) => void) =>
  startRawBackend((socket) => {
    let answered = 0;
    whenSaid(socket, (text) => {
      const requests = [...text.matchAll(/^(GET|POST) \/(\S*)/gm)].slice(answered);
      answered += requests.length;
      for (const [, method, path] of requests) {
        if (method === 'POST') socket.pause();
        else if (path === 'much') {
          socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${SIZE}\r\n\r\n`);
          pour(socket, SIZE, counted);
        } else socket.write(OK);
      }
    });
  });

/** Has it do its usual work first, so that what it keeps for that is not counted. */
const warmedUp = async (proxy: RunningProxy): Promise<number> => {
  const load = startLoad(proxy.port, { clients: 20 });
  await later(400);
  expect(failuresOf(await load.stop())).toEqual([]);
  return proxy.memory();
};

describe.skipIf(process.platform !== 'linux').each(TRANSPORTS)(
  'R11: who does not read, on %s',
  (transport) => {
    it('four stalled downloads and a stalled upload of 400 MB grow memory by less than 16 MB each, and nothing is spooled', async () => {
      let down = 0;
      let up = 0;
      const backend = await aServer((bytes) => {
        down += bytes;
      });
      const proxy = await aRunningProxy({ transport, servers: [backend.url] });
      const before = await warmedUp(proxy);
      for (let i = 0; i < 4; i++) clientOf(proxy.port).pause().write('GET /much HTTP/1.1\r\nHost: a\r\n\r\n');
      await comesToRest(() => down);
      expect(down).toBeGreaterThan(4 * PIECE.length);
      expect(proxy.memory() - before).toBeLessThan(16_000_000);
      const uploader = clientOf(proxy.port);
      uploader.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${SIZE}\r\n\r\n`);
      const between = proxy.memory();
      pour(uploader, SIZE, (bytes) => {
        up += bytes;
      });
      await comesToRest(() => up);
      expect(up).toBeLessThan(SIZE / 4);
      expect(proxy.memory() - between).toBeLessThan(16_000_000);
      expect(proxy.written()).toBeLessThan(1_000_000);
      expect(proxy.descriptors().filter((name) => name.includes('(deleted)'))).toEqual([]);
      const others = new KeptClient(proxy.port);
      for (let n = 0; n < 20; n++) expect((await others.ask()).status).toBe(200);
    });
  },
);

describe.each(TRANSPORTS)('who reads slowly, on %s', (transport) => {
  const content = Buffer.from(
    Array.from({ length: 20_000 }, (_, i) => `${i}:${'z'.repeat(i % 300)}\n`).join(''),
  );
  const sum = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

  it.each(['Content-Length', 'Transfer-Encoding'])('gets every byte in its place (%s)', async (framing) => {
    const chunk = (bytes: Buffer): Buffer =>
      Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
    const backend = await startRawBackend((socket) => {
      socket.once('data', () => {
        if (framing === 'Content-Length') {
          socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${content.length}\r\n\r\n`);
          socket.write(content);
          return;
        }
        socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
        for (let at = 0; at < content.length; at += 70_001)
          socket.write(chunk(content.subarray(at, at + 70_001)));
        socket.write('0\r\n\r\n');
      });
    });
    const made = await anEngine({ transport, servers: { a: backend.url } });
    const socket = clientOf(made.port);
    socket.write('GET / HTTP/1.0\r\nHost: a\r\n\r\n');
    const pieces: Buffer[] = [];
    for await (const piece of socket) {
      pieces.push(piece as Buffer);
      if (pieces.length % 7 === 0) await later(2);
    }
    const all = Buffer.concat(pieces);
    expect(sum(all.subarray(all.indexOf('\r\n\r\n') + 4))).toBe(sum(content));
    await made.settled();
  });

  it('a server that reads slowly gets every byte in its place', async () => {
    const pieces: Buffer[] = [];
    const backend = await startRawBackend((socket) => {
      let length = 0;
      socket.on('data', (piece) => {
        pieces.push(piece);
        length += piece.length;
        if (Buffer.concat(pieces.slice(0, 2)).indexOf('\r\n\r\n') + 4 + content.length === length) {
          socket.write(OK);
          return;
        }
        socket.pause();
        setTimeout(() => socket.resume(), pieces.length % 7 === 0 ? 2 : 0);
      });
    });
    const made = await anEngine({ transport, servers: { a: backend.url } });
    const socket = clientOf(made.port);
    socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${content.length}\r\n\r\n`);
    socket.write(content);
    await new Promise((resolve) => socket.once('data', resolve));
    const all = Buffer.concat(pieces);
    expect(sum(all.subarray(all.indexOf('\r\n\r\n') + 4))).toBe(sum(content));
    await made.settled();
  });
});
