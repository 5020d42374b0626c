import { describe, expect, it } from 'vitest';
import { makePlan } from '../../src/config/planning/plan.ts';
import { shownConfig } from '../../src/config/shown/shown-config.ts';
import { brief, problemsIn, readText } from './support.ts';

const noScripts = { loadScript: () => Promise.reject(new Error('no scripts')) };

const withPool = (more: string): string =>
  `pools:\n  web:\n    servers: [http://a:1]\n${more ? `    ${more}\n` : ''}`;

const poolOf = async (more: string) => (await readText(withPool(more))).config.pools['web'];

const DEFAULTS = { interval: 2000, jitter: 0.1, timeout: 1000, rise: 2, fall: 3, initial: 'unknown' };

describe('the key `health`', () => {
  it.each([
    ['', undefined],
    ['health: false', false],
    ['health: {}', { type: 'tcp', ...DEFAULTS }],
    ['health: { path: /up }', { type: 'http', path: '/up', ...DEFAULTS }],
    ['health: { type: http }', { type: 'http', ...DEFAULTS }],
    [
      'health: { path: "/up?a=1", status: 204 }',
      { type: 'http', path: '/up?a=1', status: ['204'], ...DEFAULTS },
    ],
    [
      'health: { path: /, status: [200, 300-399], host: "www.example.com", headers: { X-Key: abc }, body: ok }',
      {
        type: 'http',
        path: '/',
        status: ['200', '300-399'],
        host: 'www.example.com',
        headers: { 'X-Key': 'abc' },
        body: 'ok',
        ...DEFAULTS,
      },
    ],
    [
      'health: { port: 81, interval: 500ms, jitter: 0, timeout: 5s, rise: 1, fall: 1, initial: down }',
      {
        type: 'tcp',
        port: 81,
        interval: 500,
        jitter: 0,
        timeout: 5000,
        rise: 1,
        fall: 1,
        initial: 'down',
      },
    ],
  ])('%j is read', async (more, health) => {
    expect((await poolOf(more))?.health).toEqual(health);
  });

  it.each([
    ['health: { pat: /up }', '4:15 unknown key `pat`'],
    ['health: yes', '4:13 expected'],
    ['health: { path: up }', '4:21 expected a path that starts with /'],
    ['health: { path: /, status: 99 }', '4:32 expected a status such as 200'],
    ['health: { path: /, status: [200, 399-300] }', '4:38 expected a status such as 200'],
    ['health: { path: /, status: okay }', '4:32 expected a status such as 200'],
    ['health: { path: /, method: POST }', '4:32 expected `GET`, `HEAD` or `OPTIONS`'],
    ['health: { path: /, headers: { Host: a } }', '4:35 the field Host is said with `host`'],
    ['health: { path: /, headers: { Connection: a } }', '4:35 expected the name of a header field'],
    ['health: { path: /, headers: { X-A: "a\\nb" } }', '4:40 expected printable ASCII'],
    ['health: { path: /, method: HEAD, body: ok }', '4:44 an answer to HEAD has no body'],
    ['health: { status: 200 }', '4:23 `status` is for HTTP: give `path` too'],
    ['health: { type: tcp, path: / }', '4:32 `path` does not go with `type: tcp`'],
    ['health: { interval: 5 }', '4:25 expected a duration with a unit'],
    ['health: { interval: 10ms }', '4:25 expected at least 100ms'],
    ['health: { timeout: 0s }', '4:24 expected more than 0'],
    ['health: { rise: 0 }', '4:21 expected'],
    ['health: { initial: healthy }', '4:24 expected `unknown`, `up` or `down`'],
  ])('%j is refused, and said where', async (more, problem) => {
    const problems = await problemsIn(readText(withPool(more)));
    expect(problems.map(brief)).toEqual([expect.stringContaining(problem)]);
  });

  it('says what was meant by a misspelt key', async () => {
    const [problem] = await problemsIn(readText(withPool('health: { path: /, intervall: 1s }')));
    expect(problem?.suggestion).toBe('did you mean `interval`?');
  });

  it('is shown without the values of its header fields, which may be secrets', async () => {
    const { config } = await readText(withPool('health: { path: /, headers: { X-Key: s3cret } }'));
    const text = JSON.stringify(shownConfig(config));
    expect(text).not.toContain('s3cret');
    expect(text).toContain('"X-Key":"***"');
  });
});

describe('the key `outlier`', () => {
  const linksOf = async (more: string) => {
    const { chains, shadows } = await makePlan(await readText(withPool(more)), noScripts);
    const told = ({ name, options }: { name: string; options: unknown }): string =>
      name === 'notEjected' ? `notEjected ${(options as { failures: number }).failures}` : name;
    return [...chains, ...shadows].map(({ links }) => links.map(told).join(', '));
  };

  it.each([
    ['', 'byAge, notEjected 3, addPrediction, sample, byMarginalCost'],
    ['outlier: { failures: 7 }', 'byAge, notEjected 7, addPrediction, sample, byMarginalCost'],
    ['outlier: false', 'byAge, addPrediction, sample, byMarginalCost'],
    [
      'outlier: { failures: 7 }\n    chain: full',
      'byAge, notEjected 7, slowStart, addPrediction, candidates, byMarginalCost',
    ],
    ['outlier: { failures: 7 }\n    chain: [byAge: 5s, byRandom]', 'byAge, notEjected 7, byRandom'],
    ['outlier: { failures: 7 }\n    chain: [byRandom]', 'notEjected 7, byRandom'],
    ['outlier: {}\n    chain: [{ notEjected: 9 }, byRandom]', 'notEjected 3, byRandom'],
    ['outlier: false\n    chain: [{ notEjected: 9 }, byRandom]', 'byRandom'],
  ])('%j makes the chain %s', async (more, links) => {
    expect(await linksOf(more)).toEqual([links]);
  });

  it('holds for chains of routes and for a chain that is only tried, too', async () => {
    const more = [
      'outlier: { failures: 7 }',
      '    shadow: { chain: [byRandom] }',
      'routes:',
      '  - { pool: web, path: /a, chain: [byInFlight] }',
      '  - { pool: web }',
    ].join('\n');
    expect(await linksOf(more)).toEqual([
      'byAge, notEjected 7, addPrediction, sample, byMarginalCost',
      'notEjected 7, byInFlight',
      'notEjected 7, byRandom',
    ]);
  });

  it.each([
    ['outlier: { failure: 3 }', '4:16 unknown key `failure`', 'did you mean `failures`?'],
    ['outlier: { base: 1m, max: 1s }', '4:22 expected a base above 0 and not above max', undefined],
    ['outlier: { most: 50 }', '4:22 expected at most 1, got 50; write `0.5` for 50 %', undefined],
    ['outlier: { latency: of }', '4:25 expected', 'did you mean `off`?'],
    ['outlier: yes', '4:14 expected', undefined],
  ])('%j is refused, and said where', async (more, problem, suggestion) => {
    const problems = await problemsIn(readText(withPool(more)));
    expect(problems.map(brief)).toEqual([expect.stringContaining(problem)]);
    expect(problems[0]?.suggestion).toBe(suggestion);
  });
});
