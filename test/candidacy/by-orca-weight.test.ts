import { describe, expect, it } from 'vitest';
import { byOrcaWeight } from '../../candidacy/by-orca-weight.ts';
import type { Chain } from '../../src/core/chain.ts';
import type { Stats } from '../../src/core/types.ts';
import { shareOfHalf } from './spread.ts';
import { Bench, faultsIn } from './support.ts';

/** Half busy with so many requests a second: a weight of twice that. */
const serving = (rps: number, more: Record<string, number> = {}): Stats => ({
  cpuIdle: 0.5,
  custom: { rps_fractional: rps, ...more },
});

const pool = (names = 'abcd', seed = 1): Bench =>
  new Bench(
    [...names].map((id) => ({ id })),
    { seed },
  );

type Shares = { readonly [id in 'a' | 'b' | 'c' | 'd']?: number };

/** How many of the next requests each gets, one each `every` ms. */
const shares = (bench: Bench, chain: Chain, count: number, every = 1): Shares => {
  const got: Record<string, number> = {};
  for (let i = 0; i < count; i++) {
    bench.now += every;
    const server = bench.decide(chain).chosen!;
    bench.board.begin(server, bench.now);
    got[server.id] = (got[server.id] ?? 0) + 1;
  }
  return got;
};

/** The shares by weights that are out of their blackout. */
const settled = (stats: Readonly<Record<string, Stats>>, given: unknown = {}): Shares => {
  const bench = pool(Object.keys(stats).join(''));
  const chain = bench.chain([[byOrcaWeight, given]]);
  for (const [id, said] of Object.entries(stats)) bench.report(id, said);
  bench.now += 10_000;
  shares(bench, chain, 100);
  bench.now += 1000;
  return shares(bench, chain, 1200);
};

const near = (count: number | undefined, expected: number): void => {
  expect(Math.abs((count ?? 0) - expected) / expected).toBeLessThan(0.05);
};

describe('the weights of byOrcaWeight', () => {
  it('share requests in proportion to what each could serve', () => {
    const { a, b, c } = settled({ a: serving(100), b: serving(200), c: serving(300) });
    near(a, 200);
    near(b, 400);
    near(c, 600);
  });

  it.each<[string, Stats, unknown, number]>([
    ['cpuIdle', { cpuIdle: 0.75, custom: { rps_fractional: 100 } }, {}, 2],
    ['application_utilization before it', serving(100, { application_utilization: 0.25 }), {}, 2],
    [
      'a metric that was named before both',
      serving(100, { gpu: 0.25, application_utilization: 9 }),
      ['gpu'],
      2,
    ],
    ['the highest of several', serving(100, { gpu: 0.1, disk: 0.25 }), ['gpu', 'disk'], 2],
    ['what comes next where a metric is 0', serving(200, { gpu: 0 }), ['gpu'], 2],
    ['errors', serving(100, { eps: 50 }), {}, 0.5],
    ['errors, weighed', serving(100, { eps: 50 }), { penalty: 3 }, 0.25],
  ])('go by %s', (_, stats, given, times) => {
    const { a, b } = settled({ a: stats, b: serving(100) }, given);
    near((a ?? 0) / (b ?? 1), times);
  });

  it.each<[string, Stats]>([
    ['no rate', { cpuIdle: 0.9 }],
    ['a rate of 0', serving(0)],
    ['no use', { cpuIdle: 1, custom: { rps_fractional: 50 } }],
    ['nothing at all', {}],
  ])('are the average of the others for %s', (_, stats) => {
    const { a, b, c } = settled({ a: stats, b: serving(100), c: serving(300) });
    near(a, 400);
    near(b, 200);
    near(c, 600);
  });

  it('are alike for all while fewer than two have one', () => {
    const { a, b, c } = settled({ a: serving(900), b: {}, c: {} });
    for (const count of [a, b, c]) near(count, 400);
  });

  it('are no less than a hundredth of the mean, so that nobody is left without any request', () => {
    const { a } = settled({ a: serving(0.001), b: serving(500), c: serving(500) });
    expect(a).toBeGreaterThanOrEqual(2);
  });

  it('do not count in the first 10 s, nor after a restart, nor when 180 s old', () => {
    const bench = pool('ab');
    const chain = bench.chain([byOrcaWeight]);
    const ratio = (): number => {
      shares(bench, chain, 10, 200);
      const { a = 0, b = 0 } = shares(bench, chain, 100);
      return b / a;
    };
    const report = (boot?: string): void => {
      bench.report('a', serving(100), boot);
      bench.report('b', serving(300), boot);
    };
    report();
    near(ratio(), 1);
    bench.now += 8000;
    near(ratio(), 3);
    report('boot-2');
    near(ratio(), 1);
    bench.now += 8000;
    near(ratio(), 3);
    bench.now += 170_000;
    near(ratio(), 1);
  });

  it('are made anew after a clock was set back, too', () => {
    const bench = pool('ab');
    const chain = bench.chain([[byOrcaWeight, { blackout: '0s' }]]);
    shares(bench, chain, 100);
    bench.now -= 3_600_000;
    for (const [id, rps] of [
      ['a', 100],
      ['b', 300],
    ] as const) {
      const heardAt = bench.now + 3_600_000;
      bench.board.hearInBand(bench.server(id), { stats: serving(rps), heardAt, by: 'answer' }, bench.now);
    }
    shares(bench, chain, 10);
    near(shares(bench, chain, 400).b, 300);
  });

  it('are made anew at most once a second', () => {
    const bench = pool('ab');
    const chain = bench.chain([[byOrcaWeight, { blackout: '0s' }]]);
    bench.report('a', serving(100));
    bench.report('b', serving(100));
    shares(bench, chain, 2);
    bench.report('b', serving(300));
    near(shares(bench, chain, 900).b, 450);
    shares(bench, chain, 200);
    near(shares(bench, chain, 400).b, 300);
  });
});

describe('byOrcaWeight', () => {
  it('gives a server of half the weight that was set half as much', () => {
    expect(shareOfHalf([byOrcaWeight])).toBeCloseTo(0.5, 1);
  });

  it('gives no burst to a server that was left out for a while', () => {
    const bench = pool();
    const chain = bench.chain([byOrcaWeight]);
    for (const { id } of bench.pool.servers) bench.report(id, serving(100));
    bench.board.setHand('web', 'a', { state: 'drain', reason: '' });
    shares(bench, chain, 500, 50);
    bench.board.setHand('web', 'a', undefined);
    const { a = 0 } = shares(bench, chain, 40);
    expect(a).toBeGreaterThan(8);
    expect(a).toBeLessThan(13);
  });

  it('forgets a server that has left', () => {
    const bench = pool('abc');
    const chain = bench.chain([[byOrcaWeight, { blackout: '0s' }]]);
    bench.report('a', serving(100));
    bench.report('b', serving(300));
    bench.report('c', serving(1_000_000));
    shares(bench, chain, 10, 200);
    const specs = [...'ab'].map((id, i) => ({ id, url: new URL(`http://10.0.0.${i + 1}:80`), tags: [] }));
    bench.board.configure([{ name: 'web', servers: specs, accept: [] }], bench.now);
    shares(bench, chain, 10, 200);
    near(shares(bench, chain, 400).b, 300);
  });

  it('begins on every proxy with another server', () => {
    const first = Array.from({ length: 60 }, (_, seed) => {
      const bench = pool('abcd', seed + 1);
      return bench.decide(bench.chain([byOrcaWeight])).chosen?.id;
    });
    for (const id of 'abcd') expect(first.filter((one) => one === id).length).toBeGreaterThan(5);
  });

  it('says when whose turn comes', () => {
    const bench = pool();
    const chain = bench.chain([byOrcaWeight]);
    shares(bench, chain, 20);
    const [step] = bench.explain(chain);
    expect(step?.scores).toHaveLength(4);
    expect(bench.decide(chain).chosen?.id).toBe(step?.scores?.[0]?.id);
  });

  it.each([{ update: '10ms' }, { penalty: -1 }, { metrics: [''] }, { blackout: 10 }])(
    'refuses %j',
    (given) => {
      expect(faultsIn(byOrcaWeight, given)).toHaveLength(1);
    },
  );
});
