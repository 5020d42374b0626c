import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { aRunningProxy } from '../support/a-running-proxy.ts';
import { TRANSPORTS } from '../support/an-engine.ts';
import { eventually } from '../support/eventually.ts';
import { KeptClient } from '../support/kept-client.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startBackend } from '../support/start-backend.ts';
import { failuresOf, startLoad } from '../support/start-load.ts';

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const named = (name: string) => startBackend((_req, res) => void res.end(name));

describe.skipIf(process.platform !== 'linux').each(TRANSPORTS)(
  'R13: a reload under load, on %s',
  (transport) => {
    it('loses no request, lets a transfer finish, uses the new servers soon, and keeps the old ones when it is broken', async () => {
      const slow = await startBackend(async (req, res) => {
        if (req.url !== '/long') return void res.end('old');
        for (let i = 0; i < 40; i++) {
          res.write('x'.repeat(1000));
          await later(50);
        }
        res.end();
      });
      const others = await Promise.all(['0', '1', '2', '3', '4'].map(named));
      const proxy = await aRunningProxy({ transport, servers: [slow.url] });
      const load = startLoad(proxy.port, { clients: 12, rate: 900 });
      const long = fetch(`http://127.0.0.1:${proxy.port}/long`).then((answer) => answer.text());
      await eventually(() => slow.requests.some(({ url }) => url === '/long'));
      const asking = new KeptClient(proxy.port);
      for (const [i, { url }] of others.entries()) {
        await later(300);
        await writeFile(proxy.file, proxy.configFor([url]));
        proxy.program.child.kill('SIGHUP');
        const begun = performance.now();
        while (!(await asking.ask()).text.endsWith(`\r\n\r\n${i}`))
          expect(performance.now() - begun).toBeLessThan(1000);
      }
      await writeFile(proxy.file, 'pools: 7\n');
      proxy.program.child.kill('SIGHUP');
      await proxy.program.says(/pools/);
      expect((await asking.ask()).text).toMatch(/4$/);
      expect(await long).toHaveLength(40_000);
      const told = await load.stop();
      expect(failuresOf(told)).toEqual([]);
      expect(told.length).toBeGreaterThan(500);
    });
  },
);

describe.skipIf(process.platform !== 'linux').each(TRANSPORTS)(
  'R13: the end under load, on %s',
  (transport) => {
    it('closes the listener first, loses none of 20 requests, and comes within a second of the last answer', async () => {
      const backend = await startBackend(async (req, res) => {
        await later(Number(req.url?.slice(1)));
        res.end('done');
      });
      const proxy = await aRunningProxy({
        transport,
        servers: [backend.url],
        more: 'shutdown: { delay: 0ms }',
      });
      const clients = await Promise.all(Array.from({ length: 20 }, () => connectRaw(proxy.port)));
      for (const [i, client] of clients.entries())
        client.send(`GET /${600 + 20 * i} HTTP/1.1\r\nHost: a\r\n\r\n`);
      await eventually(() => backend.requests.length === 20);
      proxy.program.child.kill('SIGTERM');
      const refused = async (): Promise<boolean> => {
        const socket = connect(proxy.port, '127.0.0.1');
        const [what] = await Promise.race([
          once(socket, 'connect').then(() => ['let in']),
          new Promise<string[]>((resolve) => socket.once('error', () => resolve(['refused']))),
        ]);
        socket.destroy();
        return what === 'refused';
      };
      await eventually(refused, 'nobody is let in', 500);
      expect(backend.open).toBe(20);
      for (const client of clients) {
        const { text, reset } = await client.closed();
        expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*Connection: close\r\n[\s\S]*done$/);
        expect(reset).toBe(false);
      }
      const last = performance.now();
      expect(await proxy.program.ended).toBe(0);
      expect(performance.now() - last).toBeLessThan(1000);
    });
  },
);
