import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { aBlackHole } from '../support/a-black-hole.ts';
import { anEngine, type TestEngine, TRANSPORTS } from '../support/an-engine.ts';
import { defaultLinks } from '../support/default-links.ts';
import { eventually } from '../support/eventually.ts';
import { KeptClient, type Told } from '../support/kept-client.ts';
import { connectRaw } from '../support/raw-client.ts';
import {
  aDeadUrl,
  type Backend,
  resetNow,
  startBackend,
  startRawBackend,
  whenSaid,
} from '../support/start-backend.ts';
import { failuresOf } from '../support/start-load.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const get = (n: number): string => `GET /${n} HTTP/1.1\r\nHost: a\r\n\r\n`;
const post = (n: number): string => `POST /${n} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody`;

/** Asks one thing after the other. */
const askAll = async (
  port: number,
  count: number,
  request: (n: number) => string = get,
): Promise<readonly Told[]> => {
  const client = new KeptClient(port);
  const told: Told[] = [];
  for (let n = 0; n < count; n++) told.push(await client.ask(request(n)));
  return told;
};

/** A server that misbehaves at every request, and writes down the paths that it was sent. */
const aBadServer = async (
  misbehave: (socket: Socket, nth: number) => void,
): Promise<Backend & { readonly paths: string[] }> => {
  const paths: string[] = [];
  const backend = await startRawBackend((socket) => {
    let heard = 0;
    socket.once('end', () => socket.end());
    whenSaid(socket, (text) => {
      const requests = [...text.matchAll(/^(?:GET|POST) (\S+)/gm)].slice(heard);
      heard += requests.length;
      for (const [, path] of requests) {
        paths.push(path!);
        misbehave(socket, paths.length);
      }
    });
  });
  return Object.assign(backend, { paths });
};

const MANNERS: readonly (readonly [string, (socket: Socket) => void])[] = [
  ['closes instead of an answer', (socket) => void socket.end()],
  ['resets instead of an answer', resetNow],
  [
    'resets in the head',
    (socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-', () => resetNow(socket)),
  ],
  ['closes in the head', (socket) => void socket.end('HTTP/1.1 200 OK\r\nContent-')],
  ['answers garbage', (socket) => void socket.write('\x16\x03\x01 what?\r\n\r\n')],
  [
    'answers with a head without end',
    (socket) => void socket.write(`HTTP/1.1 200 OK\r\nX: ${'y'.repeat(100_000)}`),
  ],
  [
    'answers with a status that is none',
    (socket) => void socket.write('HTTP/1.1 999999 OK\r\nContent-Length: 0\r\n\r\n'),
  ],
  [
    'answers in two lengths',
    (socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'),
  ],
];

/** Nothing is under way any more, nothing failed inside, and no connection but kept ones is left. */
const isQuiet = async ({ engine, faults, settled, pool }: TestEngine): Promise<void> => {
  await settled();
  expect(faults).toEqual([]);
  for (const server of pool.servers) {
    const { open, idle, waiting } = engine.pools.of(server).counts;
    expect({ open, waiting }).toEqual({ open: idle, waiting: 0 });
  }
};

describe.each(TRANSPORTS)('R7: servers that fail, on %s', (transport) => {
  it('one that refuses: no request is lost', async () => {
    const [dead, a, b] = [await aDeadUrl(), await startBackend(), await startBackend()];
    const made = await anEngine({ transport, servers: { dead, a: a.url, b: b.url }, links: defaultLinks() });
    expect(failuresOf(await askAll(made.port, 60))).toEqual([]);
    expect(failuresOf(await askAll(made.port, 60, post))).toEqual([]);
    await isQuiet(made);
  });

  it.each(MANNERS)('one that %s: no GET is lost', async (_, misbehave) => {
    const [bad, a, b] = [await aBadServer(misbehave), await startBackend(), await startBackend()];
    const made = await anEngine({ transport, servers: { bad: bad.url, a: a.url, b: b.url } });
    expect(failuresOf(await askAll(made.port, 10))).toEqual([]);
    expect(bad.paths).toHaveLength(10);
    await isQuiet(made);
    await eventually(() => bad.open === 0, 'its connections are closed');
  });

  it.each(MANNERS)('one that %s: each POST is sent once and no more', async (_, misbehave) => {
    const [bad, a] = [await aBadServer(misbehave), await startBackend()];
    const made = await anEngine({ transport, servers: { bad: bad.url, a: a.url } });
    const told = await askAll(made.port, 10, post);
    expect(told.map(({ status }) => status)).toEqual(told.map(() => 502));
    expect(bad.paths).toEqual(told.map((_, n) => `/${n}`));
    expect(a.requests).toHaveLength(0);
    await isQuiet(made);
  });

  it('all of them: three attempts at most, and an answer', async () => {
    const bad = await Promise.all([1, 2, 3, 4, 5].map(() => aBadServer(resetNow)));
    const servers = Object.fromEntries(bad.map(({ url }, i) => [`s${i}`, url]));
    const made = await anEngine({ transport, servers });
    for (let n = 0; n < 3; n++) expect((await new KeptClient(made.port).ask(get(n))).status).toBe(502);
    for (let n = 0; n < 3; n++)
      expect(bad.flatMap(({ paths }) => paths).filter((path) => path === `/${n}`).length).toBeLessThanOrEqual(
        3,
      );
    await isQuiet(made);
  });

  it('all of them, for many requests: retries are a fifth of the requests, and a floor', async () => {
    const bad = await Promise.all([1, 2, 3].map(() => aBadServer(resetNow)));
    const servers = Object.fromEntries(bad.map(({ url }, i) => [`s${i}`, url]));
    const made = await anEngine({ transport, servers });
    const begun = performance.now();
    await askAll(made.port, 300);
    const seconds = Math.ceil((performance.now() - begun) / 1000);
    const sent = bad.reduce((sum, { paths }) => sum + paths.length, 0);
    expect(sent - 300).toBeLessThanOrEqual(60 + 10 * (seconds + 1));
    await isQuiet(made);
  });

  it('kept connections that it closes at any moment: none of 300 GETs is lost', async () => {
    const fickle = await aBadServer((socket, nth) => {
      socket.write(OK);
      if (nth % 3 === 0) setImmediate(() => socket.end());
      if (nth % 3 === 1) setTimeout(() => socket.end(), nth % 7);
      if (nth % 10 === 0) setTimeout(() => resetNow(socket), nth % 5);
    });
    const made = await anEngine({ transport, servers: { fickle: fickle.url } });
    const told = await Promise.all(Array.from({ length: 6 }, () => askAll(made.port, 50)));
    expect(failuresOf(told.flat())).toEqual([]);
    expect(fickle.paths.length).toBeGreaterThanOrEqual(300);
    await isQuiet(made);
  });

  it('kept connections that it closes as soon as a second request comes: none of 300 GETs is lost', async () => {
    const backend = await startRawBackend((socket) => {
      let answered = 0;
      socket.once('end', () => socket.end());
      socket.on('data', () => {
        answered += 1;
        if (answered === 1) socket.write(OK);
        else resetNow(socket);
      });
    });
    const made = await anEngine({ transport, servers: { only: backend.url } });
    expect(failuresOf(await askAll(made.port, 300))).toEqual([]);
    await isQuiet(made);
  });

  it('one that says more than its answer: the client hears the answer alone', async () => {
    const backend = await aBadServer(
      (socket) => void socket.write(`${OK}HTTP/1.1 200 Poison\r\nContent-Length: 0\r\n\r\n`),
    );
    const made = await anEngine({ transport, servers: { a: backend.url } });
    const client = await connectRaw(made.port);
    for (let n = 1; n <= 20; n++) {
      client.send(get(n));
      await eventually(() => client.heard().split('\r\n\r\nok').length === n + 1);
    }
    expect(client.heard()).not.toContain('Poison');
    await isQuiet(made);
    await eventually(() => backend.open === 0, 'none of its connections is kept');
  });

  it('one that drips its answer: it arrives, byte by byte', async () => {
    const backend = await aBadServer((socket) => {
      const bytes = [...OK];
      const drip = (): void => {
        const byte = bytes.shift();
        if (byte !== undefined) socket.write(byte, () => setImmediate(drip));
      };
      drip();
    });
    const made = await anEngine({ transport, servers: { a: backend.url } });
    expect(failuresOf(await askAll(made.port, 10))).toEqual([]);
    await isQuiet(made);
  });
});

describe.each(TRANSPORTS)('R8: servers that are silent, on %s', (transport) => {
  it.each([
    ['says nothing', ''],
    ['never finishes its head', 'HTTP/1.1 200 OK\r\nContent-'],
    ['says only that it will say something', 'HTTP/1.1 102 Processing\r\n\r\n'],
  ])('one that %s: 504 within a second of the limit, and it is freed', async (_, words) => {
    const backend = await aBadServer((socket) => void (words && socket.write(words)));
    const made = await anEngine({
      transport,
      servers: { a: backend.url },
      timeouts: { responseHeaders: 400 },
    });
    const client = await connectRaw(made.port);
    const begun = performance.now();
    client.send(get(1));
    await client.hears(/HTTP\/1\.1 504 /);
    const ms = performance.now() - begun;
    expect(ms).toBeGreaterThan(250);
    expect(ms).toBeLessThan(1400);
    await isQuiet(made);
    await eventually(() => backend.open === 0, 'its connection is closed', 500);
    expect(made.outcomes).toEqual(['a server header_timeout']);
  });

  it.skipIf(process.platform !== 'linux')(
    'one that cannot be reached: within two seconds another answers, and the next requests do not meet it',
    async () => {
      const [hole, a] = [await aBlackHole(), await startBackend()];
      const made = await anEngine({ transport, servers: { hole, a: a.url }, links: defaultLinks() });
      const client = new KeptClient(made.port);
      const told: Told[] = [];
      const hasMet = (): boolean => made.outcomes.some((outcome) => outcome.startsWith('hole '));
      while (!hasMet()) told.push(await client.ask());
      expect(failuresOf(told)).toEqual([]);
      expect(told.at(-1)!.ms).toBeLessThanOrEqual(2000);
      const later = await askAll(made.port, 20);
      expect(failuresOf(later)).toEqual([]);
      expect(Math.max(...later.map(({ ms }) => ms))).toBeLessThan(1000);
      await isQuiet(made);
    },
  );
});

describe.each(TRANSPORTS)('R10: an answer that breaks off, on %s', (transport) => {
  it.each([
    ['with a length', 'Content-Length: 100', resetNow],
    ['with a length', 'Content-Length: 100', (socket: Socket): void => void socket.end()],
    ['in chunks', 'Transfer-Encoding: chunked', resetNow],
    ['in chunks', 'Transfer-Encoding: chunked', (socket: Socket): void => void socket.end()],
    ['without either', 'X: y', resetNow],
  ] as const)(
    '%s (%#): the client sees that it is not whole, within 0.2 seconds',
    async (_, field, leave) => {
      const sockets: Socket[] = [];
      const backend = await aBadServer((socket) => {
        sockets.push(socket);
        socket.write(`HTTP/1.1 200 OK\r\n${field}\r\n\r\n4\r\nsome\r\n`);
      });
      const made = await anEngine({ transport, servers: { a: backend.url } });
      for (const version of ['1.1', '1.0']) {
        const client = await connectRaw(made.port);
        client.send(`GET / HTTP/${version}\r\nHost: a\r\n\r\n`);
        await client.hears(/some/);
        const begun = performance.now();
        leave(sockets.pop()!);
        const { text, reset } = await client.closed();
        expect(performance.now() - begun).toBeLessThan(200);
        expect(reset).toBe(true);
        expect(text).not.toMatch(/\r\n0\r\n/);
      }
      await isQuiet(made);
      expect(made.outcomes).toEqual(['a server body_cut', 'a server body_cut']);
    },
  );
});
