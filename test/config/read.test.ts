// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of the configuration are what is tested

import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/read.ts';
import { formatProblems } from '../../src/config/shown/format.ts';
import { brief, problemsIn, readFrom, readText, withPool } from './support.ts';

const EXAMPLE = `
listen: ["127.0.0.1:8080"]                 # or http://..., unix:...
admin: "127.0.0.1:9090"
workers: auto                              # or 1
agents: { listen: "http://127.0.0.1:9091", token: "\${FOREHAND_TOKEN:-}" }    # also udp://
pools:
  web:
    servers: ["http://127.0.0.1:3001", { id: b, url: "http://127.0.0.1:3002", tags: [big], arriba: 1200 }]
    accept: ["127.0.0.0/8:3000-3999"]      # what agents may announce into this pool
    chain: [byAge: 5s, byRandom, byLogWindow, byLoad]     # omitted: the default chain
    whenEmpty: undo
    self: b                                # the server on this proxy's own machine
routes:
  - { host: "*.Example.com", path: /api/, pool: web, methods: [get] }
  - { pool: web }
`;

const listenAt = (...addresses: readonly string[]) =>
  addresses.map((address) => ({ address, http2: false, h2c: false, proxyProtocol: false }));

const DEFAULTS = {
  listen: listenAt('127.0.0.1:8080'),
  admin: '127.0.0.1:9090',
  adminHosts: [],
  workers: 1,
  transport: 'auto',
  trustedProxies: [],
  timeouts: {
    requestHeaders: 30_000,
    request: 300_000,
    clientIdle: 75_000,
    connect: 2000,
    responseHeaders: 60_000,
    responseIdle: 60_000,
    tunnel: 3_600_000,
    serverIdle: 55_000,
    drain: 30_000,
  },
  limits: { headerBytes: 16_384, headerCount: 100, targetBytes: 8192, connections: 10_000, inFlight: 10_000 },
  retry: { attempts: 2, budget: 0.2 },
  via: true,
  underscores: 'drop',
  shutdown: { delay: 0, grace: 30_000 },
  log: { level: 'info', format: 'text', trace: [] },
  exposeServer: false,
  hosts: [],
};

const CONNECTIONS = {
  queue: { size: 128, timeout: 5000 },
  warmup: 0,
  validate: 'never',
  ping: 'tcp',
  tls: { verify: true },
  probes: { path: '/.well-known/forehand/load', timeout: 20 },
};

describe('a configuration', () => {
  it('is read with every key', async () => {
    const { config, warnings } = await readText(EXAMPLE);
    expect(warnings).toEqual([]);
    expect(config).toEqual({
      ...DEFAULTS,
      workers: 'auto',
      agents: { listen: ['http://127.0.0.1:9091'], rate: 1000, tokens: [] },
      pools: {
        web: {
          servers: [
            { id: '127.0.0.1:3001', url: 'http://127.0.0.1:3001', tags: [] },
            { id: 'b', url: 'http://127.0.0.1:3002', tags: ['big'], arriba: 1200 },
          ],
          accept: ['127.0.0.0/8:3000-3999'],
          chain: [{ byAge: '5s' }, 'byRandom', 'byLogWindow', 'byLoad'],
          whenEmpty: 'undo',
          self: 'b',
          ...CONNECTIONS,
        },
      },
      routes: [{ host: '*.example.com', path: '/api/', pool: 'web', methods: ['GET'] }, { pool: 'web' }],
    });
  });

  it('needs one pool only: everything else has a default', async () => {
    const { config } = await readText('pools: { web: { servers: [http://127.0.0.1:3001] } }');
    expect(config).toEqual({
      ...DEFAULTS,
      pools: {
        web: {
          servers: [{ id: '127.0.0.1:3001', url: 'http://127.0.0.1:3001', tags: [] }],
          accept: [],
          chain: 'default',
          whenEmpty: 'undo',
          ...CONNECTIONS,
        },
      },
      routes: [{ pool: 'web' }],
    });
  });

  it('may be JSON, and an object, with the same meaning', async () => {
    const value = {
      pools: { web: { servers: ['http://127.0.0.1:3001'], chain: [{ byAge: '5s' }, 'byRandom'] } },
      agents: undefined,
    };
    const fromText = await readText(JSON.stringify(value));
    const fromObject = await readFrom({ value });
    expect(fromObject.config).toEqual(fromText.config);
    expect(fromObject.files).toEqual([]);
    expect(fromObject.baseDirectory).toBe(process.cwd());
  });

  it.each([undefined, 2, '\t'])('may be a file in JSON, indented with %j', async (indent) => {
    const value = {
      listen: { address: '127.0.0.1:8080', name: 'front' },
      pools: {
        web: {
          servers: [{ url: 'http://127.0.0.1:3001', tags: ['caf\u00e9', '\u{1f40e}'] }],
          queue: { timeout: '1.5s' },
          warmup: 2,
        },
      },
      routes: [{ path: '/a', pool: 'web', timeouts: { responseHeaders: '1m' } }],
      via: false,
      agents: { listen: ['udp://127.0.0.1:1'], rate: 1e3 },
    };
    const path = resolve('forehand.json');
    const text = JSON.stringify(value, null, indent)
      .replaceAll('/', '\\/')
      .replace('\u00e9', '\\u00e9')
      .replace('\u{1f40e}', '\\ud83d\\udc0e');
    const { config, warnings } = await readFrom({ file: 'forehand.json' }, { files: { [path]: text } });
    expect(warnings).toEqual([]);
    expect(config).toEqual((await readFrom({ value })).config);
  });

  it('is frozen, in depth', async () => {
    const { config } = await readText(EXAMPLE);
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.pools['web']?.servers[1]?.tags)).toBe(true);
  });

  it('leaves the object that a program handed in as it was', async () => {
    const value = { pools: { web: { servers: ['http://127.0.0.1:3001'] } } };
    await readFrom({ value });
    expect(Object.isFrozen(value.pools.web.servers)).toBe(false);
  });

  it('does not look for variables in an object: a program has its own', async () => {
    const value = { pools: { web: { servers: ['http://127.0.0.1:3001'], self: '${X}' } } };
    expect((await problemsIn(readFrom({ value }))).map(brief)).toEqual([
      '`self` names no server of this pool: "${X}"',
    ]);
  });

  it('knows the file and the directory that it came from', async () => {
    const path = resolve('conf/forehand.yaml');
    const { files, baseDirectory } = await readFrom(
      { file: 'conf/forehand.yaml' },
      { files: { [path]: withPool() } },
    );
    expect(files).toEqual([path]);
    expect(baseDirectory).toBe(resolve('conf'));
  });

  it('may come from standard input', async () => {
    const { files, baseDirectory } = await readFrom({ file: '<stdin>', text: withPool() });
    expect(files).toEqual([]);
    expect(baseDirectory).toBe(process.cwd());
  });

  it('that cannot be read is told without a place', async () => {
    expect(await problemsIn(readFrom({ file: 'forehand.yaml' }))).toEqual([
      { severity: 'error', message: 'cannot read forehand.yaml: there is no such file or directory' },
    ]);
  });

  it('reads real directories unless it is handed others', async () => {
    const reading = readConfig(
      { file: 'test/config/x.yaml', text: withPool('include: "no-such-*.yaml"') },
      { env: {}, readFile: async () => '' },
    );
    expect((await reading).config.workers).toBe(1);
  });

  it.each([
    [
      'several addresses',
      'listen: ["127.0.0.1:1", "unix:/run/f.sock"]',
      { listen: listenAt('127.0.0.1:1', 'unix:/run/f.sock') },
    ],
    ['one address', 'listen: "[::1]:8080"', { listen: listenAt('[::1]:8080') }],
    ['no admin server', 'admin: false', { admin: false }],
    ['an admin server on a socket', 'admin: unix:/run/a.sock', { admin: 'unix:/run/a.sock' }],
    [
      'trusted proxies',
      'trustedProxies: [10.0.0.0/8, "fd00::/8", 192.0.2.7]',
      { trustedProxies: ['10.0.0.0/8', 'fd00::/8', '192.0.2.7'] },
    ],
    ['no retries', 'retry: { attempts: 0, budget: 0 }', { retry: { attempts: 0, budget: 0 } }],
    ['sizes', 'limits: { bodyBytes: 2MiB }', { limits: { ...DEFAULTS.limits, bodyBytes: 2_097_152 } }],
    [
      'a log for programs',
      'log: { format: json, level: debug }',
      { log: { format: 'json', level: 'debug' } },
    ],
    [
      'steps to follow',
      'log: { trace: [pool, decisions] }',
      { log: { level: 'info', trace: ['pool', 'decisions'] } },
    ],
    ['another transport', 'transport: net', { transport: 'net' }],
    ['several workers', 'workers: 4', { workers: 4 }],
    ['no Via', 'via: false', { via: false }],
    ['names with underscores', 'underscores: keep', { underscores: 'keep' }],
    [
      'an access log on standard output',
      'accessLog: { file: stdout }',
      { accessLog: { file: 'stdout', format: 'combined', query: 'keep' } },
    ],
    [
      'an access log of what matters, beside the configuration',
      'accessLog: { file: log/access, format: json, query: drop, minDuration: 1s, status: [5xx, 404, "429"] }',
      {
        accessLog: {
          file: resolve('log/access'),
          format: 'json',
          query: 'drop',
          minDuration: 1000,
          status: ['5xx', '404', '429'],
        },
      },
    ],
    [
      'agents by multicast',
      'agents: { listen: ["udp://239.255.221.20:4445?ttl=1"], token: x }',
      {
        agents: {
          listen: ['udp://239.255.221.20:4445?ttl=1'],
          tokens: [{ name: 'agents', secrets: ['x'] }],
        },
      },
    ],
    [
      'agents on loopback by UDP',
      'agents: { listen: "udp://127.0.0.1:4445" }',
      { agents: { listen: ['udp://127.0.0.1:4445'] } },
    ],
  ])('may have %s', async (_, more, expected) => {
    const { config, warnings } = await readText(withPool(more));
    expect(config).toMatchObject(expected);
    expect(warnings).toEqual([]);
  });

  it('may have a self that an agent will announce', async () => {
    const { config } = await readText(
      'pools: { web: { accept: ["127.0.0.0/8:3000-3999"], self: "127.0.0.1:3001" } }',
    );
    expect(config.pools['web']?.self).toBe('127.0.0.1:3001');
  });

  it('may use the default chain by its name', async () => {
    const { config } = await readText('pools: { web: { servers: [http://h:1], chain: default } }');
    expect(config.pools['web']?.chain).toBe('default');
  });
});

describe('a warning', () => {
  it.each([
    [
      'two routes for the same requests',
      withPool('routes: [{ pool: web, methods: [get, put] }, { pool: web, path: /, methods: [PUT, GET] }]'),
      '2:46 no request gets here: routes[0] matches the same ones',
    ],
    [
      'a pool that no route leads to',
      'pools:\n  a: { servers: [http://a:1] }\n  b: { servers: [http://b:1] }\nroutes: [{ pool: a }]',
      '3:3 no route leads to pool `b`',
    ],
  ])('is given, and the configuration used, for %s', async (_, text, warning) => {
    const { warnings } = await readText(text);
    expect(warnings.map(brief)).toEqual([warning]);
    expect(warnings[0]?.severity).toBe('warning');
  });
});

describe('problems', () => {
  it('are all told at once, whatever finds them, in the order of the text', async () => {
    const found = await problemsIn(
      readText(`listen: 8080
admin: "0.0.0.0:9090"
workers: 2
pools:
  web:
    servers: [http://a:1, http://a:1, nonsense/]
    chain: [byLaod, byAge: 5]
    whenEmpty: undoo
  api:
    servers: [http://b:1, http://b:1]
routes: [{ pool: wbe }, { pool: "\${POOL}" }]
timeouts: { connect: 5 }
`),
    );
    expect(found.map(brief)).toEqual([
      '1:9 expected an address such as "127.0.0.1:8080", got 8080',
      '2:8 the admin address 0.0.0.0:9090 is open to others, and it asks nobody who they are',
      expect.stringContaining('6:39 expected the URL of a server'),
      '7:13 unknown candidacy function `byLaod`',
      expect.stringContaining('7:28 expected a duration with a unit'),
      '8:16 expected `undo`, `refuse` or `local`, got "undoo"',
      '10:27 the address `b:1` is that of servers[0] already',
      '11:18 there is no pool `wbe`',
      '11:25 no request gets here: routes[0] matches the same ones',
      '11:34 the environment variable POOL is not set',
      expect.stringContaining('12:22 expected a duration with a unit'),
    ]);
  });

  it('look like this', async () => {
    const found = await problemsIn(
      readText(`# yaml-language-server: $schema=./node_modules/forehand/schema.json
listen: "127.0.0.1:8080"
pools:
  web:
    servers:
      - http://127.0.0.1:3001
      - http://127.0.0.1:3002
    chain:
      - byAge: { max: 5s }
      - byLaod
`),
    );
    const [, ...lines] = formatProblems(found, { color: false, kept: true }).split('\n');
    expect(formatProblems(found, { color: false })).toMatch(
      /^forehand\.yaml:10:9: error: unknown candidacy function `byLaod`\n/,
    );
    expect(lines).toEqual([
      '   9 │       - byAge: { max: 5s }',
      '  10 │       - byLaod',
      '     │         ^^^^^^ did you mean `byLoad`?',
      expect.stringMatching(/^ {2}known: .*\baddPrediction addSelf boundedLoad byAge\b/),
      '1 error, 0 warnings. The running configuration was kept.',
      '',
    ]);
  });

  it('in an object have a path and no place', async () => {
    const found = await problemsIn(
      readFrom({ value: { pools: { web: { servers: ['http://a:1'], chain: ['byLaod'] } } } }),
    );
    expect(found).toMatchObject([{ path: 'pools.web.chain[0]', suggestion: 'did you mean `byLoad`?' }]);
    expect(found[0]).not.toHaveProperty('place');
  });

  it('of a large file are told in time', async () => {
    const servers = Array.from({ length: 4000 }, (_, i) => ({ id: `s${i}`, adress: `http://a:${i}` }));
    const found = await problemsIn(readText(JSON.stringify({ pools: { web: { servers } } })));
    expect(found).toHaveLength(4000);
  });
});
