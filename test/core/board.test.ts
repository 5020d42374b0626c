import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddressRule } from '../../src/core/accept.ts';
import { Board, FORGET_AFTER } from '../../src/core/board.ts';
import { type Candidacy, defineCandidacy, type Signal } from '../../src/core/candidacy.ts';
import type { LinkSpec } from '../../src/core/chain.ts';
import { decide } from '../../src/core/decide.ts';
import { MAX_NODES } from '../../src/core/nodes.ts';
import { MAX_SERVERS } from '../../src/core/pool-servers.ts';
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
      { kind: 'node_joined', node: 'n1' },
      { kind: 'server_announced', pool: 'web', server: '10.0.0.1:80' },
      { kind: 'node_restarted', node: 'n1' },
    ]);
  });

  it.each([
    ['the same again', { seq: 5 }, true],
    ['an older one', { seq: 4 }, true],
    ['the next', { seq: 6 }, false],
    ['one after a gap', { seq: 60 }, false],
    ['a new start, whatever its number', { boot: 'b2', seq: 0 }, false],
  ])('by boot and number: %s', (_, facts, isOld) => {
    const { board, server } = aBoard(['a']);
    board.hear(aReport(['a'], { seq: 5 }), SOURCE, 1);
    expect(board.hear(aReport(['a'], facts), SOURCE, 2)?.code).toBe(isOld ? 'replayed' : undefined);
    expect(server('a').heardAt).toBe(isOld ? 1 : 2);
  });

  it('refuses a boot that was replaced before, and does not keep them without end', () => {
    const { board } = aBoard(['a']);
    for (let boot = 1; boot <= 40; boot++) {
      const report = aReport(['a'], { boot: `b${boot}`, seq: 100 });
      expect(board.hear(report, SOURCE, boot)).toBeUndefined();
    }
    expect(board.hear(aReport(['a'], { boot: 'b39', seq: 999 }), SOURCE, 50)?.code).toBe('replayed');
    expect(board.nodes()[0]?.retired.length).toBeLessThanOrEqual(16);
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

describe('a late report', () => {
  it('makes its servers as old as it is', () => {
    const { board, server } = aBoard(['a']);
    const sent = (at: number, receivedAt: number) => ({ ...SOURCE, sent: { at, receivedAt } });
    board.hear(aReport(['a'], { seq: 1 }), sent(0, 10), 1000);
    board.hear(aReport(['a'], { seq: 2 }), sent(250, 660), 1650);
    expect(server('a')).toMatchObject({ heardAt: 1250 });
  });
});

describe('a sender that may speak for some addresses only', () => {
  const within = ['10.0.0.1', '10.0.0.2:8080'].flatMap((text) => parseAddressRule(text) ?? []);

  it.each([
    ['http://10.0.0.1:80', undefined],
    ['http://10.0.0.1:9999', undefined],
    ['http://10.0.0.2:8080', undefined],
    ['http://10.0.0.2:80', 'not_accepted'],
    ['http://10.0.0.3:80', 'not_accepted'],
  ])('%s', (url, code) => {
    const { board } = aBoard(['c'], { accept: ['10.0.0.0/8'] });
    const refusal = board.hear(aReport([], { servers: [{ url }] }), { ...SOURCE, within }, 0);
    expect(refusal?.code).toBe(code);
  });
});

describe('two agents for one server', () => {
  const hear = (board: Board, node: string, seq: number, now: number, named = 'a'): string | undefined =>
    board.hear(aReport(named.split(' '), { node, seq, stats: { load1: seq } }), SOURCE, now)?.code;

  it('are not heard both: the first holds it while it is heard', () => {
    const { board, server } = aBoard(['a', 'b']);
    hear(board, 'first', 1, 0);
    expect(hear(board, 'second', 1, 1000, 'b a')).toBe('taken');
    expect(server('a')).toMatchObject({ node: 'first', heardAt: 0 });
    expect(server('b').stats).toBeUndefined();
    expect(board.node('second')).toBeUndefined();
  });

  it.each([
    ['two seconds', [0, 250, 500], 2500, 'taken'],
    ['more than two seconds', [0, 250, 500], 2501, undefined],
    ['two of its long intervals', [0, 5000, 10_000], 20_000, 'taken'],
    ['more than three of its long intervals', [0, 5000, 10_000], 25_001, undefined],
  ])('the second takes over after the first was silent for %s', (_, times, now, code) => {
    const { board, server } = aBoard(['a']);
    times.forEach((time, i) => {
      hear(board, 'first', i + 1, time);
    });
    expect(hear(board, 'second', 1, now)).toBe(code);
    expect(server('a').node).toBe(code === undefined ? 'second' : 'first');
  });

  it('the first is refused when it comes back, so that they do not take turns', () => {
    const { board } = aBoard(['a']);
    hear(board, 'first', 1, 0);
    hear(board, 'second', 1, 5000);
    expect(hear(board, 'first', 2, 5100)).toBe('taken');
    expect(hear(board, 'second', 2, 5250)).toBeUndefined();
  });

  it('a server that its holder lists no more is free at once', () => {
    const { board, server } = aBoard(['a', 'b']);
    hear(board, 'first', 1, 0, 'a b');
    hear(board, 'first', 2, 100, 'b');
    expect(hear(board, 'second', 1, 110)).toBeUndefined();
    expect(server('a').node).toBe('second');
    expect(hear(board, 'second', 2, 120, 'b')).toBe('taken');
  });

  it('a server that its holder lists no more is free, though it says of itself how it is', () => {
    const board = new Board();
    const servers = [aSpec('a')];
    board.configure(['one', 'two'].map((name) => ({ name, servers, accept: [] })));
    const tell = (node: string, pools: readonly string[], seq: number) => {
      const named = pools.map((pool) => ({ url: urlOf('a'), pool }));
      return board.hear(aReport([], { node, seq, servers: named }), SOURCE, seq)?.code;
    };
    tell('first', ['one', 'two'], 1);
    tell('first', ['one'], 2);
    board.hearInBand(board.pool('two')!.byId('a')!, { stats: { load1: 3 }, heardAt: 3, by: 'answer' });
    expect(tell('second', ['two'], 4)).toBeUndefined();
  });

  it('a server whose holder was forgotten is free', () => {
    const { board } = aBoard(['a']);
    hear(board, 'first', 1, 0);
    board.sweep(FORGET_AFTER + 1);
    expect(hear(board, 'second', 1, FORGET_AFTER + 2)).toBeUndefined();
  });

  it('each may have the same address in a pool of its own', () => {
    const board = new Board();
    const servers = [aSpec('a')];
    board.configure(['one', 'two'].map((name) => ({ name, servers, accept: [] })));
    const tell = (node: string, pool: string, seq: number) =>
      board.hear(aReport([], { node, seq, servers: [{ url: urlOf('a'), pool }] }), SOURCE, seq)?.code;
    expect([tell('first', 'one', 1), tell('second', 'two', 1), tell('first', 'one', 2)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(tell('second', 'one', 2)).toBe('taken');
  });

  it('a server that its holder lists in another pool only is free', () => {
    const board = new Board();
    const servers = [aSpec('a')];
    board.configure(['one', 'two'].map((name) => ({ name, servers, accept: [] })));
    const tell = (node: string, pools: readonly string[], seq: number) => {
      const named = pools.map((pool) => ({ url: urlOf('a'), pool }));
      return board.hear(aReport([], { node, seq, servers: named }), SOURCE, seq)?.code;
    };
    tell('first', ['one', 'two'], 1);
    tell('first', ['one'], 2);
    expect(tell('second', ['two'], 3)).toBeUndefined();
    expect(tell('second', ['two', 'one'], 4)).toBe('taken');
  });
});

describe('refuse', () => {
  const TOKEN_FAULT = { code: 'token', message: 'wrong token' } as const;

  it('counts for the node and the servers that a refused report names', () => {
    const { board, server } = aBoard(['a', 'b']);
    board.hear(aReport(['a']), SOURCE, 0);
    board.refuse({ node: 'n1', servers: [{ url: urlOf('a') }] }, TOKEN_FAULT);
    board.refuse({ node: undefined, servers: [{ url: urlOf('a'), pool: 'web' }] }, TOKEN_FAULT);
    expect(board.node('n1')).toMatchObject({ refused: 1, lastRefusal: TOKEN_FAULT });
    expect([server('a').refused, server('b').refused]).toEqual([2, 0]);
  });

  it('makes nothing known that was not, and looks at sixteen servers at most', () => {
    const { board, pool, server } = aBoard(['a'], { accept: ['10.0.0.0/8'] });
    const strangers = Array.from({ length: 16 }, (_, i) => ({ url: `http://10.1.0.${i}:80` }));
    const servers = [...strangers, { url: urlOf('a') }];
    board.refuse({ node: 'n9', servers }, TOKEN_FAULT);
    board.refuse({ node: 'n9', servers: [{ url: 'nonsense' }, { url: urlOf('a'), pool: 'x' }] }, TOKEN_FAULT);
    expect(board.nodes()).toEqual([]);
    expect(pool.servers).toHaveLength(1);
    expect(server('a').refused).toBe(0);
  });
});
