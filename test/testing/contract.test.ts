import { describe, expect, it } from 'vitest';
import { keep, orderBy, pickWeighted, sample } from '../../src/core/making.ts';
import type { CandidacyFunction, Server } from '../../src/core/types.ts';
import { aServer, breaches } from '../../src/testing/index.ts';

describe('breaches', () => {
  it.each([
    ['a filter', keep(({ inFlight }) => inFlight < 5)],
    ['an order over numbers that may be missing or odd', orderBy(({ stats }) => stats?.load1 ?? Number.NaN)],
    ['a sample', sample(2)],
    ['a weighted draw', pickWeighted(({ arriba }) => arriba ?? 1)],
    [
      'self added',
      (servers: readonly Server[], { self }) => (self ? [...new Set([...servers, self])] : servers),
    ],
    ['the list as it is', (servers: readonly Server[]) => servers],
    ['nobody', () => []],
  ] as readonly (readonly [string, CandidacyFunction])[])('finds none in %s', (_, run) => {
    expect(breaches(run)).toEqual([]);
  });

  const stranger = aServer({ id: 'stranger' });
  let calls = 0;
  it.each([
    [() => undefined, 'returned undefined, not a list'],
    [() => null, 'returned null, not a list'],
    [async () => [], 'returned a promise; candidacy functions are synchronous'],
    [(servers: readonly Server[]) => servers[0], 'returned object, not a list'],
    [() => [stranger], 'returned a server that was not in its input'],
    [(servers: readonly Server[]) => [...servers, ...servers], 'returned a server twice'],
    [(servers: Server[]) => servers.sort(), /^threw on \d+ servers: Cannot assign to read only property/],
    [
      (servers: { inFlight: number }[]) => servers.map((server) => Object.assign(server, { inFlight: 0 })),
      /^threw on/,
    ],
    [
      (servers: { stats?: { load1: number } }[]) => {
        for (const { stats } of servers) if (stats) stats.load1 = 0;
        return servers;
      },
      /^threw on \d+ servers: Cannot/,
    ],
    [
      (servers: readonly Server[]) => servers.filter(({ stats }) => (stats as { load1: number }).load1 < 1),
      /^threw on/,
    ],
    [
      (servers: readonly Server[]) => {
        calls += 1;
        return servers.slice(calls % 2);
      },
      'gave two answers under one seed',
    ],
    [
      (servers: readonly Server[]) => servers.toSorted(() => Math.random() - 0.5),
      'gave two answers under one seed',
    ],
    [
      () => {
        throw 'text';
      },
      'threw on 0 servers: text',
    ],
  ])('finds what is wrong (%#)', (run, breach) => {
    expect(breaches(run as unknown as CandidacyFunction)).toEqual(
      expect.arrayContaining([typeof breach === 'string' ? breach : expect.stringMatching(breach)]),
    );
  });

  it('names a breach once, however often it comes', () => {
    expect(breaches(() => [stranger])).toEqual(['returned a server that was not in its input']);
  });

  it('tries as many rounds as it is told', () => {
    let calls = 0;
    breaches(
      (servers) => {
        calls += 1;
        return servers;
      },
      { rounds: 1 },
    );
    expect(calls).toBe(12);
  });
});
