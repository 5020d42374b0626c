import { describe, expect, it } from 'vitest';
import { makePlan } from '../../src/config/planning/plan.ts';
import { brief, problemsIn, readText, withPool } from './support.ts';

const noScripts = {
  loadScript: (reference: string) => Promise.reject(new Error(`${reference} was asked for`)),
};
const withRoute = (more: string): string => withPool(`routes: [{ pool: web${more} }]\n`);

describe('hedging', () => {
  it.each([
    ['', undefined],
    [', hedge: {}', { after: 'p95', budget: 0.05 }],
    [', hedge: { after: p95 }', { after: 'p95', budget: 0.05 }],
    [', hedge: { after: 50ms, budget: 0.02 }', { after: 50, budget: 0.02 }],
  ])('a route with %j hedges so', async (more, hedge) => {
    const { routes, warnings } = await makePlan(await readText(withRoute(more)), noScripts);
    expect(routes.map(({ settings }) => settings.hedge)).toEqual([hedge]);
    expect(warnings.map(brief)).toEqual([]);
  });

  it.each([
    [', hedge: { after: 50 }', '2:39 expected `p95` or text, got 50'],
    [', hedge: { after: p99 }', '2:39 expected a duration'],
    [', hedge: { after: 0ms }', '2:39 expected more than 0'],
    [', hedge: { budget: 0 }', '2:40 expected more than 0'],
    [', hedge: { budget: 1.5 }', '2:40 expected at most 1, got 1.5'],
    [', hedge: p95', '2:30 expected a mapping'],
    [', hedge: { delay: 5ms }', '2:32 unknown key `delay`'],
  ])('%j is refused, and said where', async (more, problem) => {
    const problems = await problemsIn(readText(withRoute(more)));
    expect(problems.map(brief)).toEqual([expect.stringContaining(problem)]);
  });

  it.each([
    ['[POST, PATCH]', ['2:47 nothing is hedged: of POST, PATCH no copy may be sent']],
    ['[POST, GET]', []],
  ])('of %s warns where nothing can be hedged', async (methods, warnings) => {
    const read = await readText(withRoute(`, methods: ${methods}, hedge: {}`));
    expect(read.warnings.map(brief)).toEqual(warnings);
  });
});

describe('the queue of a pool', () => {
  const withQueue = (queue: string): string =>
    `pools: { web: { servers: ["http://127.0.0.1:3001"], queue: ${queue} } }\n`;

  it.each([
    ['{}', { size: 128, timeout: 5000 }],
    ['{ size: 9, total: 20, timeout: 1s }', { size: 9, total: 20, timeout: 1000 }],
    ['{ total: 0 }', { size: 128, total: 0, timeout: 5000 }],
  ])('is read from %s', async (queue, expected) => {
    const { config } = await readText(withQueue(queue));
    expect(config.pools['web']?.queue).toEqual(expected);
  });

  it('has no total below 0', async () => {
    const problems = await problemsIn(readText(withQueue('{ total: -1 }')));
    expect(problems.map(brief)).toEqual(['1:69 expected at least 0, got -1']);
  });
});
