import { connect } from 'node:http2';
import { describe, expect, it, onTestFinished } from 'vitest';
import { anHttp2Engine, answerOf, aSession, ask } from '../proxy/http2/an-http2-engine.ts';
import type { EngineFacts } from '../support/an-engine.ts';
import { eventually } from '../support/eventually.ts';
import {
  ACK,
  block,
  CANCEL,
  CONTINUATION,
  connectFrames,
  DATA,
  END_HEADERS,
  END_STREAM,
  ENHANCE_YOUR_CALM,
  frame,
  framesIn,
  GOAWAY,
  goawayIn,
  HEADERS,
  headers,
  PING,
  PRIORITY,
  pseudo,
  reset,
  resetIn,
  SETTINGS,
  WINDOW_UPDATE,
} from '../support/http2-frames.ts';
import type { RawClient } from '../support/raw-client.ts';
import { startBackend } from '../support/start-backend.ts';

const MIB = 1024 * 1024;

/** Node says nothing of sessions that it has ended; those are found by their silence. */
const IMPATIENT = (url: string): EngineFacts => ({ servers: { a: url }, timeouts: { responseIdle: 300 } });

/** Sends as fast as it goes until the connection is closed or `most` bytes are out; gives how many were. */
const flood = async (client: RawClient, piece: () => Buffer, most: number): Promise<number> => {
  const { socket } = client;
  let sent = 0;
  while (!socket.destroyed && sent < most) {
    const bytes = piece();
    sent += bytes.length;
    if (socket.write(bytes)) await new Promise((resolve) => setImmediate(resolve));
    else
      await new Promise<void>((resolve) => {
        socket.once('drain', resolve).once('close', () => resolve());
      });
  }
  return sent;
};

const repeated = (bytes: Buffer, count: number): Buffer =>
  Buffer.concat(Array.from({ length: count }, () => bytes));

/** A stream's numbers, one after the other. */
const streamNumbers = (): (() => number) => {
  let stream = -1;
  return () => {
    stream += 2;
    return stream;
  };
};

describe('a client of HTTP/2 that floods', () => {
  it('with 20,000 requests that it resets at once reaches servers with few of them (Rapid Reset)', async () => {
    const backend = await startBackend();
    const { h2cPort, url, settled } = await anHttp2Engine({ servers: { a: backend.url } });
    let left = 20_000;
    let sessions = 0;
    while (left > 0) {
      const client = await connectFrames(h2cPort);
      const next = streamNumbers();
      sessions += 1;
      const pair = (): Buffer => {
        const stream = next();
        left -= 1;
        return Buffer.concat([headers(stream, pseudo({ ':path': '/flood' })), reset(stream)]);
      };
      const answered = fetch(`${url}/good`);
      await flood(client, () => Buffer.concat(Array.from({ length: Math.min(left, 500) }, pair)), left * 100);
      await client.closed();
      expect((await answered).status).toBe(200);
      if (sessions === 1) expect([undefined, ENHANCE_YOUR_CALM]).toContain(goawayIn(client.heard()));
    }
    expect(backend.requests.filter(({ url: path }) => path === '/flood').length).toBeLessThanOrEqual(1000);
    await settled();
  });

  it('with requests that it resets one by one is thrown out after a hundred', async () => {
    const backend = await startBackend(() => undefined);
    const { h2cPort, settled } = await anHttp2Engine({ servers: { a: backend.url } });
    const client = await connectFrames(h2cPort);
    const next = streamNumbers();
    for (let i = 1; goawayIn(client.heard()) === undefined && i < 200; i++) {
      const stream = next();
      client.send(headers(stream, pseudo()));
      await eventually(() => backend.requests.length >= i || client.socket.destroyed);
      client.send(reset(stream));
    }
    await client.closed();
    expect(goawayIn(client.heard())).toBe(ENHANCE_YOUR_CALM);
    expect(backend.requests.length).toBeLessThan(150);
    await settled();
  });

  it.each<[string, (stream: number) => Buffer]>([
    ['windows that do not grow', (stream) => frame(WINDOW_UPDATE, 0, stream, '\0\0\0\0')],
    ['windows that grow beyond all bounds', (stream) => frame(WINDOW_UPDATE, 0, stream, '\x7f\xff\xff\xff')],
    ['content behind the end', (stream) => frame(DATA, END_STREAM, stream, 'x')],
    ['trailers that are none', (stream) => headers(stream, [['connection', 'close']])],
    ['priorities of a wrong length', (stream) => frame(PRIORITY, 0, stream, 'x')],
  ])('with requests that it has us reset, by %s, is thrown out (MadeYouReset)', async (_what, faulty) => {
    const backend = await startBackend(() => undefined);
    const { h2cPort, settled } = await anHttp2Engine(IMPATIENT(backend.url), 100);
    const client = await connectFrames(h2cPort);
    const next = streamNumbers();
    for (let i = 0; i < 300 && !client.socket.destroyed; i++) {
      const stream = next();
      client.send(headers(stream, pseudo()));
      await new Promise((resolve) => setTimeout(resolve, 1));
      client.send(faulty(stream));
    }
    await client.closed();
    expect(backend.requests.length).toBeLessThan(200);
    await settled();
  });

  it('is told from one that cancels as much as it uses', async () => {
    const backend = await startBackend((req, res) => void (req.url === '/slow' || res.end('ok')));
    const { h2cPort, settled } = await anHttp2Engine({ servers: { a: backend.url } });
    const session = await aSession(h2cPort);
    for (let i = 0; i < 300; i++) {
      const slow = session.request({ ':path': '/slow' });
      const heard = answerOf(slow);
      slow.close(CANCEL);
      await heard;
      expect(await ask(session)).toMatchObject({ status: 200 });
    }
    expect(session.destroyed).toBe(false);
    await settled();
  });

  const SOME = block([['x-a', 'b']]);
  const endless = (payload: Buffer | string): Buffer =>
    Buffer.concat([
      frame(HEADERS, END_STREAM, 1, block(pseudo())),
      repeated(frame(CONTINUATION, 0, 1, payload), 200),
    ]);

  it.each([
    ['empty frames', endless('')],
    ['small frames', endless(SOME)],
    ['frames of the largest size', endless(block([['x-a', 'b'.repeat(16_000)]]))],
  ])('with a head that never ends, in %s, is closed', async (_what, bytes) => {
    const { h2cPort, engine } = await anHttp2Engine({ servers: {} });
    const client = await connectFrames(h2cPort);
    client.send(bytes);
    await client.closed();
    expect(framesIn(client.heard()).some(({ type }) => type === GOAWAY)).toBe(true);
    await expect.poll(() => engine.clients.size).toBe(0);
  });

  it.each<[string, Buffer]>([
    ['PING', frame(PING, 0, 0, '12345678')],
    ['answers to PING', frame(PING, ACK, 0, '12345678')],
    ['SETTINGS', frame(SETTINGS, 0, 0)],
    ['PRIORITY', frame(PRIORITY, 0, 1, '\0\0\0\0\x10')],
    ['WINDOW_UPDATE', frame(WINDOW_UPDATE, 0, 0, '\0\0\0\x01')],
    ['unknown frames', frame(0xbe, 0, 0, 'x'.repeat(1000))],
    ['resets of streams that it did not begin', reset(1)],
    ['content of streams that it did not begin', frame(DATA, 0, 1, 'x')],
  ])('with %s is closed', async (_what, one) => {
    const { h2cPort, engine } = await anHttp2Engine({ servers: {}, timeouts: { requestHeaders: 1000 } });
    const client = await connectFrames(h2cPort);
    const bytes = repeated(one, 2000);
    await flood(client, () => bytes, 1000 * MIB);
    await client.closed();
    await expect.poll(() => engine.clients.size).toBe(0);
  });

  it('with empty content is closed', async () => {
    const backend = await startBackend(() => undefined);
    const { h2cPort, settled } = await anHttp2Engine({ servers: { a: backend.url } });
    const client = await connectFrames(h2cPort);
    client.send(headers(1, pseudo({ ':method': 'POST' }), 0));
    const bytes = repeated(frame(DATA, 0, 1), 1000);
    await flood(client, () => bytes, 1000 * MIB);
    await client.closed();
    await settled();
  });

  it('with PING, and reads no answers, is closed', async () => {
    const { h2cPort, engine } = await anHttp2Engine({ servers: {} });
    const client = await connectFrames(h2cPort);
    client.socket.pause();
    const bytes = repeated(frame(PING, 0, 0, '12345678'), 2000);
    await flood(client, () => bytes, 1000 * MIB);
    await expect.poll(() => engine.clients.size, { timeout: 5000 }).toBe(0);
  });

  it('with fields that unpack to much more is refused (HPACK bomb)', async () => {
    const backend = await startBackend();
    const { h2cPort, settled } = await anHttp2Engine({ servers: { a: backend.url } });
    const client = await connectFrames(h2cPort);
    // A literal of 4,000 bytes that goes into the table, and then its index, again and again.
    const literal = Buffer.concat([
      Buffer.from('\x40\x01x', 'latin1'),
      block([['', 'v'.repeat(3990)]]).subarray(2),
    ]);
    const bomb = Buffer.concat([block(pseudo()), literal, Buffer.alloc(10_000, 0xbe)]);
    client.send(frame(HEADERS, END_STREAM | END_HEADERS, 1, bomb));
    client.send(headers(3, pseudo()));
    await expect.poll(() => resetIn(client.heard(), 1) ?? goawayIn(client.heard())).toBe(ENHANCE_YOUR_CALM);
    await settled();
    expect(backend.requests.length).toBeLessThanOrEqual(1);
  });

  it('with more streams than it may open has them refused', async () => {
    const backend = await startBackend(() => undefined);
    const { h2cPort, engine, settled } = await anHttp2Engine({ servers: { a: backend.url } });
    const client = await connectFrames(h2cPort);
    const next = streamNumbers();
    const bytes = Buffer.concat(Array.from({ length: 2000 }, () => headers(next(), pseudo())));
    client.send(bytes);
    await client.closed();
    expect(backend.requests.length).toBeLessThanOrEqual(100);
    await settled();
    expect(engine.clients.size).toBe(0);
  });

  it('drips a head, and is closed when the time for one is over', async () => {
    const { h2cPort, engine } = await anHttp2Engine({ servers: {}, timeouts: { requestHeaders: 500 } });
    const client = await connectFrames(h2cPort);
    const bytes = headers(1, [...pseudo(), ['x', 'y'.repeat(10_000)]]);
    for (let at = 0; !client.socket.destroyed && at < bytes.length; at++) {
      client.send(bytes.subarray(at, at + 1));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await client.closed();
    expect(engine.clients.size).toBe(0);
  });

  it('takes no answers, and has little read from the server for it', async () => {
    const backend = await startBackend((_req, res) => void res.end(Buffer.alloc(8 * MIB)));
    const { h2cPort, engine } = await anHttp2Engine({ servers: { a: backend.url } });
    const session = connect(`http://127.0.0.1:${h2cPort}`, { settings: { initialWindowSize: 0 } });
    onTestFinished(() => session.destroy());
    const streams = Array.from({ length: 50 }, () => session.request({ ':path': '/' }).on('error', () => {}));
    await Promise.all(streams.map((stream) => new Promise((resolve) => stream.once('response', resolve))));
    expect(engine.open).toBe(50);
    session.destroy();
    await expect.poll(() => engine.open).toBe(0);
  });
});
