import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandom } from '../../src/core/random.ts';
import { listenForTest } from '../support/a-door.ts';
import { anEngine, TRANSPORTS } from '../support/an-engine.ts';
import { readStrictly } from '../support/read-strictly.ts';

const CLIENTS = 12;
const BATCHES = 12;
/** What is longer than 64 KiB cannot be sent again when a server closes a kept connection. */
const MOST_BYTES = 60_000;

type Random = (below: number) => number;

const randomOf = (seed: number): Random => {
  const { next } = seededRandom(seed);
  return (below) => Math.floor(next() * below);
};

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const digest = (content: string): string => createHash('sha1').update(content, 'latin1').digest('hex');

/** What is sent under a number; anybody can work it out. */
const contentOf = (n: number): string =>
  `${n}-`.repeat((n * 7919) % 11 === 0 ? MOST_BYTES / 8 : (n * 131) % 900);

/** An HTTP server that says which request it got, with what content, in one of many ways. */
const aServer = async (random: Random): Promise<string> => {
  const busy = new Set<Socket>();
  const server = createServer(async (req, res) => {
    const { socket } = req;
    busy.add(socket);
    res.once('close', () => busy.delete(socket));
    const parts = await req.toArray().catch(() => undefined);
    // It came as the connection was ending, and comes again on another.
    if (!parts) return;
    const n = Number(req.url?.slice(1));
    const content = `${n} ${digest(Buffer.concat(parts).toString('latin1'))} ${contentOf(n + 1)}`;
    if (random(3) === 0) await later(random(4));
    if (random(9) === 0) res.setHeader('Connection', 'close');
    if (random(2) === 0) res.setHeader('Content-Length', content.length);
    if (random(6) === 0) res.writeEarlyHints({ link: '</a>; rel=preload' });
    const half = random(content.length);
    res.write(content.slice(0, half));
    if (random(4) === 0) await later(random(3));
    res.end(content.slice(half));
    if (random(12) === 0) setTimeout(() => !busy.has(socket) && socket.end(), random(3));
  });
  server.keepAliveTimeout = 20;
  return `http://127.0.0.1:${await listenForTest(server)}`;
};

interface Asked {
  readonly n: number;
  readonly bytes: string;
}

const aRequest = (n: number, random: Random): Asked => {
  const method = ['GET', 'PUT', 'DELETE', 'PUT'][random(4)]!;
  const content = method === 'PUT' ? contentOf(n) : '';
  const head = `${method} /${n} HTTP/1.1\r\nHost: a\r\n`;
  if (content === '') return { n, bytes: `${head}\r\n` };
  if (random(2) === 0) return { n, bytes: `${head}Content-Length: ${content.length}\r\n\r\n${content}` };
  const cut = 1 + random(content.length);
  const chunks = [content.slice(0, cut), content.slice(cut)].filter((chunk) => chunk !== '');
  const framed = chunks.map(
    (chunk) => `${chunk.length.toString(16)}${random(3) === 0 ? ';x=y' : ''}\r\n${chunk}\r\n`,
  );
  return { n, bytes: `${head}Transfer-Encoding: chunked\r\n\r\n${framed.join('')}0\r\n\r\n` };
};

/** Sends requests ahead of their answers on one connection, in random pieces, and gives the answers. */
const askAhead = async (
  socket: Socket,
  asked: readonly Asked[],
  random: Random,
): Promise<readonly string[]> => {
  let text = '';
  let check = (): void => undefined;
  socket.removeAllListeners('data').on('data', (piece) => {
    text += piece.toString('latin1');
    if (random(20) === 0) {
      socket.pause();
      setTimeout(() => socket.resume(), random(5));
    }
    check();
  });
  const all = asked.map(({ bytes }) => bytes).join('');
  const answers = (): readonly string[] =>
    readStrictly('response', text)
      .messages.filter(({ startLine, isComplete }) => isComplete && !/ 1\d\d /.test(startLine))
      .map(({ startLine, content }) => `${startLine.slice(9, 12)} ${content}`);
  const whole = new Promise<readonly string[]>((resolve, reject) => {
    let looked = 0;
    check = () => {
      if (text.length < looked * 1.2) return;
      looked = text.length;
      settle();
    };
    const settle = (): void => {
      const { fault } = readStrictly('response', text);
      if (fault) reject(new Error(fault));
      else if (answers().length === asked.length) resolve(answers());
    };
    const timer = setInterval(settle, 20);
    onTestFinished(() => clearInterval(timer));
    socket
      .removeAllListeners('close')
      .once('close', () => reject(new Error(`closed behind ${answers().length} of ${asked.length} answers`)));
  });
  for (let at = 0; at < all.length; ) {
    const size = 1 + random(random(3) === 0 ? 40 : 40_000);
    socket.write(all.slice(at, at + size), 'latin1');
    at += size;
    if (random(4) === 0) await later(random(3));
  }
  return whole;
};

const expected = ({ n, bytes }: Asked): string =>
  `200 ${n} ${digest(bytes.startsWith('PUT') ? contentOf(n) : '')} ${contentOf(n + 1)}`;

describe.each(TRANSPORTS)('all kinds of requests at once, on %s', (transport) => {
  it.each([1, 2, 3])('each gets the answer to what it said, in its turn (seed %d)', async (seed) => {
    const random = randomOf(seed);
    const made = await anEngine({
      transport,
      servers: { a: await aServer(random), b: await aServer(random) },
      connections: { maxConnections: 5, queue: { size: 1000, timeout: 10_000 } },
      retry: { attempts: 2, budget: 1 },
    });
    let number = 0;
    const another = (): Asked => {
      number += 1;
      return aRequest(number, random);
    };
    const run = async (): Promise<void> => {
      const socket = connect(made.port, '127.0.0.1').on('error', () => undefined);
      onTestFinished(() => void socket.destroy());
      for (let batch = 0; batch < BATCHES; batch++) {
        const asked = Array.from({ length: 1 + random(5) }, another);
        expect(await askAhead(socket, asked, random)).toEqual(asked.map(expected));
      }
      socket.destroy();
    };
    await Promise.all(Array.from({ length: CLIENTS }, run));
    await made.settled();
    expect(made.faults).toEqual([]);
    expect(made.finished.length).toBe(number);
  });
});
