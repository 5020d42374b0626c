import { describe, expect, it } from 'vitest';
import { notEjected } from '../../candidacy/not-ejected.ts';
import type { Outcome } from '../../src/core/types.ts';
import { Bench, ids } from './support.ts';

const answered = (status: number, firstByte = 10): Outcome => ({
  kind: 'answered',
  status,
  firstByte,
  total: firstByte,
});
const failed = (reason: 'connect_refused' | 'connect_timeout' | 'reset'): Outcome => ({
  kind: 'failed',
  side: 'server',
  reason,
  unsent: false,
});

/** What a server does in an interval: so many requests, one in `oneInFails` with a 500, with this time to the first byte. */
interface Behaviour {
  readonly requests?: number;
  readonly oneInFails?: number;
  readonly firstByte?: number;
}

const aPool = (n: number, options: object = {}) => {
  const bench = new Bench(Array.from({ length: n }, (_, i) => ({ id: `s${i}` })));
  const chain = bench.chain([[notEjected, { jitter: 0, ...options }]], 'refuse');
  const end = (id: string, ...outcomes: readonly Outcome[]) => {
    for (const outcome of outcomes) bench.board.begin(bench.server(id), bench.now)(outcome, bench.now);
  };
  const serve = (id: string, { requests = 100, oneInFails = 0, firstByte = 10 }: Behaviour) => {
    for (let i = 0; i < requests; i++)
      end(id, answered(oneInFails > 0 && i % oneInFails === 0 ? 500 : 200, firstByte));
  };
  end('s0', answered(200));
  return {
    bench,
    chain,
    end,
    serve,
    /** An interval in which these servers behave like this and the others well, and what ends it. */
    interval: (behaviours: Readonly<Record<string, Behaviour>> = {}, length = 10_000) => {
      for (const { id } of bench.pool.servers) serve(id, behaviours[id] ?? {});
      bench.now += length;
      end('s0', answered(200));
    },
    left: () => ids(bench.decide(chain).ranked),
    out: () => {
      const kept = new Set(ids(bench.decide(chain).ranked));
      return ids(bench.pool.servers).filter((id) => !kept.has(id));
    },
    reasons: () => bench.explain(chain)[0]?.dropped.map(({ reason }) => reason),
    note: () => bench.explain(chain)[0]?.note,
  };
};

describe('notEjected by comparison', () => {
  it.each<[string, number, Readonly<Record<string, Behaviour>>, readonly string[]]>([
    ['all are alike', 6, {}, []],
    ['one fails every third time', 6, { s2: { oneInFails: 3 } }, ['s2']],
    ['one fails every third time among four', 4, { s2: { oneInFails: 3 } }, []],
    ['one fails every third time of 90', 6, { s2: { oneInFails: 3, requests: 90 } }, []],
    ['one fails once where the others never do', 6, { s2: { oneInFails: 99 } }, []],
    ['one takes 81 ms where others take 10', 3, { s2: { firstByte: 81 } }, ['s2']],
    ['one takes 80 ms where others take 10', 3, { s2: { firstByte: 80 } }, []],
    ['one of two takes a second', 2, { s1: { firstByte: 1000 } }, []],
    ['19 answers took a second', 3, { s2: { firstByte: 1000, requests: 19 } }, []],
    ['20 answers took a second', 3, { s2: { firstByte: 1000, requests: 20 } }, ['s2']],
    ['two of three take a second', 3, { s1: { firstByte: 1000 }, s2: { firstByte: 1000 } }, []],
    ['two of five take a second', 5, { s1: { firstByte: 1000 }, s2: { firstByte: 2000 } }, ['s1', 's2']],
  ])('when %s (of %i)', (_, n, behaviours, out) => {
    const pool = aPool(n);
    pool.interval(behaviours);
    expect(pool.out()).toEqual(out);
  });

  it('waits for the end of the interval', () => {
    const pool = aPool(3);
    pool.interval({ s2: { firstByte: 1000 } }, 9999);
    expect(pool.out()).toEqual([]);
    pool.bench.now += 1;
    pool.end('s0', answered(200));
    expect(pool.out()).toEqual(['s2']);
  });

  it('does not go by what was seen before a long silence', () => {
    const pool = aPool(3);
    pool.interval({ s2: { firstByte: 1000 } }, 60_000);
    expect(pool.out()).toEqual([]);
  });

  it('takes a good answer of a slow server for no reason to let it in, and a restart for one', () => {
    const pool = aPool(3);
    pool.bench.report('s2', {});
    pool.interval({ s2: { firstByte: 1000 } });
    pool.end('s2', answered(200, 1));
    expect(pool.out()).toEqual(['s2']);
    expect(pool.bench.pool.stateOf(pool.bench.server('s2'), pool.bench.now)).toBe('ejected');
    pool.bench.report('s2', {}, 'boot-2');
    expect(pool.out()).toEqual([]);
  });

  it('judges a slow server that is back at its twentieth answer, and keeps it out for longer each time', () => {
    const pool = aPool(3);
    pool.interval({ s2: { firstByte: 1000 } });
    for (const seconds of [1, 2, 4]) {
      pool.bench.now += seconds * 1000 - 1;
      expect(pool.out()).toEqual(['s2']);
      pool.bench.now += 21;
      expect(pool.out()).toEqual([]);
      pool.serve('s2', { requests: 19, firstByte: 1000 });
      expect(pool.out()).toEqual([]);
      pool.serve('s2', { requests: 1, firstByte: 1000 });
      expect(pool.out()).toEqual(['s2']);
    }
  });

  it('forgets one removal for each interval in which a server was like the others', () => {
    const pool = aPool(3);
    pool.interval({ s2: { firstByte: 1000 } });
    pool.bench.now += 1000;
    pool.serve('s2', { requests: 20, firstByte: 1000 });
    for (let i = 0; i < 3; i++) pool.interval();
    pool.interval({ s2: { firstByte: 1000 } });
    pool.bench.now += 1000;
    expect(pool.out()).toEqual([]);
  });

  it('takes out the worst, and no more than `most` with those that fail', () => {
    const pool = aPool(8, { most: 0.4, base: '30s' });
    for (let i = 0; i < 3; i++) pool.end('s7', failed('reset'));
    pool.interval({
      s1: { firstByte: 300 },
      s2: { firstByte: 400 },
      s3: { firstByte: 500 },
      s7: { requests: 0 },
    });
    expect(pool.out()).toEqual(['s2', 's3', 's7']);
  });

  it('compares shares of failures only when asked to', () => {
    const failing = Object.fromEntries(['s0', 's1', 's2', 's3', 's4'].map((id) => [id, { oneInFails: 2 }]));
    const off = aPool(5);
    off.interval(failing);
    expect(off.out()).toEqual([]);
    const on = aPool(5, { failureShare: 0.45, most: 1, panic: 0, errors: 99 });
    on.interval({ ...failing, s0: {} });
    expect(on.out()).toEqual(['s1', 's2', 's3', 's4']);
  });

  it('compares nothing that is switched off', () => {
    const pool = aPool(6, { latency: 'off', successRate: 'off' });
    pool.interval({ s1: { firstByte: 5000 }, s2: { oneInFails: 3 } });
    expect(pool.out()).toEqual([]);
  });

  it.each<[string, number, Behaviour, string]>([
    ['slowness', 3, { firstByte: 1000 }, 'ejected for 1s more: first byte 1s > 80ms'],
    ['failures', 6, { oneInFails: 2 }, 'ejected for 1s more: success rate 0.500 < 0.563'],
  ])('says why for %s', (_, n, behaviour, reason) => {
    const pool = aPool(n);
    pool.interval({ s2: behaviour });
    expect(pool.reasons()).toEqual([reason]);
  });

  it('forgets a server that has left', () => {
    const pool = aPool(4);
    const specs = pool.bench.pool.servers.map(({ id, url }) => ({ id, url, tags: [] }));
    for (const id of ['s1', 's2', 's3']) pool.serve(id, { firstByte: id === 's3' ? 1000 : 10 });
    pool.bench.board.configure([{ name: 'web', servers: specs.slice(0, 3), accept: [] }], pool.bench.now);
    pool.serve('s0', {});
    pool.bench.board.configure([{ name: 'web', servers: specs, accept: [] }], pool.bench.now);
    pool.bench.now += 10_000;
    pool.end('s0', answered(200));
    expect(pool.out()).toEqual([]);
  });
});

describe('notEjected in panic', () => {
  const threeTimes = (reason: Parameters<typeof failed>[0]) =>
    Array.from({ length: 3 }, () => failed(reason));

  it('lets those in that take connections, and says why the others stay out', () => {
    const pool = aPool(5);
    pool.end('s1', ...threeTimes('reset'));
    pool.end('s2', ...threeTimes('connect_refused'));
    expect(pool.left()).toEqual(['s0', 's3', 's4']);
    pool.end('s3', failed('connect_timeout'));
    expect(pool.left()).toEqual(['s0', 's1', 's4']);
    expect(pool.reasons()).toEqual([
      'ejected for 1s more, in panic too: takes no connections',
      'ejected for 1s more, in panic too: takes no connections',
    ]);
  });

  it('is told, also where everybody comes back', () => {
    const pool = aPool(3);
    expect(pool.note()).toBeUndefined();
    for (const id of ['s1', 's2']) pool.end(id, ...threeTimes('reset'));
    expect(pool.left()).toEqual(['s0', 's1', 's2']);
    expect(pool.note()).toMatch(/^panic: /);
  });

  it('keeps out those that failed again after an ejection', () => {
    const pool = aPool(3);
    for (const id of ['s1', 's2']) pool.end(id, ...threeTimes('reset'));
    expect(pool.out()).toEqual([]);
    pool.bench.now += 1000;
    pool.end('s1', failed('reset'));
    pool.end('s2', failed('reset'));
    expect(pool.left()).toEqual(['s0']);
    expect(pool.reasons()?.[0]).toBe('ejected for 2s more, in panic too: failed again after an ejection');
  });

  it.each([
    ['one of two fails', 2, ['s1']],
    ['two of three are dead', 3, ['s1', 's2']],
  ])('is none of the business of small pools: when %s', (_, n, dead) => {
    const pool = aPool(n);
    for (const id of dead) pool.end(id, ...threeTimes('connect_refused'));
    expect(pool.left()).toEqual(['s0']);
  });

  it('can be switched off', () => {
    const pool = aPool(3, { panic: 0 });
    for (const id of ['s1', 's2']) pool.end(id, ...threeTimes('reset'));
    expect(pool.left()).toEqual(['s0']);
  });
});
