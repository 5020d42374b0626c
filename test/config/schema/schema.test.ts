import { describe, expect, it } from 'vitest';
import { builtIns } from '../../../candidacy/index.ts';
import { DEFAULT_CHAIN } from '../../../src/config/schema/named-chains.ts';
import { configSchema } from '../../../src/config/schema/schema.ts';
import { z } from '../../../src/core/options.ts';

const schema = configSchema();
const editor = z.fromJSONSchema(JSON.parse(JSON.stringify(schema)));

const servers = [
  'http://127.0.0.1:3001',
  { id: 'b', url: 'http://127.0.0.1:3002', tags: ['big'], arriba: 1200 },
];
const withChain = (...chain: readonly unknown[]) => ({ pools: { web: { servers, chain } } });

describe('the JSON Schema of the configuration', () => {
  it('is draft 7 with an id and a title', () => {
    expect(schema).toMatchObject({
      $schema: 'http://json-schema.org/draft-07/schema#',
      $id: 'urn:forehand:configuration',
      title: 'Configuration of forehand',
    });
    expect(JSON.stringify(schema)).not.toContain('readOnly');
  });

  it.each<[string, unknown]>([
    ['the smallest configuration', { pools: { web: { servers } } }],
    ['the default chain', withChain(...DEFAULT_CHAIN)],
    [
      'every built-in function by name',
      withChain(...[...builtIns.keys()].filter((name) => name !== 'byFunction')),
    ],
    ['scripts', withChain('./a.ts', '/srv/a.ts#b', { './a.ts': { limit: 3 } }, { byFunction: './a.ts' })],
    ['options', withChain({ byAge: { max: '5s', unheard: 'drop' } }, { sample: 4 }, { byTag: ['a', 'b'] })],
    ['a chain by name', { pools: { web: { servers, chain: 'default' } } }],
    [
      'the rest',
      {
        listen: [
          '127.0.0.1:8080',
          {
            address: '0.0.0.0:443',
            name: 'tls',
            tls: { certificates: [{ cert: 'a', key: 'b' }], ticketKeys: 'c', clientCa: 'd' },
            http2: true,
            proxyProtocol: true,
          },
        ],
        admin: false,
        workers: 'auto',
        transport: 'raw',
        agents: { listen: 'http://127.0.0.1:9091', tokenFile: 't' },
        pools: {
          web: {
            servers,
            accept: ['127.0.0.0/8:3000-3999'],
            whenEmpty: 'refuse',
            self: 'b',
            maxConnections: 64,
            queue: { size: 0, timeout: '1s' },
            warmup: 1,
            validate: { afterIdle: '30s' },
            ping: { path: '/' },
            tls: { verify: false, ca: 'a', servername: 'b', cert: 'c', key: 'd' },
            credentials: { user: 'me', passwordFile: 'p' },
            proxyProtocol: 'v2',
          },
        },
        routes: [
          {
            name: 'a',
            host: '*.example.com',
            path: '/',
            methods: ['CONNECT'],
            pool: 'web',
            chain: ['byRandom'],
            timeouts: { tunnel: '1h' },
            limits: { bodyBytes: '1MiB', inFlight: 7 },
          },
        ],
        trustedProxies: ['10.0.0.0/8'],
        timeouts: { connect: '250ms' },
        limits: { bodyBytes: '2MiB' },
        retry: { budget: 0.1 },
        shutdown: { grace: '1.5s' },
        log: { level: 'debug', trace: ['timing'] },
        accessLog: { file: 'stdout', format: 'json', minDuration: '1s', status: ['4xx', 500] },
        via: false,
        underscores: 'keep',
        exposeServer: true,
        include: 'conf.d/*.yaml',
      },
    ],
  ])('takes %s', (_, value) => {
    expect(editor.safeParse(value).error).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['an unknown key', { pools: { web: { servers } }, wrkers: 1 }],
    ['a bare number for a time', { pools: { web: { servers } }, timeouts: { connect: 5 } }],
    ['another unit', { pools: { web: { servers } }, limits: { bodyBytes: '5MB' } }],
    ['a listener without address', { pools: { web: { servers } }, listen: { http2: true } }],
    ['an unknown status', { pools: { web: { servers } }, accessLog: { file: 'f', status: ['6xx'] } }],
    ['an unknown function', withChain('byLaod')],
    ['an unknown option', withChain({ byAge: { maxx: '5s' } })],
    ['two functions in one link', withChain({ byAge: '5s', byLoad: 1 })],
    ['an unknown key of a server', { pools: { web: { servers: [{ url: 'http://a:1', adress: 'x' }] } } }],
  ])('refuses %s', (_, value) => {
    expect(editor.safeParse(value).success).toBe(false);
  });

  it('describes every key', () => {
    const undescribed: string[] = [];
    const look = (node: z.core.JSONSchema.JSONSchema, path: string): void => {
      for (const [name, child] of Object.entries(node.properties ?? {})) {
        if (typeof child !== 'object') continue;
        if (!child.description && !child.properties) undescribed.push(`${path}${name}`);
        look(child, `${path}${name}.`);
      }
      for (const way of node.anyOf ?? []) look(way, path);
      if (typeof node.items === 'object' && !Array.isArray(node.items)) look(node.items, `${path}[].`);
      if (typeof node.additionalProperties === 'object') look(node.additionalProperties, `${path}*.`);
    };
    const { definitions: _, ...rest } = schema;
    look(rest, '');
    expect(undescribed).toEqual([]);
  });

  it('has defaults as people write them', () => {
    const { timeouts, limits } = schema.properties as Record<string, z.core.JSONSchema.JSONSchema>;
    expect(timeouts?.properties?.['connect']).toMatchObject({ type: 'string', default: '2s' });
    expect(limits?.properties?.['headerBytes']).toMatchObject({ type: 'string', default: '16KiB' });
  });
});
