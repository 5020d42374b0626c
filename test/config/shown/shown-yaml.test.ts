import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readConfig } from '../../../src/config/read.ts';
import { shownYaml } from '../../../src/config/shown/shown-yaml.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forehand-shown-'));
});
afterAll(() => rm(folder, { recursive: true }));

const shown = async (value: object): Promise<string> => {
  const { config } = await readConfig({ value }, { env: {}, readFile: (path) => readFile(path, 'utf8') });
  return shownYaml(config);
};

/** A hash of a password, whose sum is known by its beginning. */
const aHash = (sum = ''): string => {
  const bytes = Buffer.alloc(32, sum);
  return `scrypt$32768$8$3$${bytes.subarray(0, 16).toString('base64')}$${bytes.toString('base64')}`;
};

const minimal = { pools: { web: { servers: ['http://10.0.0.1:8080'] } } };

describe('a configuration as YAML', () => {
  it('has every default', async () => {
    const read = parse(await shown(minimal));
    expect(read).toMatchObject({ admin: '127.0.0.1:9090', workers: 1, timeouts: { connect: 2000 } });
    expect(read.pools.web.servers).toMatchObject([{ id: '10.0.0.1:8080', url: 'http://10.0.0.1:8080' }]);
  });

  it('marks what is as by default, and nothing else', async () => {
    const health = { path: '/up', interval: '2s', rise: 9 };
    const { web } = minimal.pools;
    const text = await shown({
      listen: '127.0.0.1:1',
      timeouts: { connect: '9s' },
      pools: { web: { ...web, health, chain: ['byAge', 'byLoad'] }, api: web },
      routes: [{ host: 'api.example', pool: 'api' }, { pool: 'web' }],
    });
    for (const line of [
      'http2: false # default',
      'workers: 1 # default',
      'interval: 2000 # default',
      'chain: default # default',
      'tunnel: 3600000 # default',
    ])
      expect(text).toContain(line);
    for (const line of [
      'address: 127.0.0.1:1',
      'connect: 9000',
      'rise: 9',
      '- byLoad',
      'path: /up',
      'trustedProxies: []',
    ])
      expect(text).toMatch(new RegExp(`${line.replace(/[[\]]/g, '\\$&')}$`, 'm'));
    expect(parse(text).pools.web).toMatchObject({ health: { rise: 9 }, chain: ['byAge', 'byLoad'] });
  });

  it('writes the same text for the same configuration, without anchors', async () => {
    const text = await shown(minimal);
    expect(await shown(structuredClone(minimal))).toBe(text);
    expect(text).not.toMatch(/[&*]a1/);
  });

  it('names files with secrets and never what is in them', async () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9]{40}$/);
    const secrets = fc.uniqueArray(secret, { minLength: 12, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(secrets, async (all) => {
        const [agents, named, state, explain, pool, bearer, redis, admin, sessions, sticky, header, hash] =
          all;
        const file = async (name: string, text = ''): Promise<string> => {
          await writeFile(join(folder, name), `${text}\n`, { mode: 0o600 });
          return join(folder, name);
        };
        const text = await shown({
          agents: {
            listen: 'http://127.0.0.1:7000',
            token: agents,
            tokens: [{ name: 'other', tokenFile: await file('named', named) }],
          },
          state: {
            driver: 'redis',
            url: 'redis://forehand@127.0.0.1:6379/0',
            passwordFile: await file('redis', redis),
            token: state,
          },
          explain: { token: explain },
          adminAuth: {
            basic: { users: [{ name: 'ops', hash: aHash(hash) }] },
            bearer: [{ name: 'ci', token: admin, scope: 'read' }],
          },
          sessions: { store: 'memory', secret: sessions },
          pools: {
            web: {
              servers: ['http://10.0.0.1:8080'],
              credentials: { user: 'forehand', password: pool },
              sticky: { secret: sticky },
            },
            api: {
              servers: ['http://10.0.0.2:8080'],
              credentials: { bearerFile: await file('bearer', bearer) },
            },
          },
          routes: [
            {
              name: 'a',
              path: '/a',
              pool: 'web',
              auth: { users: [{ name: 'ann', hash: aHash(hash) }] },
              requestHeaders: { set: { authorization: `Bearer ${header}` } },
            },
            { name: 'b', path: '/b', pool: 'api' },
          ],
        });
        const hidden = [...all, aHash(hash), aHash(hash).slice(-20)];
        expect(hidden.filter((one) => text.includes(one))).toEqual([]);
        for (const name of ['named', 'redis', 'bearer']) expect(text).toContain(join(folder, name));
      }),
      { numRuns: 20 },
    );
  });
});
