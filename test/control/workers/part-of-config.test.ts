import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config/read.ts';
import type { Config } from '../../../src/config/schema/schema.ts';
import { partOfConfig } from '../../../src/control/workers/part-of-config.ts';
import {
  listensAlike,
  needsRoll,
  waitsForControl,
  workersOf,
} from '../../../src/control/workers/worker-config.ts';

const read = async (text: string): Promise<Config> => {
  const source = { file: 'a.yaml', text };
  return (await readConfig(source, { env: {}, readFile: async () => '' })).config;
};

const BASE = 'pools: { web: { servers: ["http://127.0.0.1:1"] } }\n';

describe('the part of a configuration that one of several workers keeps', () => {
  it('divides what is limited for the whole proxy', async () => {
    const config = await read(`
limits: { connections: 1001, inFlight: 3 }
pools:
  web:
    servers: [{ url: "http://127.0.0.1:1", maxConnections: 9 }, "http://127.0.0.1:2"]
    maxConnections: 1
    queue: { size: 5 }
    warmup: 1
routes: [{ pool: web, limits: { inFlight: 10 } }, { pool: web, path: /x }]
`);
    const part = partOfConfig(config, 2);
    expect(part.limits).toMatchObject({ connections: 500, inFlight: 1 });
    expect(part.pools['web']).toMatchObject({ maxConnections: 1, queue: { size: 3 }, warmup: 1 });
    expect(part.pools['web']?.servers.map(({ maxConnections }) => maxConnections)).toEqual([4, undefined]);
    expect(part.routes.map(({ limits }) => limits?.inFlight)).toEqual([5, undefined]);
    expect(part.timeouts).toEqual(config.timeouts);
  });

  it('has its part of every rate, of hosts and their locations too', async () => {
    const config = await read(`${BASE}
routes: [{ pool: web, rateLimit: { requests: 10, per: 1s, burst: 1 } }]
hosts:
  a.example: { pool: web, rateLimit: { requests: 5, per: 1s }, locations: [{ path: /x, pool: web, limits: { inFlight: 8 } }] }
`);
    const { routes, hosts } = partOfConfig(config, 4);
    expect(routes[0]?.rateLimit).toMatchObject({ requests: 2.5, burst: 1 });
    expect(hosts[0]?.rateLimit).toMatchObject({ requests: 1.25, burst: 1.25 });
    expect(hosts[0]?.locations[0]?.limits).toEqual({ inFlight: 2 });
  });

  it('is all of it for a single worker', async () => {
    const config = await read(BASE);
    expect(partOfConfig(config, 1)).toBe(config);
  });
});

describe('a configuration with workers', () => {
  it('has no event log: events are written by control', async () => {
    const config = await read(`eventLog: { file: events.log }\n${BASE}`);
    expect(config.eventLog?.file).toMatch(/^\/.*events\.log$/);
    expect(partOfConfig(config, 2).eventLog).toBeUndefined();
    expect(partOfConfig(config, 1).eventLog).toBeUndefined();
  });

  it('says how many', async () => {
    expect(workersOf(await read(BASE))).toBe(1);
    expect(workersOf(await read(`${BASE}workers: 7`))).toBe(7);
    expect(workersOf(await read(`${BASE}workers: auto`))).toBeGreaterThanOrEqual(1);
  });

  it.each([
    ['workers', 'workers: 3', [], false],
    ['how bytes move', 'transport: net', [], true],
    ['an address to listen at', 'listen: "127.0.0.1:8081"', ['listen'], true],
    ['how a listener is used', 'listen: { address: "127.0.0.1:8080", proxyProtocol: true }', [], true],
    ['the admin address', 'admin: false', ['admin'], false],
    ['a time', 'timeouts: { connect: 1s }', [], false],
  ])(
    'that changes %s waits for, or replaces workers for, what they cannot take',
    async (_, text, waits, rolls) => {
      const [running, wanted] = [await read(BASE), await read(`${BASE}${text}`)];
      expect(waitsForControl(running, wanted)).toEqual(waits);
      expect(needsRoll(running, wanted)).toBe(rolls);
      expect(listensAlike(running, wanted)).toBe(waits[0] !== 'listen');
    },
  );
});
