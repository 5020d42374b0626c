import { describe, expect, it } from 'vitest';
import { ResponseTimes } from '../../../src/control/cells/response-times.ts';
import { PoolCounts } from '../../../src/control/metrics/pool-counts.ts';
import { type PoolSources, poolState, poolViews, routeViews } from '../../../src/control/views/pool-views.ts';
import type { PoolView } from '../../../src/control/views/views.ts';
import { Board } from '../../../src/core/board.ts';
import { compileChain } from '../../../src/core/chain.ts';
import type { ServerState } from '../../../src/core/types.ts';
import { ROUTE_SETTINGS } from '../../support/route-settings.ts';
import { anExchange } from '../an-exchange.ts';
import { aServerView } from '../fake-views.ts';

const someSources = (facts: Partial<PoolSources> = {}): PoolSources => ({
  names: ['web'],
  servers: [aServerView()],
  counts: { pools: [], recent: [] },
  now: 100_000,
  since: 0,
  ...facts,
});

const onePool = (facts: Partial<PoolSources>): PoolView => poolViews(someSources(facts))[0]!;

describe('a pool', () => {
  const STATES: readonly (readonly [string, readonly ServerState[], ServerState])[] = [
    ['is ready where all are', ['ready', 'ready'], 'ready'],
    ['is down where one is', ['ready', 'down', 'ejected'], 'down'],
    ['is ejected where that is the worst', ['slowstart', 'ejected', 'ready'], 'ejected'],
    ['is in slow start before it is unknown', ['unknown', 'slowstart'], 'slowstart'],
    ['is unknown before it is ready', ['ready', 'unknown'], 'unknown'],
    ['does not mind servers set aside', ['ready', 'drain', 'maint'], 'ready'],
    ['is set aside where all are', ['maint', 'drain'], 'drain'],
    ['is in maintenance where all are', ['maint', 'maint'], 'maint'],
    ['is down without servers', [], 'down'],
  ];
  it.each(STATES)('%s', (_name, states, expected) => {
    expect(poolState(states.map((state) => ({ state })))).toBe(expected);
  });

  it('has the sums of its servers and none of others, also where it has no server', () => {
    const servers = [
      aServerView({ id: 'a', inFlight: 2 }),
      aServerView({ id: 'b', inFlight: 3, state: 'drain' }),
      aServerView({ id: 'a', pool: 'api', inFlight: 40 }),
    ];
    expect(poolViews(someSources({ names: ['web', 'empty'], servers }))).toEqual([
      { name: 'web', state: 'ready', servers: 2, ready: 1, inFlight: 5, requestsPerSecond: 0, p99Ms: null },
      { name: 'empty', state: 'down', servers: 0, ready: 0, inFlight: 0, requestsPerSecond: 0, p99Ms: null },
    ]);
  });

  const recent = [
    {
      pool: 'web',
      servers: [
        { id: 'a', count: 60 },
        { id: 'b', count: 35 },
      ],
    },
    { pool: 'api', servers: [{ id: 'a', count: 900 }] },
  ];
  const rate = (now: number, since = 0): number | null =>
    onePool({ counts: { pools: [], recent }, now, since }).requestsPerSecond;

  it('sends so many requests a second as it did in the seconds that are counted', () => {
    // Nine whole seconds and half of the tenth.
    expect(rate(100_500)).toBe(10);
  });

  it('has a rate of the time since it began where that is shorter, and none in its first second', () => {
    expect(rate(100_500, 95_750)).toBe(20);
    expect(rate(100_500, 99_501)).toBeNull();
  });

  const p99 = (...durations: readonly number[]): number | null => {
    const times = new ResponseTimes(0);
    for (const ms of durations) times.record(ms, 1);
    const pools = [{ name: 'web', lately: times.lately(2) }];
    return onePool({ counts: { pools, recent: [] } }).p99Ms;
  };
  const rising = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => (i + 1) / 10);

  it('has the 99th percentile of its requests, and none of too few', () => {
    expect(p99(...rising(100))).toBe(9.9);
    expect(p99(...rising(99))).toBeNull();
  });

  it('has a percentile without tunnels, which are as long as their clients like', () => {
    const counts = new PoolCounts('web');
    for (let i = 0; i < 100; i++) counts.finished(anExchange({ duration: 5 }));
    for (let i = 0; i < 50; i++) counts.finished(anExchange({ status: 101, duration: 60_000 }));
    expect(onePool({ counts: { pools: [counts.take(1)], recent: [] } }).p99Ms).toBe(5);
  });
});

describe('a route', () => {
  const board = new Board();
  board.configure(['web', 'hidden'].map((name) => ({ name, servers: [], accept: [] })));
  const chainOf = (name: string, pool: string) =>
    compileChain(name, [], board.pool(pool)!, 'undo', () => undefined);
  const settings = ROUTE_SETTINGS;

  it('says which requests go where', () => {
    const match = { host: 'shop.example', path: '/api/', methods: ['GET'] };
    const routes = [{ name: 'shop', match, chain: chainOf('own', 'web'), settings }];
    expect(routeViews(routes, ['web'])).toEqual([
      { name: 'shop', host: 'shop.example', path: '/api/', methods: ['GET'], pool: 'web', chain: 'own' },
    ]);
  });

  it('has no pool and no chain where the proxy itself answers', () => {
    const routes = [{ name: 'files', match: {}, chain: chainOf('files', 'hidden'), settings }];
    expect(routeViews(routes, ['web'])).toEqual([
      { name: 'files', host: null, path: null, methods: null, pool: null, chain: null },
    ]);
  });
});
