import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { aRunningProxy } from '../support/a-running-proxy.ts';
import { TRANSPORTS } from '../support/an-engine.ts';
import { KeptClient } from '../support/kept-client.ts';
import { startBackend } from '../support/start-backend.ts';

const LIMIT_MS = 1000;
const CLIENTS = 400;

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The middle one of some numbers. */
const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

/** A client that sends a piece every now and then; resolves with how long it was let. */
const dribble = async (port: number, pieces: readonly string[], everyMs: number): Promise<number> => {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  const begun = performance.now();
  let n = 0;
  const timer = setInterval(() => {
    if (socket.writable) socket.write(pieces[n % pieces.length]!, 'latin1');
    n += 1;
  }, everyMs);
  socket.resume().write('GET / HTTP/1.1\r\n');
  await new Promise((resolve) => socket.once('end', resolve).once('close', resolve));
  clearInterval(timer);
  return performance.now() - begun;
};

const WAYS = [
  ['a byte at a time', ['X', '-', 'y', ':', 'z']],
  ['a line at a time', ['X-y: z\r\n']],
] as const;

describe.skipIf(process.platform !== 'linux').each(TRANSPORTS)('R14: slow heads, on %s', (transport) => {
  it.each(WAYS)(
    '(%s) all end within a second and a half of the limit; others are served meanwhile',
    async (_, pieces) => {
      const backend = await startBackend();
      const more = `timeouts: { requestHeaders: ${LIMIT_MS}ms }`;
      const proxy = await aRunningProxy({ transport, servers: [backend.url], more });
      const good = new KeptClient(proxy.port);
      expect((await good.ask()).status).toBe(200);
      const slow = Promise.all(Array.from({ length: CLIENTS }, () => dribble(proxy.port, pieces, 60)));
      const times: number[] = [];
      let isOver = false;
      void slow.then(() => {
        isOver = true;
      });
      while (!isOver) {
        const { status, ms } = await good.ask();
        expect(status).toBe(200);
        times.push(ms);
        await later(10);
      }
      expect(Math.max(...(await slow))).toBeLessThan(LIMIT_MS + 1500);
      expect(Math.min(...(await slow))).toBeGreaterThan(LIMIT_MS - 300);
      expect(median(times)).toBeLessThan(50);
      const began = performance.now();
      while (proxy.descriptors().filter((name) => name.startsWith('socket:')).length > 40) {
        expect(performance.now() - began).toBeLessThan(3000);
        await later(50);
      }
    },
  );
});
