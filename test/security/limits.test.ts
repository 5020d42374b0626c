import { describe, expect, it } from 'vitest';
import { anEngine, type EngineFacts, TRANSPORTS } from '../support/an-engine.ts';
import { eventually } from '../support/eventually.ts';
import { askRaw, connectRaw } from '../support/raw-client.ts';
import { startRawBackend, whenSaid } from '../support/start-backend.ts';
import { startWitness } from '../support/start-witness.ts';

const HEAD_BYTES = 16_384;
const TARGET_BYTES = 8192;
const FIELDS = 100;
const CHUNK_LINE_BYTES = 4096;
const TRAILER_BYTES = 8192;

/** A request whose head has exactly this many bytes. */
const requestOf = (bytes: number): string => {
  const [before, after] = ['GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: ', '\r\n\r\n'];
  return before + 'x'.repeat(bytes - before.length - after.length) + after;
};

const answerOf = (bytes: number): string => {
  const [before, after] = ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: ', '\r\n\r\n'];
  return before + 'x'.repeat(bytes - before.length - after.length) + after;
};

const withTarget = (target: string): string =>
  `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
const withFields = (count: number): string =>
  `GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${'X: y\r\n'.repeat(count - 2)}\r\n`;
const chunked = (body: string): string =>
  `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n${body}`;
const withChunkLine = (bytes: number): string =>
  chunked(`5;${'x'.repeat(bytes - '5;\r\n'.length)}\r\nhello\r\n0\r\n\r\n`);
const withTrailers = (bytes: number): string =>
  chunked(`5\r\nhello\r\n0\r\nX: ${'x'.repeat(bytes - 'X: \r\n\r\n'.length)}\r\n\r\n`);

describe.each(TRANSPORTS)('limits on %s', (transport) => {
  const start = async (facts: Omit<EngineFacts, 'servers' | 'transport'> = {}) => {
    const witness = await startWitness();
    return { witness, ...(await anEngine({ transport, servers: { a: witness.url }, ...facts })) };
  };

  it.each([
    ['a head of 16 KiB', requestOf(HEAD_BYTES)],
    ['a target of 8 KiB', withTarget(`/${'x'.repeat(TARGET_BYTES - 1)}`)],
    ['a query of 8 KiB', withTarget(`/?${'x'.repeat(TARGET_BYTES - 2)}`)],
    ['100 fields', withFields(FIELDS)],
    ['a chunk size line of 4 KiB', withChunkLine(CHUNK_LINE_BYTES)],
    ['trailers of 8 KiB', withTrailers(TRAILER_BYTES)],
    ['a body far beyond any buffer', `${chunked('100000\r\n')}${'x'.repeat(0x100000)}\r\n0\r\n\r\n`],
  ])('%s is taken', async (_, request) => {
    const { port, witness } = await start();
    expect(await askRaw(port, request)).toMatch(/^HTTP\/1\.1 200 /);
    expect(witness.seen).toHaveLength(1);
  });

  it.each([
    ['a head of 16 KiB and a byte', 431, requestOf(HEAD_BYTES + 1)],
    ['a target of 8 KiB and a byte', 414, withTarget(`/${'x'.repeat(TARGET_BYTES)}`)],
    ['a query of 8 KiB and a byte', 414, withTarget(`/?${'x'.repeat(TARGET_BYTES - 1)}`)],
    ['101 fields', 431, withFields(FIELDS + 1)],
    ['a chunk size line of 4 KiB and a byte', 400, withChunkLine(CHUNK_LINE_BYTES + 1)],
    ['trailers of 8 KiB and a byte', 400, withTrailers(TRAILER_BYTES + 1)],
  ])('%s is answered with %i', async (_, status, request) => {
    const { port, witness } = await start();
    expect(await askRaw(port, request)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(witness.seen).toEqual([]);
  });

  it.each([
    ['a target', 414, 'GET /', 'x'],
    ['a field', 431, 'GET / HTTP/1.1\r\nX: ', 'x'],
    ['fields', 431, 'GET / HTTP/1.1\r\n', 'X: y\r\n'],
    ['a method', 501, '', 'X'],
    ['a chunk size line', 400, chunked('5;'), 'x'],
    ['trailers', 400, chunked('0\r\n'), 'X: y\r\n'],
  ])('%s that never ends is answered with %i before it is too long', async (_, status, begin, more) => {
    const { port } = await start();
    const client = await connectRaw(port);
    client.send(begin);
    for (let sent = 0; sent < 2 * HEAD_BYTES && client.heard() === ''; sent += more.length * 100)
      client.send(more.repeat(100));
    expect(await client.hears(/\r\n\r\n/)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  it('the limits are those of the settings', async () => {
    const { port } = await start({ limits: { head: { bytes: 400, count: 5, target: 20 } } });
    expect(await askRaw(port, requestOf(400))).toMatch(/^HTTP\/1\.1 200 /);
    expect(await askRaw(port, requestOf(401))).toMatch(/^HTTP\/1\.1 431 /);
    expect(await askRaw(port, withFields(5))).toMatch(/^HTTP\/1\.1 200 /);
    expect(await askRaw(port, withFields(6))).toMatch(/^HTTP\/1\.1 431 /);
    expect(await askRaw(port, withTarget(`/${'x'.repeat(19)}`))).toMatch(/^HTTP\/1\.1 200 /);
    expect(await askRaw(port, withTarget(`/${'x'.repeat(20)}`))).toMatch(/^HTTP\/1\.1 414 /);
  });

  it('more fields than 100 can be allowed', async () => {
    const { port } = await start({ limits: { head: { bytes: 65_536, count: 500, target: 100 } } });
    expect(await askRaw(port, withFields(500))).toMatch(/^HTTP\/1\.1 200 /);
  });

  it.each([
    ['of 16 KiB is taken', HEAD_BYTES, 200],
    ['of 16 KiB and a byte is a 502', HEAD_BYTES + 1, 502],
  ])("the head of a server's answer %s", async (_, bytes, status) => {
    const backend = await startRawBackend((socket) => whenSaid(socket, () => socket.write(answerOf(bytes))));
    const { port } = await anEngine({ transport, servers: { a: backend.url } });
    expect(await askRaw(port, withTarget('/'))).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  it("the head of a server's answer that never ends is a 502", async () => {
    const backend = await startRawBackend((socket) => {
      whenSaid(socket, () => socket.write(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}`));
    });
    const { port } = await anEngine({ transport, servers: { a: backend.url } });
    expect(await askRaw(port, withTarget('/'))).toMatch(/^HTTP\/1\.1 502 /);
    await eventually(() => backend.open === 0 || backend.connections === 1);
  });

  describe('a body that is too large', () => {
    const LIMITS = { limits: { bodyBytes: 10 } };

    it('is answered with 413 before a server is asked, where its length says so', async () => {
      const { port, witness } = await start(LIMITS);
      const head = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n';
      expect(await askRaw(port, head)).toMatch(/^HTTP\/1\.1 413 /);
      expect(witness.backend.connections).toBe(0);
    });

    it('is answered with 413 in the middle, and the server sees no end of it', async () => {
      const { port, witness } = await start(LIMITS);
      const client = await connectRaw(port);
      client.send(chunked('5\r\nhello\r\n'));
      await eventually(() => witness.heard[0]?.includes('hello'));
      client.send('6\r\n world\r\n0\r\n\r\n');
      expect((await client.closed()).text).toMatch(/^HTTP\/1\.1 413 /);
      await eventually(() => witness.backend.open === 0);
      expect(witness.seen).toEqual([]);
      witness.hasOneReading();
    });

    it('is taken up to the limit', async () => {
      const { port, witness } = await start(LIMITS);
      expect(await askRaw(port, chunked('a\r\n0123456789\r\n0\r\n\r\n'))).toMatch(/^HTTP\/1\.1 200 /);
      expect(witness.seen).toEqual(['POST / 0123456789']);
    });
  });

  it('one connection too many is closed at once, and the others go on', async () => {
    const { port, url, engine } = await start({ limits: { connections: 2 } });
    const [first, second] = [await connectRaw(port), await connectRaw(port)];
    await eventually(() => engine.clients.size === 2);
    expect((await (await connectRaw(port)).closed()).text).toBe('');
    first.send(withTarget('/first'));
    await first.closed();
    expect(first.heard()).toMatch(/\(GET \/first\)/);
    await eventually(() => engine.clients.size === 1);
    expect((await fetch(url)).status).toBe(200);
    second.socket.destroy();
  });

  it('one request too many is answered with 503', async () => {
    const { port } = await start({ limits: { inFlight: 0 } });
    expect(await askRaw(port, withTarget('/'))).toMatch(/^HTTP\/1\.1 503 [\s\S]*\r\nRetry-After: 1\r\n/);
  });

  it('a length beyond 32 bits, and a chunk as large, are not cut', async () => {
    const { port, witness } = await start();
    const huge = [
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4294967301\r\n\r\nhello',
      chunked('100000005\r\nhello'),
    ];
    for (const [i, request] of huge.entries()) {
      const client = await connectRaw(port);
      client.send(`${request}GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n`);
      await eventually(() => witness.heard[i]?.includes('smuggled'));
      client.socket.destroy();
    }
    await eventually(() => witness.backend.open === 0);
    expect(witness.seen).toEqual([]);
    witness.hasOneReading();
  });
});
