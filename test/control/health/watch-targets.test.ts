import { describe, expect, it } from 'vitest';
import { watchTarget } from '../../../src/control/health/watch-targets.ts';
import { ServerRecord } from '../../../src/core/server-record.ts';
import { readFrom } from '../../config/support.ts';
import { aSpec } from '../../core/support.ts';

const target = async (pool: object, url = 'http://10.0.0.1:81') => {
  const { config } = await readFrom({ value: { pools: { web: { servers: [url], ...pool } } } });
  const [server = ''] = config.pools['web']?.servers.map((one) => one.url) ?? [];
  const record = new ServerRecord('web', 0, aSpec('a', { url: new URL(server) }), true);
  const settings = config.pools['web'];
  if (!settings) throw new TypeError('no pool');
  return watchTarget(record, settings);
};

describe('how a server is watched over', () => {
  it('is by tries alone where nothing is said', async () => {
    expect(await target({})).toMatchObject({
      place: { host: '10.0.0.1', port: 81, timeout: 1000 },
      regular: undefined,
    });
  });

  it('is not at all with `health: false`', async () => {
    expect(await target({ health: false })).toBeUndefined();
  });

  it('is by connecting where no path is given', async () => {
    const { regular } = (await target({ health: { interval: '5s' } })) ?? {};
    expect(regular).toMatchObject({
      place: { host: '10.0.0.1', port: 81, timeout: 1000 },
      rules: { interval: 5000, jitter: 0.1, rise: 2, fall: 3, initial: 'unknown' },
    });
    expect(regular).not.toHaveProperty('question');
  });

  it('is by requests where one is given', async () => {
    const { regular } = (await target({ health: { path: '/up' } })) ?? {};
    expect(regular?.question).toEqual({
      method: 'GET',
      path: '/up',
      headers: { 'user-agent': 'forehand-check', host: '10.0.0.1:81' },
      statuses: [[200, 399]],
    });
  });

  it('says what it is told to', async () => {
    const health = {
      type: 'http',
      method: 'OPTIONS',
      host: 'www.example.com',
      headers: { 'User-Agent': 'me', 'X-Key': '1' },
      status: [200, '300-399'],
      body: 'ok',
    };
    const { regular } = (await target({ health })) ?? {};
    expect(regular?.question).toEqual({
      method: 'OPTIONS',
      path: '/',
      headers: { 'user-agent': 'me', 'x-key': '1', host: 'www.example.com' },
      statuses: [
        [200, 200],
        [300, 399],
      ],
      body: 'ok',
    });
  });

  it('follows what the pool says of TLS, the PROXY protocol and credentials', async () => {
    const pool = {
      health: { path: '/' },
      tls: { verify: false },
      proxyProtocol: 'v1',
      credentials: { user: 'a', password: 'b' },
    };
    const { regular } = (await target(pool, 'https://web.example.:444')) ?? {};
    expect(regular).toMatchObject({
      place: { host: 'web.example.', port: 444, tls: { verify: false, servername: 'web.example' } },
      question: { headers: { authorization: 'Basic YTpi', host: 'web.example.:444' } },
    });
    expect(Buffer.from(regular?.place.preamble ?? []).toString()).toMatch(/^PROXY UNKNOWN/);
  });

  it('says nothing of that to somebody at another port', async () => {
    const pool = {
      health: { path: '/', port: 9000 },
      proxyProtocol: 'v1',
      credentials: { user: 'a', password: 'b' },
    };
    const { regular } = (await target(pool, 'https://10.0.0.1:444')) ?? {};
    expect(regular?.place).toEqual({ host: '10.0.0.1', port: 9000, timeout: 1000 });
    expect(regular?.question?.headers).not.toHaveProperty('authorization');
  });
});
