import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/core/random.ts';
import { messages } from '../http1/fuzz/messages.ts';
import { anEngine, type TestEngine, TRANSPORTS } from '../support/an-engine.ts';
import { eventually } from '../support/eventually.ts';
import { oneReading } from '../support/one-reading.ts';
import { askRaw, dialRaw } from '../support/raw-client.ts';
import { resetNow, startRawBackend, whenSaid } from '../support/start-backend.ts';
import { answerTo, startWitness } from '../support/start-witness.ts';

/** `MUTATIONS=1000000` for a long run: so many messages from clients and from servers, half of them on each transport. */
const MUTATIONS = Number(process.env['MUTATIONS'] ?? 2500);
/** `MUTATIONS_SEED` for others. */
const SEED = Number(process.env['MUTATIONS_SEED'] ?? 20_261_121);
/** So many are drawn at once, and as many go on their way at the same time as AT_ONCE. */
const DRAWN = 5000;
const AT_ONCE = 100;
/** Requests on one connection to a server: it reads all of them again whenever there is more. */
const ON_ONE = 20;
const PATIENCE = {
  requestHeaders: 60,
  request: 60,
  clientIdle: 60,
  responseHeaders: 60,
  responseIdle: 60,
  tunnel: 60,
};
const timeout = 60_000 + 20 * MUTATIONS;

/** Draws messages batch by batch, so that a long run needs no more memory than a short one. */
function* draw(kind: 'request' | 'response', count: number, seed: number): Generator<Buffer> {
  for (let from = 0; from < count; from += DRAWN)
    for (const text of fc.sample(messages(kind), {
      numRuns: Math.min(DRAWN, count - from),
      seed: seed + from,
    }))
      yield Buffer.from(text, 'latin1');
}

/** Runs `one` for all, so many at a time. */
const forAll = async (all: Iterable<Buffer>, one: (message: Buffer, index: number) => Promise<void>) => {
  let index = 0;
  const iterator = all[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (let next = iterator.next(); !next.done; next = iterator.next()) {
      index += 1;
      await one(next.value, index);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
};

/** Whole, or in a few pieces that come one after the other. */
const sendCut = async (socket: Socket, message: Buffer, next: () => number): Promise<void> => {
  let at = 0;
  while (at < message.length && !socket.destroyed) {
    const end = next() < 0.5 ? message.length : at + 1 + Math.floor(next() * (message.length - at));
    socket.write(message.subarray(at, end));
    at = end;
    if (at < message.length) await nextTurn();
  }
};

/** What the engine has told so far. */
const forget = ({ finished, outcomes, events }: TestEngine): void => {
  for (const told of [finished, outcomes, events]) told.length = 0;
};

/** The same process goes on, and has forgotten everything. */
const checkAlive = async ({ port, engine, faults, settled }: TestEngine): Promise<void> => {
  expect(faults).toEqual([]);
  // On a connection of its own: one that fetch has kept may end at any moment.
  expect(await askRaw(port, 'GET /after HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')).toMatch(
    /^HTTP\/1\.1 200 /,
  );
  await settled();
  await eventually(() => engine.clients.size <= 1, 'no client is left but the last');
};

const EVERY_OPTION = {
  trusted: ['127.0.0.0/8'],
  exposeServer: true,
  settings: { keepsUnderscores: true, via: false },
} as const;

describe.each(TRANSPORTS)('mutated messages on %s', (transport) => {
  it.each([
    ['of clients', {}],
    ['of trusted clients, with every option', EVERY_OPTION],
  ])(
    '%s are answered or refused, and what goes on can be read in one way',
    async (_, facts) => {
      const { next } = seededRandom(SEED);
      const witness = await startWitness((message) =>
        next() < 1 / ON_ONE
          ? answerTo(message).replace('\r\n', '\r\nConnection: close\r\n')
          : answerTo(message),
      );
      const engine = await anEngine({ transport, servers: { a: witness.url }, timeouts: PATIENCE, ...facts });
      let forwarded = 0;
      await forAll(draw('request', MUTATIONS / 4, SEED), async (message, index) => {
        if (index % DRAWN === 0) {
          witness.hasOneReading();
          forwarded += witness.seen.length;
          witness.forget();
          forget(engine);
        }
        const client = await dialRaw(engine.port);
        await sendCut(client.socket, message, next);
        const end = next();
        if (end < 0.2) client.socket.end();
        else if (end < 0.3) resetNow(client.socket);
        const { text } = await client.closed();
        expect(text).toMatch(/^(?:HTTP\/1\.1 \d{3} |$)/);
      });
      await checkAlive(engine);
      witness.hasOneReading();
      expect(forwarded + witness.seen.length).toBeGreaterThan(MUTATIONS / 40);
    },
    timeout,
  );

  it(
    'of servers reach clients as one answer, as a 502, or not to their end',
    async () => {
      const { next } = seededRandom(SEED + 1);
      const answers = new Map<string, Buffer>();
      const backend = await startRawBackend((socket) => {
        socket.once('end', () => socket.end());
        let answered = 0;
        whenSaid(socket, (text) => {
          const heads = [...text.matchAll(/[A-Z]+ \/(\w+) HTTP\/1\.1\r\n(?:.+\r\n)*\r\n/g)];
          for (const [head, name = ''] of heads.slice(answered)) {
            answered += 1;
            void answer(socket, name, head, answered >= ON_ONE);
          }
        });
      });
      const answer = async (socket: Socket, name: string, head: string, isLast: boolean): Promise<void> => {
        const mutated = answers.get(name);
        if (!mutated) {
          const startLine = head.split('\r\n', 1)[0]!;
          socket.write(answerTo({ startLine, fields: [], content: '', trailers: [], isComplete: true }));
          return;
        }
        await sendCut(socket, mutated, next);
        const end = next();
        if (end < 0.5 || isLast) socket.end();
        else if (end < 0.6) resetNow(socket);
      };
      const engine = await anEngine({ transport, servers: { a: backend.url }, timeouts: PATIENCE });
      await forAll(draw('response', MUTATIONS / 2, SEED), async (message, index) => {
        const name = `case${index}`;
        answers.set(name, message);
        if (index % DRAWN === 0) forget(engine);
        const isHead = next() < 0.2;
        const lines =
          next() < 0.2 ? 'Connection: Upgrade\r\nUpgrade: websocket\r\n' : 'Connection: close\r\n';
        const client = await dialRaw(engine.port);
        const version = next() < 0.2 ? 'HTTP/1.0' : 'HTTP/1.1';
        client.send(`${isHead ? 'HEAD' : 'GET'} /${name} ${version}\r\nHost: a\r\n${lines}\r\n`);
        const { text, reset } = await client.closed();
        answers.delete(name);
        expect(text).toMatch(/^(?:HTTP\/1\.1 \d{3} |$)/);
        oneReading('response', text, { isHead, isClosed: !reset });
      });
      await checkAlive(engine);
    },
    timeout,
  );
});
