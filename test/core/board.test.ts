import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Board, FORGET_AFTER, MAX_NODES } from '../../src/core/board.ts';
import { type Candidacy, defineCandidacy, type Signal } from '../../src/core/candidacy.ts';
import type { LinkSpec } from '../../src/core/chain.ts';
import { decide } from '../../src/core/decide.ts';
import { MAX_SERVERS } from '../../src/core/pool.ts';
import type { Done } from '../../src/core/types.ts';
import { aBoard, aChain, aContext, answered, aReport, aSpec, failed, ids, SOURCE, urlOf } from './support.ts';

describe('hear', () => {
  it('gives every server of a report its numbers and the time', () => {
    const { board, server } = aBoard(['a', 'b', 'c']);
    const servers = [{ url: urlOf('a'), stats: { load1: 5 } }, { url: urlOf('b') }];
    expect(board.hear(aReport([], { servers }), SOURCE, 100)).toBeUndefined();
    expect(server('a')).toMatchObject({ stats: { load1: 5 }, heardAt: 100, node: 'n1' });
    expect(server('b')).toMatchObject({ stats: { load1: 1 }, heardAt: 100 });
    expect(server('c')).toMatchObject({ stats: undefined, heardAt: Number.NEGATIVE_INFINITY });
  });

  it('keeps who said it, from where and how often', () => {
    const { board } = aBoard(['a']);
    for (const [seq, now] of [
      [1, 0],
      [2, 1000],
      [3, 3000],
    ] as const)
      board.hear(aReport(['a'], { seq }), SOURCE, now);
    expect(board.nodes()).toMatchObject([
      {
        name: 'n1',
        boot: 'b1',
        seq: 3,
        heardAt: 3000,
        every: 1125,
        reports: 3,
        source: SOURCE,
        servers: [urlOf('a')],
      },
    ]);
  });

  it('tells of nodes and servers that come, once', () => {
    const { board, events } = aBoard([], { accept: ['10.0.0.0/8'] });
    board.hear(aReport(['a']), SOURCE, 0);
    board.hear(aReport(['a'], { seq: 2 }), SOURCE, 0);
    board.hear(aReport(['a'], { boot: 'b2' }), SOURCE, 0);
    expect(events).toEqual([
      { kind: 'server_announced', pool: 'web', server: '10.0.0.1:80' },
      { kind: 'node_joined', node: 'n1' },
      { kind: 'node_restarted', node: 'n1' },
    ]);
  });

  it.each([
    ['the same again', { seq: 5 }, true],
    ['an older one', { seq: 4 }, true],
    ['the next', { seq: 6 }, false],
    ['one after a gap', { seq: 60 }, false],
    ['a new start, whatever its number', { boot: 'b2', seq: 0 }, false],
    ['another node', { node: 'n2', seq: 0 }, false],
  ])('by boot and number: %s', (_, facts, isOld) => {
    const { board, server } = aBoard(['a']);
    board.hear(aReport(['a'], { seq: 5 }), SOURCE, 1);
    expect(board.hear(aReport(['a'], facts), SOURCE, 2)?.code).toBe(isOld ? 'replayed' : undefined);
    expect(server('a').heardAt).toBe(isOld ? 1 : 2);
  });

  it('refuses a boot that was replaced before, and does not keep them without end', () => {
    const { board } = aBoard(['a']);
    for (let boot = 1; boot <= 20; boot++) {
      const report = aReport(['a'], { boot: `b${boot}`, seq: 100 });
      expect(board.hear(report, SOURCE, boot)).toBeUndefined();
    }
    expect(board.hear(aReport(['a'], { boot: 'b19', seq: 999 }), SOURCE, 30)?.code).toBe('replayed');
    expect(board.nodes()[0]?.retired.length).toBeLessThanOrEqual(4);
  });

  it.each([
    ['an unknown pool', { servers: [{ url: urlOf('a'), pool: 'other' }] }, 'unknown_pool'],
    ['a strange URL', { servers: [{ url: 'http://10.0.0.1/x' }] }, 'malformed'],
    ['a server that may not be announced', { servers: [{ url: urlOf('z.example.com') }] }, 'not_accepted'],
    ['another protocol at an address', { servers: [{ url: 'https://10.0.0.1:80' }] }, 'not_accepted'],
    [
      'two protocols at one new address',
      { servers: [{ url: 'http://10.9.0.1:80' }, { url: 'https://10.9.0.1:80' }] },
      'not_accepted',
    ],
  ])('refuses a report with %s as a whole', (_, facts, code) => {
    const { board, server, events } = aBoard(['a', 'b'], { accept: ['10.0.0.0/8'] });
    const servers = [{ url: urlOf('b') }, ...facts.servers];
    const refusal = board.hear(aReport([], { servers }), SOURCE, 100);
    expect(refusal?.code).toBe(code);
    expect(refusal?.message.length).toBeGreaterThan(10);
    expect(server('b').stats).toBeUndefined();
    expect(board.nodes()).toEqual([]);
    expect(events).toEqual([]);
  });

  it('takes a server that a report names twice once', () => {
    const { board, pool } = aBoard([], { accept: ['10.0.0.0/8'] });
    expect(board.hear(aReport(['a', 'a']), SOURCE, 0)).toBeUndefined();
    expect(ids(pool.servers)).toBe('10.0.0.1:80');
  });

  it('needs the name of the pool where there are two', () => {
    const board = new Board();
    const servers = [aSpec('a')];
    board.configure([
      { name: 'one', servers, accept: [] },
      { name: 'two', servers, accept: [] },
    ]);
    expect(board.hear(aReport(['a']), SOURCE, 0)?.code).toBe('unknown_pool');
    expect(
      board.hear(aReport([], { servers: [{ url: urlOf('a'), pool: 'two' }] }), SOURCE, 0),
    ).toBeUndefined();
    expect(board.pool('one')?.byId('a')?.stats).toBeUndefined();
    expect(board.pool('two')?.byId('a')?.stats).toEqual({ load1: 1 });
  });

  it('lets a sender speak for its pools only', () => {
    const { board } = aBoard(['a']);
    const hear = (pools: ReadonlySet<string>) => board.hear(aReport(['a']), { ...SOURCE, pools }, 0)?.code;
    expect(hear(new Set(['other']))).toBe('not_accepted');
    expect(hear(new Set(['web']))).toBeUndefined();
  });

  it('has a bound on nodes', () => {
    const { board } = aBoard([]);
    for (let i = 0; i < MAX_NODES; i++) board.hear(aReport([], { node: `n${i}` }), SOURCE, 0);
    expect(board.hear(aReport([], { node: 'one-more' }), SOURCE, 0)?.code).toBe('full');
    expect(board.hear(aReport([], { node: 'n0', seq: 2 }), SOURCE, 0)).toBeUndefined();
    expect(board.nodes()).toHaveLength(MAX_NODES);
  });

  it('has a bound on servers that one report cannot jump over', () => {
    const { board, pool } = aBoard([], { accept: ['10.0.0.0/8'] });
    const announce = (first: number, count: number) => {
      const servers = Array.from({ length: count }, (_, i) => ({ url: `http://10.1.0.1:${first + i}` }));
      return board.hear(aReport([], { node: `n${first}`, servers }), SOURCE, 0)?.code;
    };
    for (let first = 1; first < MAX_SERVERS - 256; first += 256) expect(announce(first, 256)).toBeUndefined();
    expect(announce(60_000, 200)).toBeUndefined();
    expect(announce(61_000, 57)).toBe('full');
    expect(announce(61_000, 56)).toBeUndefined();
    expect(pool.servers).toHaveLength(MAX_SERVERS);
  });

  it('makes kept answers void for a server heard again after long silence, not for every report', () => {
    const { board, pool } = aBoard(['a']);
    const versionAfter = (seq: number, now: number): number => {
      board.hear(aReport(['a'], { seq }), SOURCE, now);
      return pool.version;
    };
    const first = versionAfter(1, 0);
    expect(versionAfter(2, 1010)).toBe(first);
    expect(versionAfter(3, 9000)).toBe(first + 1);
  });

  it('takes the tags of announced servers from their reports, of configured ones never', () => {
    const { board, server } = aBoard(['a'], { accept: ['10.0.0.0/8'] });
    const servers = ['a', 'b'].map((id) => ({ url: urlOf(id), tags: ['eu'] }));
    board.hear(aReport([], { servers }), SOURCE, 0);
    expect(server('a').tags).toEqual(new Set());
    expect(server('10.0.0.2:80').tags).toEqual(new Set(['eu']));
    board.hear(aReport([], { seq: 2, servers: servers.map(({ url }) => ({ url })) }), SOURCE, 0);
    expect(server('10.0.0.2:80').tags).toEqual(new Set());
  });
});

describe('begin', () => {
  it('counts a request until it is done, however often that is said', () => {
    const { board, server } = aBoard(['a']);
    const first = board.begin(server('a'), 0);
    const second = board.begin(server('a'), 0);
    expect(server('a').inFlight).toBe(2);
    first(failed(), 1);
    first(failed(), 2);
    first(answered(), 3);
    expect(server('a')).toMatchObject({ inFlight: 1, failures: 1 });
    second(answered(), 4);
    expect(server('a')).toMatchObject({ inFlight: 0, failures: 0, forwarded: 2 });
  });

  it('never leaks or invents a request, whatever happens in between', () => {
    const step = fc.record({
      act: fc.constantFrom('begin', 'begin', 'done', 'done', 'hear', 'configure', 'sweep', 'drain'),
      pick: fc.nat(20),
    });
    const sets = [['a', 'b', 'c'], ['a'], ['b', 'c'], ['a', 'b', 'c', 'd']];
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { board, pool, configure } = aBoard(['a', 'b', 'c']);
        const open: { readonly done: Done; readonly record: object }[] = [];
        steps.forEach(({ act, pick }, now) => {
          const record = pool.servers[pick % Math.max(1, pool.servers.length)];
          if (act === 'begin' && record) open.push({ record, done: board.begin(record, now) });
          if (act === 'done') open.splice(pick % Math.max(1, open.length), 1)[0]?.done(answered(), now);
          if (act === 'hear') board.hear(aReport(['a'], { seq: now }), SOURCE, now);
          if (act === 'configure') configure(sets[pick % sets.length] ?? []);
          if (act === 'sweep') board.sweep(now * 1e6);
          if (act === 'drain' && record) board.setHand('web', record.id, { state: 'drain', reason: '' });
          for (const server of pool.servers)
            expect(server.inFlight).toBe(open.filter(({ record }) => record === server).length);
        });
        for (const { done } of open) done(answered(), 0);
        expect(pool.servers.every(({ inFlight }) => inFlight === 0)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('of a server that leaves meanwhile ends on its old record', () => {
    const { board, server, configure, pool } = aBoard(['a', 'b']);
    const old = server('a');
    const done = board.begin(old, 0);
    configure(['b', 'c']);
    expect(pool.byId('c')?.slot).toBe(old.slot);
    done(failed(), 1);
    expect(old).toMatchObject({ inFlight: 0, failures: 1 });
    expect(server('c')).toMatchObject({ inFlight: 0, failures: 0 });
  });

  it('of a server that has left, or whose pool has, counts nothing', () => {
    const { board, server, configure } = aBoard(['a', 'b']);
    const [a, b] = [server('a'), server('b')];
    configure(['b', 'c']);
    board.begin(a, 0)(answered(), 1);
    expect(a).toMatchObject({ inFlight: 0, forwarded: 0 });
    expect(server('c').forwarded).toBe(0);
    board.configure([]);
    board.begin(b, 0)(answered(), 1);
    expect(b.forwarded).toBe(0);
    expect(board.pools()).toEqual([]);
  });
});

describe('signals', () => {
  const log: string[] = [];
  const signal: Signal<{ name: string }> = {
    init: () => ({ name: 'memory' }),
    onBegin: ({ name }, now) => void log.push(`${name} begins at ${now}`),
    onDone: ({ name }, outcome, now) => log.push(`${name} ${outcome.kind} at ${now}`) < 0,
    onReport: ({ name }, { restarted }, now) => log.push(`${name} heard at ${now}, ${restarted}`) < 0,
  };

  it('are told of every begin, end and report', () => {
    const { board, pool, server } = aBoard(['a']);
    pool.column('k', signal);
    log.length = 0;
    const done = board.begin(server('a'), 1);
    done(failed(), 2);
    done(failed(), 3);
    board.hear(aReport(['a']), SOURCE, 4);
    board.hear(aReport(['a'], { boot: 'b2' }), SOURCE, 5);
    expect(log).toEqual([
      'memory begins at 1',
      'memory failed at 2',
      'memory heard at 4, false',
      'memory heard at 5, true',
    ]);
  });

  it('of chains that are gone are forgotten when told so', () => {
    const { board, pool, server } = aBoard(['a']);
    const reads: unknown[] = [];
    const candidacy = defineCandidacy({
      name: 'mine',
      signal: () => signal,
      create: (_, read) => (servers) => {
        reads.push(read(server('a')));
        return servers;
      },
    });
    const link = (options: unknown): LinkSpec => ({
      name: 'mine',
      options,
      candidacy: candidacy as Candidacy,
    });
    const old = aChain([link({ n: 1 })], pool).chain;
    const { chain } = aChain([link({ n: 2 })], pool);
    board.retain([chain]);
    decide(old, aContext());
    decide(chain, aContext());
    expect(reads).toEqual([undefined, { name: 'memory' }]);
  });
});

describe('setHand', () => {
  it('sets and lifts a state, of servers that there are', () => {
    const { board, pool } = aBoard(['a', 'b']);
    expect(board.setHand('web', 'a', { state: 'maint', reason: 'disk' })).toBe(true);
    expect(ids(pool.eligible)).toBe('b');
    expect(board.setHand('web', 'a', undefined)).toBe(true);
    expect(ids(pool.eligible)).toBe('a b');
    expect(board.setHand('web', 'z', undefined)).toBe(false);
    expect(board.setHand('other', 'a', undefined)).toBe(false);
  });
});

describe('configure', () => {
  it('keeps records, states set by hand and what was heard', () => {
    const { board, pool, server, configure } = aBoard(['a', 'b']);
    board.hear(aReport(['a']), SOURCE, 7);
    board.begin(server('a'), 8);
    board.setHand('web', 'a', { state: 'drain', reason: '' });
    const record = server('a');
    configure(['a']);
    expect(server('a')).toBe(record);
    expect(record).toMatchObject({ heardAt: 7, inFlight: 1, hand: { state: 'drain' } });
    expect(pool.eligible).toEqual([]);
  });
});

describe('sweep', () => {
  it('forgets nodes and announced servers after long silence', () => {
    const { board, pool, events } = aBoard(['a'], { accept: ['10.0.0.0/8'] });
    board.hear(aReport(['a', 'b']), SOURCE, 0);
    board.sweep(FORGET_AFTER);
    expect(board.nodes()).toHaveLength(1);
    board.sweep(FORGET_AFTER + 1);
    expect(board.nodes()).toEqual([]);
    expect(ids(pool.servers)).toBe('a');
    expect(events.slice(2)).toEqual([
      { kind: 'server_forgotten', pool: 'web', server: '10.0.0.2:80' },
      { kind: 'node_forgotten', node: 'n1' },
    ]);
  });
});
