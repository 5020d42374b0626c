import { describe, expect, it } from 'vitest';
import { type Look, poolState, poolViews } from '../../src/cli/pool-views.ts';
import type { RecentDecision, ServerView } from '../../src/control/views.ts';
import type { ServerState } from '../../src/core/types.ts';
import { aRecentDecision, aServerView } from '../control/fake-views.ts';

const aLook = (facts: Partial<Look> = {}): Look => ({
  at: 0,
  now: 1_000_000,
  servers: [aServerView()],
  recent: [],
  ...facts,
});

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

  it('has the sums of its servers and none of others', () => {
    const servers = [
      aServerView({ id: 'a', inFlight: 2 }),
      aServerView({ id: 'b', inFlight: 3, state: 'drain' }),
      aServerView({ id: 'a', pool: 'api', inFlight: 40 }),
    ];
    expect(poolViews(aLook({ servers }))).toEqual([
      {
        name: 'web',
        state: 'ready',
        servers: 2,
        ready: 1,
        inFlight: 5,
        requestsPerSecond: null,
        p99Ms: null,
      },
      {
        name: 'api',
        state: 'ready',
        servers: 1,
        ready: 1,
        inFlight: 40,
        requestsPerSecond: null,
        p99Ms: null,
      },
    ]);
  });

  const rate = (before: readonly ServerView[], servers: readonly ServerView[]): number | null | undefined =>
    poolViews(aLook({ at: 2000, servers }), aLook({ servers: before }))[0]?.requestsPerSecond;

  it('forwards so many a second as its servers got since the look before, without what a new one had', () => {
    const before = [aServerView({ id: 'a', forwarded: 100 })];
    const servers = [
      aServerView({ id: 'a', forwarded: 130 }),
      aServerView({ id: 'b', forwarded: 5000 }),
      aServerView({ id: 'a', pool: 'api', forwarded: 7 }),
    ];
    expect(rate(before, servers)).toBe(15);
  });

  it('has no rate over a restart', () => {
    expect(rate([aServerView({ forwarded: 100 })], [aServerView({ forwarded: 3 })])).toBeNull();
  });

  const p99 = (recent: readonly RecentDecision[]): number | null | undefined =>
    poolViews(aLook({ recent }))[0]?.p99Ms;
  const durations = (count: number, facts: Partial<RecentDecision> = {}): readonly RecentDecision[] =>
    Array.from({ length: count }, (_, i) => aRecentDecision({ at: 999_000, durationMs: i + 1, ...facts }));

  it('has the 99th percentile of the last minute, by nearest rank', () => {
    expect(p99(durations(200))).toBe(198);
    expect(p99(durations(100))).toBe(99);
  });

  it('has none of too few, and minds neither others, nor old ones, nor tunnels', () => {
    expect(p99(durations(99))).toBeNull();
    const others = [
      ...durations(50, { pool: 'api', durationMs: 900 }),
      ...durations(50, { at: 900_000, durationMs: 900 }),
      ...durations(50, { status: 101, durationMs: 900 }),
    ];
    expect(p99([...durations(100), ...others])).toBe(99);
  });
});
