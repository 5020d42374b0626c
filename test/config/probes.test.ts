import { describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/schema/schema.ts';
import { z } from '../../src/core/options.ts';
import { brief, problemsIn, readText } from './support.ts';

const withProbes = (probes: string): string =>
  `pools:\n  web:\n    servers: [http://a]\n    probes: ${probes}`;
const withProbe = (probe: string): string =>
  `pools: { web: { servers: [http://a] } }\nroutes:\n  - pool: web\n    probe: ${probe}`;

describe('the probes of a pool', () => {
  it.each([
    ['{ path: /load }', { path: '/load', timeout: 20 }],
    ['{ port: 9778, timeout: 5ms }', { path: '/.well-known/forehand/load', port: 9778, timeout: 5 }],
  ])('are told by %s', async (text, expected) => {
    const { config } = await readText(withProbes(text));
    expect(config.pools['web']?.probes).toEqual(expected);
  });

  it.each([
    ['{ path: load }', '4:21 expected a path that starts with / and has no query'],
    ['{ path: "/load?x" }', '4:21 expected a path that starts with / and has no query'],
    ['{ path: "/a b" }', '4:21 expected a path that starts with / and has no query'],
    ['{ port: 0 }', '4:21 expected at least 1'],
    ['{ timeout: 2s }', '4:24 expected at most 1s'],
    ['{ timeout: 0s }', '4:24 expected more than 0'],
    ['{ every: 1s }', '4:15 unknown key `every`'],
  ])('are not told by %s', async (text, problem) => {
    expect((await problemsIn(readText(withProbes(text)))).map(brief)).toEqual([
      expect.stringContaining(problem),
    ]);
  });
});

it('stand in the schema for editors', () => {
  const editor = z.fromJSONSchema(JSON.parse(JSON.stringify(configSchema())));
  const fits = (probes: object, probe: object): boolean =>
    editor.safeParse({ pools: { web: { servers: ['http://a'], probes } }, routes: [{ pool: 'web', probe }] })
      .success;
  expect(fits({ path: '/load', port: 1, timeout: '5ms' }, { servers: 3, wait: '1ms' })).toBe(true);
  expect(fits({ path: 'load' }, { perRequest: 1 })).toBe(false);
  expect(fits({}, { perRequest: 0 })).toBe(false);
  expect(fits({}, { servers: 99 })).toBe(false);
});

describe('the probe of a route', () => {
  it.each([
    ['{ perRequest: 1 }', { perRequest: 1 }],
    ['{ perRequest: 0.25 }', { perRequest: 0.25 }],
    ['{ servers: 3 }', { servers: 3, wait: 1 }],
    ['{ servers: 5, wait: 2.5ms }', { servers: 5, wait: 2.5 }],
  ])('is %s', async (text, expected) => {
    const { config } = await readText(withProbe(text));
    expect(config.routes[0]?.probe).toEqual(expected);
  });

  it.each([
    ['{}', '4:12 expected `perRequest`, after each decision, or `servers`, before it'],
    ['{ wait: 1ms }', '4:12 expected `perRequest`, after each decision, or `servers`, before it'],
    ['{ perRequest: 1, servers: 3 }', '4:12 expected `perRequest`, after each decision, or `servers`'],
    ['{ perRequest: 1, wait: 1ms }', '4:35 `wait` goes with `servers`'],
    ['{ perRequest: 0 }', '4:26 expected more than 0'],
    ['{ perRequest: 9 }', '4:26 expected at most 8'],
    ['{ servers: 1 }', '4:23 expected at least 2'],
    ['{ servers: 3, wait: 0ms }', '4:32 expected more than 0'],
    ['{ servers: 3, wait: 1m }', '4:32 expected at most 1s'],
    ['1', '4:12 expected a mapping, got 1'],
  ])('is not %s', async (text, problem) => {
    expect((await problemsIn(readText(withProbe(text)))).map(brief)).toEqual([
      expect.stringContaining(problem),
    ]);
  });
});
