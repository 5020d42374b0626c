import { describe, expect, it } from 'vitest';
import { shownConfig } from '../../src/config/shown/shown-config.ts';
import { brief, type Files, problemsIn, readFrom, readText, withPool } from './support.ts';

const MAIN = '/srv/forehand.yaml';
const read = (text: string, files: Files = {}) =>
  readFrom({ file: MAIN }, { files: { [MAIN]: withPool(text), ...files } });

describe('tokens of agents', () => {
  it('are bound to pools and addresses, and a file may hold several', async () => {
    const { config } = await read(
      `agents:
  listen: http://0.0.0.0:9091
  tokenFile: all
  tokens:
    - { name: web, tokenFile: web, pools: [web], from: [10.0.0.0/8] }
    - { name: spare, token: third }
`,
      { '/srv/all': 'newest\n older \n\n', '/srv/web': 'one\n' },
    );
    expect(config.agents?.tokens).toEqual([
      { name: 'agents', secrets: ['newest', 'older'], tokenFile: 'all' },
      { name: 'web', secrets: ['one'], tokenFile: 'web', pools: ['web'], from: ['10.0.0.0/8'] },
      { name: 'spare', secrets: ['third'] },
    ]);
    const shown = JSON.stringify(shownConfig(config));
    for (const secret of ['newest', 'older', 'one"', 'third']) expect(shown).not.toContain(secret);
  });

  it.each<[string, string, string]>([
    ['without a name', '{ token: x }', '`name` is missing'],
    ['without a token', '{ name: a }', 'there is neither `token` nor `tokenFile`'],
    ['with two', '{ name: a, token: x, tokenFile: web }', 'there are both `token` and `tokenFile`'],
    ['for no pool', '{ name: a, token: x, pools: [wep] }', 'there is no pool "wep"'],
    ['from nowhere', '{ name: a, token: x, from: [here] }', 'expected a range such as 10.0.0.0/8'],
    ['in a file of words', '{ name: a, tokenFile: web }', 'a token is of visible ASCII characters'],
  ])('are refused %s', async (_, token, message) => {
    const reading = read(`agents: { listen: "http://127.0.0.1:1", tokens: [${token}] }`, {
      '/srv/web': 'two words',
    });
    expect((await problemsIn(reading)).map(brief).join('\n')).toContain(message);
  });

  it('have names that differ', async () => {
    const reading = readText(
      withPool(
        'agents: { listen: "http://127.0.0.1:1", tokens: [{ name: a, token: x }, { name: a, token: y }] }',
      ),
    );
    expect((await problemsIn(reading)).map(brief)).toEqual([
      '2:81 the name `a` is that of tokens[0] already',
    ]);
  });
});

describe('one token', () => {
  it.each<[string, string]>([
    ['two names', 'tokens: [{ name: a, token: x }, { name: b, token: x }]'],
    ['a name and none', 'token: x, tokens: [{ name: a, token: x }]'],
    ['a line of a file and a name', 'tokens: [{ name: a, token: y }, { name: b, tokenFile: two }]'],
  ])('may not stand for %s', async (_, keys) => {
    const reading = read(`agents: { listen: "http://127.0.0.1:1", ${keys} }`, { '/srv/two': 'x\ny\n' });
    const [problem, ...more] = await problemsIn(reading);
    expect(problem?.message).toMatch(/^this token is that of `agents\..*` already$/);
    expect(more).toEqual([]);
  });
});

describe('addresses of agents', () => {
  it.each<[string, string, string]>([
    ['with https and no certificate', 'listen: "https://127.0.0.1:1"', 'an address with https needs `tls`'],
    [
      'with a certificate and no https',
      'listen: "http://127.0.0.1:1", tls: { cert: c, key: k }',
      '`tls` is for addresses that begin with https://',
    ],
    [
      'for heartbeats of anybody',
      'listen: "heartbeat://239.0.0.1:27999"',
      'nobody signs the heartbeats on heartbeat://239.0.0.1:27999',
    ],
    ['with a wrong range', 'listen: "heartbeat://127.0.0.1:1?from=x"', 'expected ranges such as 10.0.0.0/8'],
    ['with a stray parameter', 'listen: "heartbeat://127.0.0.1:1?ttl=1"', 'unknown parameter `ttl`'],
    ['that are none', 'rate: 5', '`listen` is missing'],
  ])('are refused %s', async (_, keys, message) => {
    const text = (await problemsIn(readText(withPool(`agents: { ${keys} }`)))).map(brief).join('\n');
    expect(text).toContain(message);
  });

  it('may be left out where reports come through Redis', async () => {
    const text = withPool('agents: { token: x }\nstate: { driver: redis, url: "redis://127.0.0.1" }');
    expect((await readText(text)).config.agents?.listen).toEqual([]);
  });
});

describe('the state of a fleet', () => {
  it('is nothing if left out', async () => {
    expect((await readText(withPool())).config.state).toBeUndefined();
  });

  it('lies in Redis', async () => {
    const { config } = await read(
      'state: { driver: redis, url: "rediss://fleet:s3cret@redis.internal:6380/2", tokenFile: t }',
      { '/srv/t': 'a\nb\n' },
    );
    expect(config.state).toEqual({
      driver: 'redis',
      url: 'rediss://fleet:s3cret@redis.internal:6380/2',
      prefix: 'forehand:',
      tls: { verify: true },
      tokenFile: 't',
      secrets: ['a', 'b'],
    });
    expect(JSON.stringify(shownConfig(config))).not.toContain('s3cret');
  });

  it.each<[string, string, string]>([
    ['with no address', '{ driver: redis }', '`driver: redis` needs `url`'],
    ['with an address for nothing', '{ url: "redis://127.0.0.1" }', '`url` is for `driver: redis`'],
    ['at what is no Redis', '{ driver: redis, url: "http://127.0.0.1" }', 'such as redis://10.0.0.9:6379'],
    [
      'with what anybody may write',
      '{ driver: redis, url: "redis://10.0.0.9" }',
      'what comes through Redis would be believed whoever writes it',
    ],
    ['under an odd prefix', '{ driver: redis, url: "redis://127.0.0.1", prefix: "a b" }', 'expected 1 to 64'],
  ])('is refused %s', async (_, state, message) => {
    const text = (await problemsIn(readText(withPool(`state: ${state}`)))).map(brief).join('\n');
    expect(text).toContain(message);
  });

  it('shows no password in a message', async () => {
    const problems = await problemsIn(
      readText(withPool('state: { driver: redis, url: "redis://a:s3cret@10.0.0.9", prefix: "a b" }')),
    );
    expect(JSON.stringify(problems)).not.toContain('s3cret');
  });
});

describe('servers that are discovered', () => {
  it('come from names and files', async () => {
    const { config } = await readFrom(
      { file: MAIN },
      {
        files: {
          [MAIN]: `pools:
  a: { discovery: { dns: app.internal:3000, file: list/servers.yaml } }
  b: { discovery: { dns: [_http._tcp.app.internal, { name: "app:80", every: 5s, resolver: 127.0.0.1:8600 }] } }
routes: [{ pool: a }]
`,
        },
      },
    );
    expect(config.pools['a']?.discovery).toEqual({
      dns: [{ name: 'app.internal:3000', every: 30_000 }],
      file: '/srv/list/servers.yaml',
    });
    expect(config.pools['b']?.discovery?.dns).toEqual([
      { name: '_http._tcp.app.internal', every: 30_000 },
      { name: 'app:80', every: 5000, resolver: '127.0.0.1:8600' },
    ]);
  });

  it.each<[string, string]>([
    ['{}', 'expected `dns` or `file`'],
    ['{ dns: "no port" }', 'expected a name such as app.internal:3000'],
    ['{ dns: { name: "a:1", resolver: "a.b:53" } }', 'expected an address such as 127.0.0.1:8600'],
    ['{ dns: { name: "a:1", every: 0s } }', 'expected more than 0'],
  ])('are refused where they are %s', async (discovery, message) => {
    const text = (await problemsIn(readText(`pools: { web: { discovery: ${discovery} } }`))).map(brief);
    expect(text.join('\n')).toContain(message);
  });
});

describe('agents that are asked', () => {
  it('need a port alone', async () => {
    const { config } = await readText(
      'pools: { web: { servers: ["http://127.0.0.1:3001"], agentCheck: { port: 9777 } } }',
    );
    expect(config.pools['web']?.agentCheck).toEqual({ port: 9777, every: 2000, timeout: 1000 });
  });
});
