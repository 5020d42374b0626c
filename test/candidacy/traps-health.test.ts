import { describe, expect, it } from 'vitest';
import { notEjected } from '../../candidacy/not-ejected.ts';
import type { Outcome } from '../../src/core/types.ts';
import { type Begun, runLoop, shareOf } from './closed-loop.ts';
import { FULL } from './named-chains.ts';
import { Bench, ids } from './support.ts';

/** Traps of health that other balancers have fallen into, by name. */

const reset: Outcome = { kind: 'failed', side: 'server', reason: 'reset', unsent: false };
const refused: Outcome = { kind: 'failed', side: 'server', reason: 'connect_refused', unsent: true };
const good: Outcome = { kind: 'answered', status: 200, firstByte: 5, total: 5 };

const pool = (n: number): Bench =>
  new Bench(Array.from({ length: n }, (_, i) => ({ id: `s${i}`, url: `http://10.2.0.${i + 1}` })));

const end = (bench: Bench, id: string, ...outcomes: readonly Outcome[]): void => {
  for (const outcome of outcomes) bench.board.begin(bench.server(id), bench.now)(outcome, bench.now);
};

const countIn = (begun: Begun, id: string, from: number, to: number): number =>
  (begun.get(id) ?? []).filter((at) => at >= from && at < to).length;

describe('trap: all proxies let ejected servers in again at the same instant', () => {
  it('proxies that eject a server within the same second let it in at different times', () => {
    const backAt = (ejectedAt: number): number => {
      const bench = pool(2);
      bench.now = ejectedAt;
      bench.chain([notEjected]);
      // The seventh ejection lasts 30 s.
      for (let i = 0; i < 7; i++) {
        end(bench, 's0', reset, reset, reset);
        if (i < 6) bench.now += 40_000;
      }
      const from = bench.now;
      while (bench.pool.stateOf(bench.server('s0'), bench.now) === 'ejected') bench.now += 10;
      return bench.now - from;
    };
    const times = Array.from({ length: 20 }, (_, i) => backAt(1_000_000 + 43 * i));
    expect(Math.min(...times)).toBeGreaterThanOrEqual(30_000);
    expect(Math.max(...times)).toBeLessThanOrEqual(33_010);
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(1500);
  });
});

describe('trap: a check that passes while traffic fails ends an ejection', () => {
  const heard = { stats: { inFlight: 0 }, by: 'probe' } as const;

  it.each<[string, (bench: Bench) => void]>([
    ['a report of the agent', (bench) => bench.report('s0', { inFlight: 0, cpuIdle: 1 })],
    ['a probe', (bench) => void bench.board.hearInBand(bench.server('s0'), { ...heard, heardAt: bench.now })],
    [
      'numbers that come with an answer of failure',
      (bench) =>
        void bench.board.hearInBand(bench.server('s0'), { ...heard, by: 'answer', heardAt: bench.now }),
    ],
    [
      'an agent-check that says ready',
      (bench) => bench.pool.setTold(bench.server('s0'), { state: 'ready', weight: 1, reason: 'all is well' }),
    ],
    [
      'an operator who sets a weight',
      (bench) => void bench.board.setHand('web', 's0', { state: 'ready', reason: '' }),
    ],
  ])('%s does not, and does not make the server look idle', (_, pass) => {
    const bench = pool(4);
    const chain = bench.chain(FULL);
    bench.report('s0', { inFlight: 3 });
    for (const id of ['s1', 's2', 's3'])
      for (let i = 0; i < 5; i++) bench.board.begin(bench.server(id), bench.now);
    end(bench, 's0', reset, reset, reset);
    pass(bench);
    expect(bench.pool.stateOf(bench.server('s0'), bench.now)).toBe('ejected');
    expect(ids(bench.decide(chain).ranked)).not.toContain('s0');
  });

  it('a good answer does, and the server begins slowly', () => {
    const bench = pool(4);
    const chain = bench.chain(FULL);
    for (const id of ['s1', 's2', 's3'])
      for (let i = 0; i < 20; i++) bench.board.begin(bench.server(id), bench.now);
    end(bench, 's0', reset, reset, reset, good);
    const first = Array.from({ length: 10 }, () => {
      const { chosen } = bench.decide(chain);
      bench.board.begin(chosen!, bench.now);
      return chosen!.id;
    });
    expect(first.filter((id) => id === 's0')).toHaveLength(2);
  });
});

describe('trap: an agent stops after it has said that its server is down', () => {
  it('what it told holds, is shown, and is lifted when it is asked no more', () => {
    const bench = pool(3);
    const chain = bench.chain(FULL);
    bench.pool.setTold(bench.server('s0'), { state: 'down', weight: 1, reason: 'deploying' });
    bench.now += 3_600_000;
    bench.report('s0', { inFlight: 0 });
    expect(ids(bench.decide(chain).ranked).toSorted()).toEqual(['s1', 's2']);
    expect(bench.pool.stateOf(bench.server('s0'), bench.now)).toBe('down');
    bench.pool.setTold(bench.server('s0'), undefined);
    expect(bench.decide(chain).ranked).toHaveLength(3);
  });

  it('a server whose agent fell silent is passed over, and is back with the first report', () => {
    const bench = pool(3);
    const chain = bench.chain(FULL);
    bench.report('s0', { inFlight: 0 });
    bench.now += 5001;
    expect(ids(bench.decide(chain).ranked)).not.toContain('s0');
    bench.report('s0', { inFlight: 0 });
    expect(ids(bench.decide(chain).ranked)).toContain('s0');
  });
});

describe('trap: the clock jumps', () => {
  it.each([
    ['an hour ahead', 3_600_000],
    ['an hour back', -3_600_000],
  ])('%s: every server gets its share again within seconds', (_, jump) => {
    const bench = pool(5);
    const chain = bench.chain(FULL);
    const report = (_id: string, inFlight: number) => ({ inFlight, cpus: 4, arriba: 1000 });
    runLoop(bench, chain, { clients: 30, during: 5000, report });
    end(bench, 's0', refused, refused, refused);
    expect(bench.pool.stateOf(bench.server('s0'), bench.now)).toBe('ejected');
    bench.now += jump;
    runLoop(bench, chain, { clients: 30, during: 35_000 });
    const begun = runLoop(bench, chain, { clients: 30, during: 5000 });
    for (const { id } of bench.pool.servers) expect(shareOf(begun, id)).toBeGreaterThan(0.15);
  });
});

describe('trap: a server that is back is flooded', () => {
  const BACK = 5000;

  it.each([
    ['that refuses connections', refused],
    ['that fails at once', { kind: 'answered', status: 503, firstByte: 1, total: 1 } satisfies Outcome],
  ])('one %s gets next to nothing until it is back, and then less than its share at first', (_, outcome) => {
    const bench = pool(5);
    const course = (id: string, at: number, random: () => number) =>
      id === 's0' && at < BACK ? { time: 1, outcome } : { time: 5 + 10 * random() };
    const begun = runLoop(bench, bench.chain(FULL), { clients: 60, during: 60_000, course });
    const ratio = (from: number, to: number): number =>
      countIn(begun, 's0', from, to) / countIn(begun, 's1', from, to);
    expect(ratio(0, BACK)).toBeLessThan(0.02);
    const [back] = begun.get('s0')!.filter((at) => at >= BACK);
    expect(back! - BACK).toBeLessThan(5000);
    expect(ratio(back!, back! + 3000)).toBeLessThan(0.5);
    expect(ratio(back!, back! + 3000)).toBeGreaterThan(0.02);
    expect(ratio(back! + 35_000, 60_000)).toBeGreaterThan(0.9);
  });

  it('one that is back and hangs has one request, and not all', () => {
    const bench = pool(5);
    const course = (id: string, at: number, random: () => number) => {
      if (id !== 's0') return { time: 5 + 10 * random() };
      return at < BACK ? { time: 1, outcome: refused } : { time: 100_000 };
    };
    const begun = runLoop(bench, bench.chain(FULL), { clients: 60, during: 20_000, course });
    expect(countIn(begun, 's0', BACK, 20_000)).toBe(1);
  });

  it('servers that all begin together, as when the proxy has just started, have all that comes', () => {
    const bench = new Bench([]);
    const chain = bench.chain(FULL);
    const servers = Array.from({ length: 5 }, (_, i) => ({
      id: `s${i}`,
      url: new URL(`http://10.2.0.${i + 1}`),
      tags: [],
    }));
    bench.board.configure([{ name: 'web', servers, accept: [] }], bench.now);
    const begun = runLoop(bench, chain, { clients: 60, during: 3000 });
    for (const { id } of servers) expect(shareOf(begun, id)).toBeGreaterThan(0.18);
    for (let i = 0; i < 9; i++) bench.board.begin(bench.server('s0'), bench.now);
    const step = bench.decide(chain).steps.find(({ name }) => name === 'slowStart');
    expect(step).toEqual({ name: 'slowStart', before: 5, after: 5 });
  });
});

describe('trap: panic is not seen', () => {
  it('when most of a pool fails and takes connections they come back, and the reason of the others says panic', () => {
    const bench = pool(5);
    const chain = bench.chain(FULL);
    for (const id of ['s0', 's1']) end(bench, id, reset, reset, reset);
    end(bench, 's2', refused, refused, refused);
    expect(ids(bench.decide(chain).ranked).toSorted()).toEqual(['s0', 's1', 's3', 's4']);
    const step = bench.explain(chain).find(({ name }) => name === 'notEjected');
    expect(step?.dropped.map(({ reason }) => reason)).toEqual([expect.stringContaining('panic')]);
  });
});
