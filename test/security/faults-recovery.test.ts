import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { anEngine, TRANSPORTS } from '../support/an-engine.ts';
import { defaultLinks } from '../support/default-links.ts';
import { KeptClient } from '../support/kept-client.ts';
import { resetNow, startBackend } from '../support/start-backend.ts';
import { failuresOf, startLoad } from '../support/start-load.ts';

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A server that can go away with all its connections, and come back at the same port. */
const aMortalServer = async (heard: (path: string) => void = () => undefined) => {
  const sockets = new Set<Socket>();
  let port = 0;
  let server: Server | undefined;
  const rise = async (): Promise<void> => {
    server = createServer((req, res) => {
      heard(req.url ?? '');
      res.end('ok');
    });
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  };
  const die = (): void => {
    server?.close();
    for (const socket of sockets) resetNow(socket);
  };
  await rise();
  onTestFinished(die);
  return { url: `http://127.0.0.1:${port}`, rise, die };
};

describe.each(TRANSPORTS)('R7: servers that come and go under load, on %s', (transport) => {
  it('one of three that flaps: no GET is lost', async () => {
    const [flapping, a, b] = [await aMortalServer(), await startBackend(), await startBackend()];
    const servers = { flapping: flapping.url, a: a.url, b: b.url };
    const made = await anEngine({ transport, servers, links: defaultLinks() });
    const load = startLoad(made.port, { clients: 12, rate: 900 });
    for (let i = 0; i < 8; i++) {
      await later(150);
      flapping.die();
      await later(150);
      await flapping.rise();
    }
    const told = await load.stop();
    expect(failuresOf(told)).toEqual([]);
    expect(told.length).toBeGreaterThan(500);
    await made.settled();
    expect(made.finished.some(({ server }) => server === 'flapping')).toBe(true);
    expect(made.outcomes.some((outcome) => /^flapping server /.test(outcome))).toBe(true);
    expect(made.faults).toEqual([]);
  });

  it('all of three that flap: no POST is sent twice', async () => {
    const heard: string[] = [];
    const mortals = await Promise.all([1, 2, 3].map(() => aMortalServer((path) => void heard.push(path))));
    const servers = Object.fromEntries(mortals.map(({ url }, i) => [`s${i}`, url]));
    const made = await anEngine({ transport, servers, links: defaultLinks() });
    const request = (n: number): string => `POST /${n} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi`;
    const load = startLoad(made.port, { clients: 12, rate: 900, request });
    for (let i = 0; i < 12; i++) {
      const mortal = mortals[i % 3]!;
      await later(40);
      mortal.die();
      await later(60);
      await mortal.rise();
    }
    const told = await load.stop();
    expect(new Set(heard).size).toBe(heard.length);
    expect(told.map(({ status }) => status).every((status) => status === 200 || status === 502)).toBe(true);
    expect(told.filter(({ status }) => status === 200).length).toBeGreaterThan(300);
    await made.settled();
    expect(made.faults).toEqual([]);
  });

  it('one of three that dies and stays dead: no GET is lost', async () => {
    const [mortal, a, b] = [await aMortalServer(), await startBackend(), await startBackend()];
    const servers = { mortal: mortal.url, a: a.url, b: b.url };
    const made = await anEngine({ transport, servers, links: defaultLinks() });
    const load = startLoad(made.port, { clients: 12, rate: 900 });
    await later(300);
    mortal.die();
    await later(700);
    expect(failuresOf(await load.stop())).toEqual([]);
    await made.settled();
  });
});

describe.each(TRANSPORTS)('R12: all servers vanish for half a second, on %s', (transport) => {
  it('and are used again within a second after they are back', async () => {
    const servers = await Promise.all([aMortalServer(), aMortalServer(), aMortalServer()]);
    const urls = Object.fromEntries(servers.map(({ url }, i) => [`s${i}`, url]));
    const made = await anEngine({ transport, servers: urls, links: defaultLinks() });
    const load = startLoad(made.port, { clients: 8, rate: 400 });
    await later(300);
    for (const server of servers) server.die();
    await later(500);
    const failed = failuresOf(load.told).length;
    expect(failed).toBeGreaterThan(0);
    for (const server of servers) await server.rise();
    const back = performance.now();
    const client = new KeptClient(made.port);
    for (let row = 0; row < 10; ) {
      row = (await client.ask()).status === 200 ? row + 1 : 0;
      expect(performance.now() - back).toBeLessThan(1000);
    }
    await load.stop();
    await made.settled();
    expect(made.faults).toEqual([]);
  });
});
