import { describe, expect, it } from 'vitest';
import { parseAddressRule } from '../../src/core/accept.ts';
import type { Signal } from '../../src/core/candidacy.ts';
import { Pool, SERVER_TIMEOUT } from '../../src/core/pool.ts';
import { MAX_SERVERS } from '../../src/core/pool-servers.ts';
import type { ServerSpec } from '../../src/core/server-spec.ts';
import { answered, aSpec, ids, urlOf } from './support.ts';

const rules = (text: string) => [parseAddressRule(text)].flatMap((rule) => rule ?? []);

const aPool = (servers: readonly (string | ServerSpec)[], accept = '', self?: string): Pool => {
  const pool = new Pool('web');
  pool.configure({
    name: 'web',
    servers: servers.map((server) => (typeof server === 'string' ? aSpec(server) : server)),
    accept: accept === '' ? [] : rules(accept),
    ...(self ? { self } : {}),
  });
  return pool;
};

const configure = (pool: Pool, servers: readonly ServerSpec[], accept = ''): void =>
  pool.configure({ name: 'web', servers, accept: accept === '' ? [] : rules(accept) });

const counter = (): Signal<{ n: number }> => ({
  init: () => ({ n: 0 }),
  onDone: (memory) => {
    memory.n += 1;
    return memory.n % 2 === 0;
  },
  state: ({ n }) => (n >= 2 ? 'ejected' : undefined),
});

describe('a configured pool', () => {
  it('has its servers by slot, id and URL', () => {
    const pool = aPool(['a', 'b']);
    expect(ids(pool.servers)).toBe('a b');
    expect(pool.servers.map((server) => pool.table[server.slot])).toEqual(pool.servers);
    expect(pool.byId('b')?.url.href).toBe('http://10.0.0.2/');
    expect(pool.byUrl(new URL('http://10.0.0.2'))?.id).toBe('b');
    expect(pool.byUrl(new URL('https://10.0.0.2:80'))).toBeUndefined();
    expect(pool.byId('c')).toBeUndefined();
  });

  it('keeps its eligible list the same array until it changes, and then its version grows', () => {
    const pool = aPool(['a', 'b']);
    const { eligible, version } = pool;
    expect(pool.eligible).toBe(eligible);
    pool.setHand(pool.servers[0]!, { state: 'drain', reason: '' });
    expect(ids(pool.eligible)).toBe('b');
    expect(ids(pool.servers)).toBe('a b');
    expect(pool.version).toBeGreaterThan(version);
    pool.setHand(pool.servers[0]!, undefined);
    expect(ids(pool.eligible)).toBe('a b');
  });

  it('knows the server on its own machine while that may get requests', () => {
    const pool = aPool(['a', 'b'], '', 'b');
    expect(pool.self?.id).toBe('b');
    expect(pool.servers.map(({ isSelf }) => isSelf)).toEqual([false, true]);
    pool.setHand(pool.servers[1]!, { state: 'maint', reason: '' });
    expect(pool.self).toBeUndefined();
  });
});

describe('a new configuration', () => {
  it('leaves servers that stay their records, drops the others and gives their slots away', () => {
    const pool = aPool(['a', 'b', 'c']);
    const [a, b, c] = pool.servers;
    a?.begin();
    configure(pool, [aSpec('c'), aSpec('a', { tags: ['new'] }), aSpec('d')]);
    expect(pool.byId('a')).toBe(a);
    expect(pool.byId('c')).toBe(c);
    expect(a).toMatchObject({ inFlight: 1, tags: new Set(['new']) });
    expect(pool.byId('b')).toBeUndefined();
    expect(pool.byId('d')?.slot).toBe(b?.slot);
  });

  it.each([
    ['another id', aSpec('a', { id: 'z' })],
    ['another protocol', aSpec('a', { url: new URL('https://10.0.0.1:80') })],
  ])('takes a server with %s for another one', (_, spec) => {
    const pool = aPool(['a']);
    const before = pool.servers[0];
    configure(pool, [spec]);
    expect(pool.servers).toHaveLength(1);
    expect(pool.servers[0]).not.toBe(before);
  });

  it('keeps announced servers while it accepts them', () => {
    const pool = aPool(['a'], '10.0.0.0/8');
    pool.announce(new URL(urlOf('b')), []);
    configure(pool, [aSpec('a')], '10.0.0.0/24');
    expect(ids(pool.servers)).toBe('a 10.0.0.2:80');
    configure(pool, [aSpec('a')], '10.0.0.1');
    expect(ids(pool.servers)).toBe('a');
  });

  it('that names an announced server keeps its record, which then needs no announcement', () => {
    const pool = aPool(['a'], '10.0.0.0/8');
    const record = pool.announce(new URL(urlOf('b')), []);
    record.begin();
    configure(pool, [aSpec('a'), aSpec('b', { id: '10.0.0.2:80' })]);
    expect(pool.byId('10.0.0.2:80')).toBe(record);
    expect(record).toMatchObject({ inFlight: 1, configured: true });
    expect(pool.forget(1e9, 0)).toEqual([]);
  });
});

describe('an announcement', () => {
  it.each([
    ['http://10.0.0.9:80', undefined],
    ['http://11.0.0.9:80', 'not_accepted'],
    ['https://10.0.0.1:80', 'not_accepted'],
  ])('of %s: %s', (url, fault) => {
    expect(aPool(['a'], '10.0.0.0/8').announcementFault(new URL(url))).toBe(fault);
  });

  it('adds a server whose id is its address, or its URL where a configured server has that id', () => {
    const pool = aPool([aSpec('a', { id: '10.0.0.2:80' })], '10.0.0.0/8');
    expect(pool.announce(new URL(urlOf('c')), ['eu'])).toMatchObject({
      id: '10.0.0.3:80',
      configured: false,
      tags: new Set(['eu']),
    });
    expect(pool.announce(new URL(urlOf('b')), []).id).toBe('http://10.0.0.2/');
    expect(new Set(pool.servers.map(({ id }) => id)).size).toBe(3);
  });

  it('is refused when the pool is full', () => {
    const specs = Array.from({ length: MAX_SERVERS }, (_, i) => aSpec(`s${i}.example.com`));
    const pool = aPool(specs, '10.0.0.0/8');
    expect(pool.announcementFault(new URL(urlOf('a')))).toBe('full');
    configure(pool, specs.slice(1), '10.0.0.0/8');
    expect(pool.announcementFault(new URL(urlOf('a')))).toBeUndefined();
    expect(pool.announcementFault(new URL(urlOf('a')), 1)).toBe('full');
  });
});

describe('discovery', () => {
  const spec = (id: string, facts: Partial<ServerSpec> = {}): ServerSpec => aSpec(id, facts);

  it('brings servers, which are listed but not configured, and takes them away again', () => {
    const pool = aPool(['a']);
    pool.discover([spec('b', { tags: ['eu'] }), spec('c')]);
    expect(ids(pool.eligible)).toBe('a b c');
    expect(pool.byId('b')).toMatchObject({ configured: false, tags: new Set(['eu']) });
    expect(pool.servers.every((record) => pool.isListed(record))).toBe(true);
    pool.discover([spec('c')]);
    expect(ids(pool.servers)).toBe('a c');
    pool.discover([]);
    expect(ids(pool.servers)).toBe('a');
  });

  it('leaves a server that stays its record, and gives it its new tags', () => {
    const pool = aPool([]);
    pool.discover([spec('b')]);
    const record = pool.byId('b');
    record?.begin();
    pool.discover([spec('b', { tags: ['new'] })]);
    expect(pool.byId('b')).toBe(record);
    expect(record).toMatchObject({ inFlight: 1, tags: new Set(['new']) });
  });

  it('never touches what the configuration says', () => {
    const pool = aPool([spec('a', { tags: ['mine'] })]);
    pool.discover([spec('a', { tags: ['found'] })]);
    expect(pool.byId('a')).toMatchObject({ configured: true, tags: new Set(['mine']) });
    pool.discover([]);
    expect(ids(pool.servers)).toBe('a');
  });

  it('keeps what is gone from it while an agent that may announce it speaks for it', () => {
    const pool = aPool([], '10.0.0.0/8');
    pool.discover([spec('b'), spec('c')]);
    pool.byId('b')?.hear('n1', {}, 0);
    pool.discover([]);
    expect(ids(pool.servers)).toBe('b');
    expect(pool.isListed(pool.servers[0]!)).toBe(false);
    expect(pool.forget(1e9, 0)).toHaveLength(1);
  });

  it('does not take servers that agents announced away', () => {
    const pool = aPool([], '10.0.0.0/8');
    pool.announce(new URL(urlOf('d')), []);
    pool.discover([spec('b')]);
    pool.discover([]);
    expect(ids(pool.servers)).toContain('10.0.0.4:80');
  });

  it('that finds an announced server makes it one that silence does not end', () => {
    const pool = aPool([], '10.0.0.0/8');
    const record = pool.announce(new URL(urlOf('d')), []);
    pool.discover([spec('d')]);
    expect(pool.servers).toEqual([record]);
    expect(pool.forget(1e9, 0)).toEqual([]);
  });

  it('gives a server its URL as id where its own is taken, also by one that it found itself', () => {
    const pool = aPool(['a']);
    pool.discover([spec('b', { id: 'a' }), spec('c', { id: 'x' }), spec('d', { id: 'x' })]);
    expect(new Set(pool.servers.map(({ id }) => id)).size).toBe(4);
  });

  it('stays through a new configuration, and holds on to what that lists no more', () => {
    const pool = aPool(['a', 'b']);
    pool.discover([spec('b'), spec('c')]);
    configure(pool, [aSpec('a')]);
    expect(ids(pool.servers).split(' ').toSorted()).toEqual(['a', 'b', 'c']);
    expect(pool.byId('b')?.configured).toBe(false);
    pool.discover([]);
    expect(ids(pool.servers)).toBe('a');
  });

  it('finds another server where the protocol changed', () => {
    const pool = aPool([]);
    pool.discover([spec('b')]);
    const before = pool.servers[0];
    pool.discover([spec('b', { url: new URL('https://10.0.0.2:80') })]);
    expect(pool.servers).toHaveLength(1);
    expect(pool.servers[0]).not.toBe(before);
  });

  it('does not make a pool larger than it may be', () => {
    const pool = aPool(['a']);
    pool.discover(Array.from({ length: MAX_SERVERS + 10 }, (_, i) => spec(`s${i}.example.com`)));
    expect(pool.servers).toHaveLength(MAX_SERVERS);
  });
});

describe('what an agent-check said', () => {
  it('holds beside what was set by hand', () => {
    const pool = aPool(['a', 'b']);
    const a = pool.servers[0]!;
    pool.setTold(a, { state: 'down', weight: 0.5, reason: 'disk' });
    expect(ids(pool.eligible)).toBe('b');
    expect(pool.stateOf(a, 0)).toBe('down');
    pool.setHand(a, { state: 'ready', weight: 0.5, reason: '' });
    expect(ids(pool.eligible)).toBe('b');
    expect(a.weight).toBe(0.25);
    pool.setTold(a, undefined);
    expect(ids(pool.eligible)).toBe('a b');
    expect(a.weight).toBe(0.5);
  });
});

describe('forget', () => {
  it('takes announced servers that are silent and idle, and no others', () => {
    const pool = aPool(['a'], '10.0.0.0/8');
    const [silent, busy, fresh] = ['b', 'c', 'd'].map((id) => pool.announce(new URL(urlOf(id)), []));
    for (const record of [silent, busy]) record?.hear('n', {}, 0);
    busy?.begin();
    fresh?.hear('n', {}, 50);
    expect(pool.forget(100, 60)).toEqual([silent]);
    expect(ids(pool.servers)).toBe('a 10.0.0.3:80 10.0.0.4:80');
    expect(pool.table[silent?.slot ?? -1]).toBeUndefined();
    expect(pool.byUrl(new URL(urlOf('b')))).toBeUndefined();
    busy?.end(answered());
    expect(pool.forget(100, 60)).toEqual([busy]);
  });
});

describe('a column', () => {
  it('has a memory of every server, of those before it and of those after', () => {
    const pool = aPool(['a'], '10.0.0.0/8');
    const read = pool.column('k', counter());
    const announced = pool.announce(new URL(urlOf('b')), []);
    expect(read(pool.servers[0]!)).toEqual({ n: 0 });
    expect(read(announced)).toEqual({ n: 0 });
  });

  it('is the same for the same key, and hears through the newest code', () => {
    const pool = aPool(['a']);
    const first = pool.column('k', counter());
    const memory = first(pool.servers[0]!);
    const second = pool.column('k', {
      ...counter(),
      onDone: (mine) => {
        mine.n += 100;
        return false;
      },
    });
    expect(second(pool.servers[0]!)).toBe(memory);
    pool.end(pool.servers[0]!, answered(), 0);
    expect(memory).toEqual({ n: 100 });
  });

  it('of another key is another, and stays when servers are configured anew', () => {
    const pool = aPool(['a', 'b']);
    const [one, two] = [pool.column('k 1', counter()), pool.column('k 2', counter())];
    const memory = one(pool.servers[0]!);
    expect(two(pool.servers[0]!)).not.toBe(memory);
    configure(pool, [aSpec('a')]);
    expect(one(pool.servers[0]!)).toBe(memory);
  });

  it('that says that a standing changed makes the version grow', () => {
    const pool = aPool(['a']);
    pool.column('k', counter());
    const { version } = pool;
    const done = (): void => pool.end(pool.servers[0]!, answered(), 0);
    done();
    expect(pool.version).toBe(version);
    done();
    expect(pool.version).toBe(version + 1);
  });

  it('that no chain reads any more is forgotten, and its place goes to no other', () => {
    const pool = aPool(['a']);
    const old = pool.column('old', counter());
    const stays = pool.column('stays', counter());
    const memory = stays(pool.servers[0]!);
    pool.retainColumns(new Set(['stays']));
    const fresh = pool.column('fresh', counter());
    expect(old(pool.servers[0]!)).toBeUndefined();
    expect(stays(pool.servers[0]!)).toBe(memory);
    expect(fresh(pool.servers[0]!)).toEqual({ n: 0 });
    expect(pool.column('old', counter())(pool.servers[0]!)).toEqual({ n: 0 });
    expect(old(pool.servers[0]!)).toBeUndefined();
  });
});

describe('stateOf', () => {
  it('is what was set by hand, then what a function says, then what was seen', () => {
    const pool = aPool(['a']);
    const record = pool.servers[0]!;
    pool.column('k', counter());
    expect(pool.stateOf(record, 0)).toBe('unknown');
    record.hear('n', {}, 0);
    expect(pool.stateOf(record, SERVER_TIMEOUT)).toBe('ready');
    expect(pool.stateOf(record, SERVER_TIMEOUT + 1)).toBe('unknown');
    for (let i = 0; i < 2; i++) pool.end(record, answered(), 0);
    expect(pool.stateOf(record, 0)).toBe('ejected');
    pool.retainColumns(new Set());
    expect(pool.stateOf(record, 0)).toBe('ready');
    pool.setHand(record, { state: 'drain', reason: '' });
    expect(pool.stateOf(record, 0)).toBe('drain');
  });
});
