import { resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { makePlan } from '../../../src/config/planning/plan.ts';
import type { LoadedScript } from '../../../src/config/planning/plan-links.ts';
import { defineCandidacy } from '../../../src/core/candidacy.ts';
import type { Guard } from '../../../src/core/chain.ts';
import { ScriptError } from '../../../src/core/errors.ts';
import { z } from '../../../src/core/options.ts';
import { brief, problemsIn, readFrom, readText, withPool } from '../support.ts';

const guard: Guard = {
  bypassed: false,
  enter: () => undefined,
  leave: () => undefined,
  fault: () => undefined,
};

const aScript = (reference: string, facts: Partial<LoadedScript> = {}): LoadedScript => ({
  reference,
  name: reference,
  candidacy: defineCandidacy({
    name: reference,
    options: z.strictObject({ limit: z.int().default(7) }),
    shorthand: 'limit',
    create: () => (servers) => servers,
  }),
  guard,
  files: [resolve(reference.replace(/#.*/, ''))],
  ...facts,
});

const noScripts = {
  loadScript: (reference: string) => Promise.reject(new Error(`${reference} was asked for`)),
};

const planOf = async (text: string, context: Parameters<typeof makePlan>[1] = noScripts) =>
  makePlan(await readText(text), context);

const chainText = (entries: string): string =>
  `pools:\n  web:\n    servers: [http://a:1]\n    chain: ${entries}\n`;

describe('a plan', () => {
  it('has pools with parsed addresses and rules', async () => {
    const { pools } = await planOf(`
pools:
  web:
    servers: ["http://127.0.0.1:3001", { id: b, url: "https://b", tags: [big], arriba: 1200 }]
    accept: ["127.0.0.0/8:3000-3999"]
    self: b
`);
    expect(pools).toEqual([
      {
        name: 'web',
        servers: [
          { id: '127.0.0.1:3001', url: new URL('http://127.0.0.1:3001'), tags: [] },
          { id: 'b', url: new URL('https://b'), tags: ['big'], arriba: 1200 },
        ],
        accept: [expect.objectContaining({ text: '127.0.0.0/8:3000-3999' })],
        self: 'b',
      },
    ]);
    expect(pools[0]?.accept[0]?.allows('127.0.0.1', 3500)).toBe(true);
    expect(pools[0]?.accept[0]?.allows('127.0.0.1', 4000)).toBe(false);
  });

  it('has the default chain where a pool names none', async () => {
    const { chains, warnings } = await planOf(withPool());
    expect(chains).toMatchObject([{ name: 'web', pool: 'web', whenEmpty: 'undo' }]);
    expect(chains[0]?.links.map(({ name, options }) => [name, options])).toEqual([
      ['byAge', { max: 5000, unheard: 'keep' }],
      ['notEjected', expect.anything()],
      ['addPrediction', undefined],
      ['sample', { least: 8 }],
      ['byMarginalCost', expect.anything()],
    ]);
    expect(warnings).toEqual([]);
  });

  it('has one chain for a pool and one for each route that says something of its own', async () => {
    const { chains, routes } = await planOf(`
pools:
  web: { servers: [http://a:1], chain: [byRandom], whenEmpty: refuse }
  api: { servers: [http://b:1] }
routes:
  - { pool: web }
  - { pool: web, path: /a, chain: [byAge] }
  - { pool: web, path: /b, whenEmpty: undo }
  - { pool: api, name: web, host: api.example.com, chain: default }
`);
    expect(chains.map(({ name, pool, whenEmpty, links }) => [name, pool, whenEmpty, links[0]?.name])).toEqual(
      [
        ['web', 'web', 'refuse', 'byRandom'],
        ['api', 'api', 'undo', 'byAge'],
        ['*/a', 'web', 'refuse', 'byAge'],
        ['*/b', 'web', 'undo', 'byRandom'],
        ['web (2)', 'api', 'undo', 'byAge'],
      ],
    );
    expect(routes).toMatchObject([
      { name: '*/', match: {}, chain: 'web' },
      { name: '*/a', match: { path: '/a' }, chain: '*/a' },
      { name: '*/b', match: { path: '/b' }, chain: '*/b' },
      { name: 'web', match: { host: 'api.example.com' }, chain: 'web (2)' },
    ]);
  });

  it('has for each route what holds for its requests: its own words, else those for all', async () => {
    const { routes } = await planOf(
      withPool(`timeouts: { request: 1m, tunnel: 10s }
limits: { bodyBytes: 1KiB }
routes:
  - { pool: web }
  - { pool: web, path: /a, timeouts: { tunnel: 1s, responseIdle: 2s }, limits: { bodyBytes: 2KiB, inFlight: 3 } }
  - { pool: web, path: /b, timeouts: {}, limits: {}, methods: [get, connect] }
`),
    );
    const timeouts = { request: 60_000, responseHeaders: 60_000, responseIdle: 60_000, tunnel: 10_000 };
    expect(routes.map(({ settings }) => settings)).toEqual([
      { timeouts, bodyBytes: 1024, allowsConnect: false },
      {
        timeouts: { ...timeouts, tunnel: 1000, responseIdle: 2000 },
        bodyBytes: 2048,
        inFlight: 3,
        allowsConnect: false,
      },
      { timeouts, bodyBytes: 1024, allowsConnect: true },
    ]);
  });

  it('limits no body where nobody says so', async () => {
    const { routes } = await planOf(withPool());
    expect(routes[0]?.settings).not.toHaveProperty('bodyBytes');
  });

  it('gives routes that differ by their methods names that differ', async () => {
    const { routes } = await planOf(withPool('routes: [{ pool: web, methods: [get] }, { pool: web }]'));
    expect(routes.map(({ name }) => name)).toEqual(['*/', '*/ (2)']);
  });

  it('warns of herding once for chains that share their links', async () => {
    const { warnings } = await planOf(
      `${chainText('[byCPU]').replace(']', ', http://b:1]')}routes: [{ pool: web }, { pool: web, path: /a, whenEmpty: refuse }]`,
    );
    expect(warnings.map(brief)).toEqual([
      expect.stringContaining('4:13 `byCPU` orders by reports 250ms old'),
    ]);
  });

  it('has the chains that run beside those of their pools, and warns of them too', async () => {
    const shadow = '    shadow: { chain: [byAge: 1s, byCPU], share: 0.5 }\n';
    const { shadows, chains, warnings } = await planOf(
      `pools:\n  web:\n    servers: [http://a:1, http://b:1]\n${shadow}`,
    );
    expect(chains.map(({ name }) => name)).toEqual(['web']);
    expect(shadows).toMatchObject([{ name: 'shadow of web', pool: 'web', share: 0.5, whenEmpty: 'undo' }]);
    expect(shadows[0]?.links.map(({ name }) => name)).toEqual(['byAge', 'byCPU']);
    expect(warnings.map(brief)).toEqual([expect.stringContaining('4:34 `byCPU` orders by reports')]);
  });

  it('takes a chain by its name for a shadow, and makes it for every decision', async () => {
    const { shadows } = await planOf(
      'pools:\n  web:\n    servers: [http://a:1]\n    shadow: { chain: full }\n',
    );
    expect(shadows[0]?.share).toBe(1);
    expect(shadows[0]?.links.at(-1)?.name).toBe('byMarginalCost');
  });

  it.each([
    ['{ chain: [byLaod] }', '4:23 unknown candidacy function `byLaod`'],
    ['{ chain: [byAge: 5] }', '4:30 expected a duration with a unit'],
    ['{ chain: full, share: 0 }', '4:35 expected more than 0'],
    ['{ chain: full, share: 2 }', '4:35 expected '],
    ['{ share: 1 }', '4:5 `chain` is missing'],
  ])('finds what is wrong with a shadow: %s', async (shadow, expected) => {
    const problems = await problemsIn(
      readText(`pools:\n  web:\n    servers: [http://a:1]\n    shadow: ${shadow}\n`),
    );
    expect(problems.map(brief)).toEqual([expect.stringContaining(expected)]);
  });

  it('carries the warnings of what was read', async () => {
    const { warnings } = await planOf(withPool('routes: [{ pool: web }, { pool: web, name: b }]'));
    expect(warnings.map(brief)).toEqual(['2:25 no request gets here: routes[0] matches the same ones']);
  });
});

describe('a script in a chain', () => {
  it('is loaded with its options, its guard and what its failures mean', async () => {
    const { chains, files } = await planOf(
      chainText('["./a.ts", { "./b.ts#best": { limit: 3, onError: fail } }, { byFunction: ./c.ts }]'),
      { loadScript: async (reference) => aScript(reference) },
    );
    expect(chains[0]?.links).toMatchObject([
      { name: './a.ts', options: { limit: 7 }, guard },
      { name: './b.ts#best', options: { limit: 3 }, guard, onError: 'fail' },
      { name: './c.ts', options: { limit: 7 }, guard },
    ]);
    expect(chains[0]?.links[0]).not.toHaveProperty('onError');
    expect(files).toEqual([resolve('a.ts'), resolve('b.ts'), resolve('c.ts')]);
  });

  it('is looked for beside the file that names it', async () => {
    const loadScript = vi.fn(async (reference: string) => aScript(reference));
    const read = await readFrom(
      { file: '/etc/forehand/forehand.yaml' },
      {
        files: {
          '/etc/forehand/forehand.yaml': 'include: /srv/more.yaml\nroutes: [{ pool: web, chain: [./a.ts] }]',
          '/srv/more.yaml': chainText('[./a.ts]'),
        },
      },
    );
    await makePlan(read, { loadScript });
    expect(loadScript.mock.calls).toEqual([
      ['./a.ts', '/srv'],
      ['./a.ts', '/etc/forehand'],
    ]);
  });

  it('is looked for in the base directory when a program names it', async () => {
    const loadScript = vi.fn(async (reference: string) => aScript(reference));
    const value = { pools: { web: { servers: ['http://a:1'], chain: ['./a.ts'] } } };
    await makePlan(await readFrom({ value, baseDirectory: '/srv' }), { loadScript });
    expect(loadScript).toHaveBeenCalledWith('./a.ts', '/srv');
  });

  it('is loaded once, however often it is named', async () => {
    const loadScript = vi.fn(async (reference: string) => aScript(reference));
    await planOf(`${chainText('[./a.ts, ./a.ts]')}routes: [{ pool: web, chain: [./a.ts] }]`, { loadScript });
    expect(loadScript).toHaveBeenCalledTimes(1);
  });

  it('may have warnings', async () => {
    const warning = { severity: 'warning', message: 'odd' } as const;
    const { warnings } = await planOf(chainText('[./a.ts]'), {
      loadScript: async (reference) => aScript(reference, { warnings: [warning] }),
    });
    expect(warnings).toEqual([warning]);
  });
});

describe('a script that cannot be used', () => {
  const TWO_ROUTES = 'routes: [{ pool: web }, { pool: web, name: b }]';
  const scriptPlace = { file: '/srv/a.ts', line: 3, column: 9 };

  it('is told at its own places, once, with the other problems and warnings', async () => {
    const loadScript = async (reference: string): Promise<LoadedScript> => {
      if (reference === './b.ts') return aScript(reference);
      throw new ScriptError([
        { severity: 'error', message: 'it has no end', place: scriptPlace },
        { severity: 'error', message: 'it has no start', place: { ...scriptPlace, line: 1 } },
      ]);
    };
    const found = await problemsIn(
      planOf(`${chainText('[./a.ts, ./a.ts, { ./b.ts: { limti: 3 } }, { ./b.ts: many }]')}${TWO_ROUTES}`, {
        loadScript,
      }),
    );
    expect(found.map(brief)).toEqual([
      '1:9 it has no start',
      '3:9 it has no end',
      '4:41 unknown key `limti`',
      '4:65 expected a number, got "many"',
      '5:25 no request gets here: routes[0] matches the same ones',
    ]);
  });

  it('is told where it is named if it has no place of its own', async () => {
    const found = await problemsIn(
      planOf(chainText('[byAge, ./a.ts]'), {
        loadScript: () =>
          Promise.reject(new ScriptError([{ severity: 'error', message: 'there is no such script' }])),
      }),
    );
    expect(found).toMatchObject([{ place: { line: 4, column: 20 }, path: 'pools.web.chain[1]', length: 6 }]);
  });

  it('is told in words when loading fails in another way', async () => {
    const found = await problemsIn(planOf(chainText('[./a.ts]')));
    expect(found.map(brief)).toEqual(['4:13 the script ./a.ts cannot be loaded: ./a.ts was asked for']);
  });

  it('is told when its options cannot be read at all', async () => {
    const candidacy = defineCandidacy({
      name: 'mine',
      options: z.unknown().refine(async () => true),
      create: () => (servers) => servers,
    });
    const found = await problemsIn(
      planOf(chainText('[./a.ts]'), { loadScript: async (reference) => aScript(reference, { candidacy }) }),
    );
    expect(found.map(brief)).toEqual([
      expect.stringContaining('4:13 the options of ./a.ts cannot be read: '),
    ]);
  });
});

it('warns of a folder that is not there, at its place, where somebody can look', async () => {
  const text = withPool('routes: [{ path: /a, files: { directory: /here } }, { path: /b, files: /gone }]');
  const read = await readText(text);
  const { warnings } = await makePlan(read, { ...noScripts, isFolder: (path) => path === '/here' });
  expect(warnings.map(brief)).toEqual(['2:72 there is no folder /gone']);
  expect((await makePlan(read, noScripts)).warnings).toEqual([]);
});
