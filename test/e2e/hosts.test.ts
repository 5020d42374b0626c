import { describe, expect, it } from 'vitest';
import { aRunningProxy } from '../support/a-running-proxy.ts';
import { askRaw } from '../support/raw-client.ts';
import { startBackend } from '../support/start-backend.ts';
import { failuresOf, startLoad } from '../support/start-load.ts';

/** How often a host is added and removed; more by `HOST_ROUNDS=1000`. */
const ROUNDS = Number(process.env['HOST_ROUNDS'] ?? 20);

const change = async (admin: string, method: 'PUT' | 'DELETE', body?: object): Promise<number> => {
  const response = await fetch(`http://${admin}/api/v1/hosts/new.example`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  await response.text();
  return response.status;
};

const statusFor = async (port: number, host: string): Promise<string> => {
  const text = await askRaw(port, `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  return text.slice(9, 12);
};

describe.each([1, 2])('with %d workers', (workers) => {
  it('hosts come and go by the API while requests are served, and none fails', async () => {
    const { url } = await startBackend((_, res) => void res.end('server'));
    const { port, admin } = await aRunningProxy({
      servers: [url],
      more: `workers: ${workers}\nhosts: { www.example.com: { pool: web } }`,
    });
    const request = (): string => 'GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n';
    const load = startLoad(port, { clients: 8, rate: 400, request });
    for (let round = 0; round < ROUNDS; round++) {
      expect(await change(admin, 'PUT', { respond: { status: 204 } })).toBe(200);
      // Whichever worker gets the connection has the host by now.
      const asked = await Promise.all([1, 2, 3, 4].map(() => statusFor(port, 'new.example')));
      expect(asked).toEqual(['204', '204', '204', '204']);
      expect(await change(admin, 'DELETE')).toBe(200);
      expect(await statusFor(port, 'new.example')).toBe('404');
    }
    const told = await load.stop();
    expect(failuresOf(told)).toEqual([]);
    expect(told.length).toBeGreaterThan(ROUNDS);
  }, 300_000);
});
