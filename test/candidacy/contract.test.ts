import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtIns } from '../../candidacy/index.ts';
import type { Server } from '../../src/core/types.ts';
import { aMoment, aRequest, aServer, breaches } from '../../src/testing/index.ts';
import { made } from './support.ts';

const SAMPLES: Readonly<Record<string, readonly unknown[]>> = {
  byAge: [{}, '5s', { unheard: 'drop' }],
  notEjected: [{}, 1, { latency: 'off', panic: 0 }],
  slowStart: [{}, '1m'],
  byConcurrencyLimit: [{}, 50],
  candidates: [{}, 1, { most: 4, random: 4 }],
  byTag: ['big', ['big', 'small'], { all: ['big'], none: ['odd'] }],
  byHostname: ['^10\\.', 'nowhere'],
  bySession: [{}, 'id', { identifier: 'id', by: 'id' }],
  sample: [{}, 1, 100],
  byMarginalCost: [{}, 0, 1],
  byWeightedRandom: [{}, 'cpuIdle', 'memory', 'custom.odd', 'custom.missing'],
  byLoad: [{}, 0.5],
  byCost: [
    {},
    { perRequest: '1GiB', referenceSpeed: 1, work: 10 },
    { resources: [{ used: 'custom.odd', capacity: 'custom.even', perRequest: 1 }], requestCost: 'cpu_ms' },
  ],
  canary: [
    { tag: 'big', share: 0.5, key: 'path' },
    { tag: 'odd', share: '50%', keyless: 'keep' },
  ],
  byZone: [{ zone: 'big', prefix: '' }, { zone: 'odd', prefix: '', calm: 0, least: 1 }, 'nowhere'],
  byRendezvous: [{}, 'query:id', { key: 'ip', by: 'capacity' }, { key: 'cookie:x', keyless: 'keep' }],
  byMaglev: [{ size: 4099 }, { key: 'cookie:x', most: 2, size: 4099 }, { by: 'arriba', size: 4099 }],
  boundedLoad: [{}, 1, { factor: 2, jump: true, by: 'capacity' }],
  byBusyChildren: [{}, 2],
  HTTPRedirectToIP: [{}, { status: 308 }],
  HTTPRedirectToName: [{}, '%2S.%-1H', '%H:%p'],
  byFunction: [(servers: readonly Server[]) => servers.toReversed()],
};

const cases = [...builtIns.values()].flatMap((candidacy) =>
  (SAMPLES[candidacy.name] ?? [{}]).map((options) => ({ name: candidacy.name, candidacy, options })),
);

const number = fc.oneof(
  fc.double({ min: 0, max: 64, noNaN: true }),
  fc.constantFrom(0, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e308),
);
const stats = fc.record(
  {
    load1: number,
    loadHighWater: number,
    cpuIdle: number,
    cpus: number,
    memoryTotal: number,
    memoryAvailable: number,
    arriba: number,
    inFlight: number,
    slots: fc.record({ total: number, available: number }),
    custom: fc.dictionary(fc.constantFrom('odd', 'even', '__proto__'), number),
  },
  { requiredKeys: [] },
);
const server = fc.record({
  stats: fc.option(stats, { nil: undefined }),
  heardAt: fc.constantFrom(Number.NEGATIVE_INFINITY, 0, 29_000, 31_000, Number.NaN),
  inFlight: fc.nat(50),
  inFlightAtReport: fc.nat(50),
  tags: fc.subarray(['big', 'small', 'odd']),
  host: fc.constantFrom('10.0.0.1', '127.0.0.1', 'www-1.dc3.example.net', '[::1]'),
});
type Facts = typeof server extends fc.Arbitrary<infer One> ? One : never;
const request = fc.record({
  method: fc.constantFrom('GET', 'POST'),
  host: fc.oneof(fc.domain(), fc.string(), fc.constantFrom('', '..', '127.0.0.1')),
  path: fc.oneof(
    fc.webPath().map((path) => `/${path}`),
    fc.constantFrom('*', '@other'),
  ),
  query: fc.oneof(fc.webQueryParameters(), fc.constant('id=7f000001')),
});

const serversFrom = (facts: readonly Facts[]): readonly Server[] =>
  facts.map(({ host, ...rest }, slot) =>
    aServer({
      ...rest,
      slot,
      url: `http://${host}:${8000 + slot}`,
      arriba: rest.stats?.arriba,
      isSelf: slot === 0,
    }),
  );

describe('every built-in function', () => {
  it.each(cases)('$name with $options keeps the contract on odd pools', ({ candidacy, options }) => {
    expect(breaches(made(candidacy, options))).toEqual([]);
  });

  it.each(cases)('$name with $options answers within its input, alike for one seed', (one) => {
    const run = made(one.candidacy, one.options);
    fc.assert(
      fc.property(fc.array(server, { maxLength: 12 }), request, fc.nat(), (facts, asked, seed) => {
        const [self, ...others] = serversFrom(facts);
        const list = Object.freeze(seed % 2 === 0 && self ? [self, ...others] : others);
        const before = [...list];
        const answer = () =>
          run(list, aMoment({ seed, now: 30_000, request: aRequest(asked), ...(self ? { self } : {}) }));
        const first = answer();
        expect(new Set(first).size).toBe(first.length);
        for (const given of first) expect(list.includes(given) || given === self).toBe(true);
        expect(answer()).toEqual(first);
        expect(list).toEqual(before);
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  it.each(cases)('$name with $options gives a reason and a score that do not throw', (one) => {
    const { reason, score } = made(one.candidacy, one.options);
    fc.assert(
      fc.property(fc.array(server, { minLength: 1, maxLength: 4 }), (facts) => {
        const moment = aMoment({ now: 30_000 });
        for (const given of serversFrom(facts)) {
          expect(typeof (reason?.(given, moment) ?? '')).toBe('string');
          expect(typeof (score?.(given, moment) ?? 0)).toBe('number');
        }
      }),
      { numRuns: 40, seed: 7 },
    );
  });

  it.each([...builtIns])('%s is listed under its own name, with a summary', (name, candidacy) => {
    expect(candidacy.name).toBe(name);
    expect(candidacy.summary).toMatch(/^[^.]{10,100}$/);
  });

  it.each([...builtIns.values()].filter(({ options }) => options))(
    '$name refuses an unknown option',
    (one) => {
      const issues = one.options?.safeParse({ surely: 1 }).error?.issues ?? [];
      expect(issues.map(({ code }) => code)).toContain('unrecognized_keys');
    },
  );

  it('orders servers of which nothing is known behind those of which something is', () => {
    const stats = {
      load1: 90,
      cpuIdle: 0,
      memoryTotal: 8e9,
      memoryAvailable: 1e6,
      slots: { total: 5, available: 0 },
    };
    const known = aServer({ id: 'known', stats });
    const unknown = aServer({ id: 'unknown' });
    for (const name of ['byLoad', 'byCPU', 'byMemory', 'byBusyChildren', 'byCost']) {
      const order = made(builtIns.get(name)!)([unknown, known], aMoment());
      expect([name, order[0]?.id]).toEqual([name, 'known']);
    }
  });
});
