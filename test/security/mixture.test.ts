import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/core/random.ts';
import { anEngine, TRANSPORTS } from '../support/an-engine.ts';
import { connectRaw, type RawClient } from '../support/raw-client.ts';
import { readStrictly, type StrictMessage } from '../support/read-strictly.ts';
import { resetNow } from '../support/start-backend.ts';
import { startWitness } from '../support/start-witness.ts';

const CLIENTS = 40;
const EACH = 25;
const SEED = 4711;
/** Larger than what one read brings. */
const LARGEST = 200_000;

type Next = () => number;

const contentOf = (name: string, size: number): string =>
  name.repeat(Math.ceil(size / name.length)).slice(0, size);

const chunksOf = (content: string, next: Next): string => {
  let text = '';
  for (let at = 0; at < content.length; ) {
    const size = 1 + Math.floor(next() * Math.min(50_000, content.length - at));
    text += `${size.toString(16)}${next() < 0.1 ? ';x=y' : ''}\r\n${content.slice(at, at + size)}\r\n`;
    at += size;
  }
  return `${text}0\r\n${next() < 0.2 ? 'X: y\r\n' : ''}\r\n`;
};

/** Lines of framing, and the content with it. */
const framed = (content: string, next: Next): string =>
  next() < 0.5
    ? `Content-Length: ${content.length}\r\n\r\n${content}`
    : `Transfer-Encoding: chunked\r\n\r\n${chunksOf(content, next)}`;

const sizeFor = (next: Next): number => Math.floor(next() ** 4 * LARGEST);

const writeCut = async (socket: Socket, text: string, next: Next): Promise<void> => {
  for (let at = 0; at < text.length && !socket.destroyed; ) {
    const end = next() < 0.7 ? text.length : at + 1 + Math.floor(next() * (text.length - at));
    socket.write(Buffer.from(text.slice(at, end), 'latin1'));
    at = end;
    if (next() < 0.5) await nextTurn();
  }
};

/** Answers with what was asked for: so much of the name of the request, framed in some way, whole or not. */
const answerWith =
  (next: Next) =>
  (message: StrictMessage, socket: Socket): string => {
    const [, , name = '', size = '0'] = message.startLine.split(' ')[1]!.split('/');
    expect(message.content).toBe(contentOf(name, message.content.length));
    const interim = next() < 0.1 ? 'HTTP/1.1 100 Continue\r\n\r\n' : '';
    const text = `${interim}HTTP/1.1 200 OK\r\n${framed(contentOf(name, Number(size)), next)}`;
    const isBroken = next() < 0.03;
    const sent = isBroken ? text.slice(0, Math.floor(next() * text.length)) : text;
    void writeCut(socket, sent, next).then(() => isBroken && resetNow(socket));
    return '';
  };

/** What a client got is what it asked for, up to where it broke off. */
const checkAnswers = ({ heard }: RawClient, names: readonly string[], sizes: readonly number[]): number => {
  const { messages, fault } = readStrictly('response', heard());
  expect(fault).toBeUndefined();
  const finals = messages.filter(({ startLine }) => !startLine.includes(' 100 '));
  const whole = finals.filter(({ isComplete }) => isComplete);
  for (const [i, { startLine, content }] of whole.entries())
    if (startLine.includes(' 200 ')) expect(content === contentOf(names[i]!, sizes[i]!)).toBe(true);
  return whole.length;
};

/** Many clients, each with some requests in a row, of which some leave, and servers of which some break. */
describe.each(TRANSPORTS)('everything at once on %s', (transport) => {
  it('gives nobody the bytes of another, and leaves nothing behind', async () => {
    const { next } = seededRandom(SEED);
    const witness = await startWitness(answerWith(next));
    const { port, settled, engine, faults } = await anEngine({ transport, servers: { a: witness.url } });
    let answered = 0;
    const run = async (name: string): Promise<void> => {
      const names = Array.from({ length: EACH }, (_, i) => `${name}-${i};`);
      const sizes = names.map(() => sizeFor(next));
      const client = await connectRaw(port);
      const leavesAfter = next() < 0.3 ? Math.floor(next() * EACH) : EACH;
      for (const [i, one] of names.entries()) {
        if (client.socket.destroyed) break;
        const isLast = i === EACH - 1 ? 'Connection: close\r\n' : '';
        const head = `PUT /of/${one}/${sizes[i]} HTTP/1.1\r\nHost: a\r\n${isLast}`;
        await writeCut(client.socket, head + framed(contentOf(one, sizeFor(next)), next), next);
        if (i === leavesAfter) resetNow(client.socket);
      }
      await client.closed();
      answered += checkAnswers(client, names, sizes);
    };
    await Promise.all(Array.from({ length: CLIENTS }, (_, i) => run(`c${i}`)));
    await settled();
    expect(answered).toBeGreaterThan((CLIENTS * EACH) / 4);
    expect([engine.clients.size, faults]).toEqual([0, []]);
  });
});
