import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { aRunningProxy } from '../support/a-running-proxy.ts';
import { TRANSPORTS } from '../support/an-engine.ts';
import { KeptClient } from '../support/kept-client.ts';
import { startBackend } from '../support/start-backend.ts';

const LIMIT = 256;
const CLIENTS = 400;

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const aClient = async (port: number): Promise<Socket> => {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
  return socket;
};

/** What a client hears; empty if it is turned away. */
const asks = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    const end = (): void => resolve(text);
    socket.once('close', end).once('end', end);
    socket.on('data', (piece) => {
      text += piece.toString('latin1');
      if (text.includes('\r\n\r\n')) end();
    });
    if (socket.destroyed) end();
    else socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  });

describe.skipIf(process.platform !== 'linux').each(TRANSPORTS)(
  'R16: out of descriptors, on %s',
  (transport) => {
    it('it neither crashes nor spins, serves whom it has let in, and all again within a second after', async () => {
      const backend = await startBackend();
      const proxy = await aRunningProxy({ transport, servers: [backend.url], descriptors: LIMIT });
      const { pid, program } = proxy;
      const clients = await Promise.all(Array.from({ length: CLIENTS }, () => aClient(proxy.port)));
      await later(300);
      const used = proxy.cpu();
      const begun = performance.now();
      await later(1500);
      expect((proxy.cpu() - used) / (performance.now() - begun)).toBeLessThan(0.2);
      expect(proxy.descriptors().length).toBeLessThanOrEqual(LIMIT);
      const heard = await Promise.all(clients.map(asks));
      const served = heard.filter((text) => text.startsWith('HTTP/1.1 200 '));
      expect(served.length).toBeGreaterThan(60);
      // Who was let in is served: clients take no descriptor that a connection to a server needs.
      expect(heard.filter((text) => text !== '' && !text.startsWith('HTTP/1.1 200 '))).toEqual([]);
      for (const client of clients) client.destroy();
      const left = performance.now();
      const late = new KeptClient(proxy.port);
      for (let row = 0; row < 10; ) {
        row = (await late.ask()).status === 200 ? row + 1 : 0;
        expect(performance.now() - left).toBeLessThan(1000);
      }
      expect(program.child.exitCode).toBeNull();
      expect(proxy.pid).toBe(pid);
      expect(program.said()).not.toMatch(/the serving process ended/);
    });
  },
);
