import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { aRunningProxy } from '../support/a-running-proxy.ts';
import { TRANSPORTS } from '../support/an-engine.ts';
import { eventually } from '../support/eventually.ts';
import { KeptClient } from '../support/kept-client.ts';
import { startBackend } from '../support/start-backend.ts';

const WANTED = 8000;
const FEWEST = 2000;
/** Descriptors that this process needs for other things. */
const OWN = 200;
const AT_ONCE = 100;
/** Per connection; Node's own floor was measured at 9. */
const MOST_BYTES = 12 * 1024;

/** How many connections this process, and so its child, may have. */
const allowed = (): number => {
  const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  return Math.min(WANTED, Number(limit) - OWN);
};

/** A connection that has been of use once, and is not any more. */
const anIdle = async (port: number): Promise<Socket> => {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  await once(socket, 'connect');
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await once(socket, 'data');
  return socket;
};

describe.skipIf(process.platform !== 'linux').each(TRANSPORTS)(
  'R15: idle connections, on %s',
  (transport) => {
    it('thousands take little memory, do not slow others down, and leave no descriptor behind', {
      timeout: 40_000,
    }, async () => {
      const count = allowed();
      expect(count).toBeGreaterThanOrEqual(FEWEST);
      const backend = await startBackend();
      const proxy = await aRunningProxy({ transport, servers: [backend.url] });
      const good = new KeptClient(proxy.port);
      for (let n = 0; n < 200; n++) await good.ask();
      const before = { memory: proxy.memory(), descriptors: proxy.descriptors().length };
      const idle: Socket[] = [];
      onTestFinished(() => {
        for (const socket of idle) socket.destroy();
      });
      while (idle.length < count)
        idle.push(
          ...(await Promise.all(
            Array.from({ length: Math.min(AT_ONCE, count - idle.length) }, () => anIdle(proxy.port)),
          )),
        );
      expect(proxy.descriptors().length).toBeGreaterThanOrEqual(count);
      expect((proxy.memory() - before.memory) / count).toBeLessThan(MOST_BYTES);
      const times: number[] = [];
      for (let n = 0; n < 100; n++) {
        const { status, ms } = await good.ask();
        expect(status).toBe(200);
        times.push(ms);
      }
      expect(times.toSorted((a, b) => a - b)[50]).toBeLessThan(20);
      for (const socket of idle) socket.destroy();
      const kept = (): number => proxy.descriptors().length - before.descriptors;
      // What is left are connections to the server, which are kept for the next burst.
      await eventually(() => kept() <= AT_ONCE, 'the descriptors are given back', 10_000);
      expect((await good.ask()).status).toBe(200);
    });
  },
);
