import { describe, expect, it } from 'vitest';
import { parseAddressRule } from '../../src/core/accept.ts';
import { Board } from '../../src/core/board.ts';
import { Pool } from '../../src/core/pool.ts';
import { MAX_SERVERS } from '../../src/core/pool-servers.ts';
import type { ServerSpec } from '../../src/core/server-spec.ts';
import { aBoard, answered, aReport, aSpec, ids, SOURCE, urlOf } from './support.ts';

const found = (id: string, facts: Partial<ServerSpec> = {}): ServerSpec => {
  const url = new URL(facts.url ?? urlOf(id));
  return {
    id: `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`,
    url,
    tags: [],
    ...facts,
  };
};

const B = '10.0.0.2:80';

describe('discovered servers', () => {
  it('join those of the configuration, under their addresses', () => {
    const { pool } = aBoard(['a']);
    pool.discover([found('b', { tags: ['eu'] }), found('c')]);
    expect(ids(pool.eligible)).toBe(`a ${B} 10.0.0.3:80`);
    expect(pool.byId(B)).toMatchObject({ configured: false, tags: new Set(['eu']) });
  });

  it('keep their records, and all that was counted, however often they are found again', () => {
    const { board, pool, server } = aBoard([]);
    pool.discover([found('b'), found('c')]);
    const record = server(B);
    const done = board.begin(record, 0);
    record.hear('n1', { arriba: 500 }, 0);
    for (const specs of [[found('c'), found('b')], [found('b')], [found('b'), found('d')]])
      pool.discover(specs);
    expect(server(B)).toBe(record);
    expect(record).toMatchObject({ inFlight: 1, forwarded: 1, arriba: 500 });
    done(answered(), 1);
    expect(record.inFlight).toBe(0);
  });

  it('that are the same as before change nothing that anybody keeps', () => {
    const { pool } = aBoard(['a']);
    const specs = [found('b', { tags: ['x', 'y'] }), found('c'), found('a')];
    pool.discover(specs);
    const { version, servers, eligible } = pool;
    pool.discover(specs.toReversed().map((spec) => ({ ...spec, tags: spec.tags.toReversed() })));
    expect(pool.version).toBe(version);
    expect([pool.servers, pool.eligible]).toEqual([servers, eligible]);
    expect(pool.servers).toBe(servers);
  });

  it('with other tags than before have those and no others', () => {
    const { pool, server } = aBoard([]);
    pool.discover([found('b', { tags: ['x'] })]);
    const { version } = pool;
    const record = server(B);
    pool.discover([found('b', { tags: ['y'] })]);
    expect(server(B)).toBe(record);
    expect(record.tags).toEqual(new Set(['y']));
    expect(pool.version).toBeGreaterThan(version);
  });

  it('that are found no more leave at once, and end the requests that they have', () => {
    const { board, pool, server } = aBoard(['a']);
    pool.discover([found('b')]);
    const record = server(B);
    const done = board.begin(record, 0);
    pool.discover([]);
    expect(ids(pool.servers)).toBe('a');
    expect(board.begin(record, 0)).not.toBe(done);
    expect(record.inFlight).toBe(1);
    done(answered(), 1);
    done(answered(), 1);
    expect(record.inFlight).toBe(0);
    pool.discover([found('b')]);
    expect(server(B)).not.toBe(record);
    expect(server(B)).toMatchObject({ inFlight: 0, slot: record.slot });
  });

  it('with another scheme than before are others', () => {
    const { pool, server } = aBoard([]);
    pool.discover([found('b')]);
    const record = server(B);
    pool.discover([found('b', { url: new URL('https://10.0.0.2:80') })]);
    expect(pool.servers).toHaveLength(1);
    expect(pool.servers[0]).not.toBe(record);
    expect(pool.servers[0]?.url.protocol).toBe('https:');
  });

  it('are as many as a pool holds, those of the configuration first', () => {
    const { pool } = aBoard(['a', 'b']);
    pool.discover(Array.from({ length: MAX_SERVERS + 9 }, (_, i) => found(`s${i}.example.com`)));
    expect(pool.servers).toHaveLength(MAX_SERVERS);
    expect(ids(pool.servers.slice(0, 2))).toBe('a b');
    pool.discover([found('c')]);
    expect(ids(pool.servers)).toBe('a b 10.0.0.3:80');
  });

  it('come and go by thousands at once, not one by one', () => {
    const pool = new Pool('web');
    const specs = (host: string) =>
      Array.from({ length: MAX_SERVERS }, (_, i) => found(`${host}${i}.example.com`, { tags: [host] }));
    const [one, two] = [specs('s'), specs('t')];
    const retagged = one.map((spec) => ({ ...spec, tags: ['u'] }));
    [one, retagged, two].forEach((list, i) => {
      pool.discover(list);
      expect(pool.version).toBe(i + 1);
    });
    expect(ids(pool.servers.slice(0, 1))).toBe('t0.example.com:80');
  });

  it('may be the server on this machine', () => {
    const { pool } = aBoard([], { self: B });
    pool.discover([found('b'), found('c')]);
    expect(pool.self?.id).toBe(B);
    pool.discover([found('c')]);
    expect(pool.self).toBeUndefined();
  });

  it('keep what was set by hand while they stay', () => {
    const { board, pool, server } = aBoard([]);
    pool.discover([found('b'), found('c')]);
    board.setHand('web', B, { state: 'drain', reason: 'deploy' });
    pool.discover([found('b')]);
    expect(server(B).hand?.state).toBe('drain');
    expect(ids(pool.eligible)).toBe('');
  });
});

describe('a server that is discovered and in the configuration', () => {
  it('has the id, the tags and the scheme of the configuration', () => {
    const board = new Board();
    board.configure([{ name: 'web', servers: [aSpec('a', { tags: ['big'], arriba: 700 })], accept: [] }]);
    const pool = board.pool('web')!;
    const [record] = pool.servers;
    pool.discover([found('a', { url: new URL('https://10.0.0.1:80'), tags: ['small'] })]);
    expect(pool.servers).toEqual([record]);
    expect(record).toMatchObject({ id: 'a', arriba: 700, tags: new Set(['big']), configured: true });
    expect(record?.url.protocol).toBe('http:');
    pool.discover([]);
    expect(pool.servers).toEqual([record]);
  });

  it('stays when the configuration drops it, and keeps its record where it keeps its id', () => {
    const board = new Board();
    const configure = (servers: readonly ServerSpec[]): void =>
      board.configure([{ name: 'web', servers, accept: [] }]);
    configure([aSpec('b', { id: B, arriba: 700, tags: ['big'] }), aSpec('c')]);
    const pool = board.pool('web')!;
    const [b, c] = pool.servers;
    pool.discover([found('b', { tags: ['x'] }), found('c')]);
    b?.begin();
    configure([]);
    expect(ids(pool.servers)).toBe(`${B} 10.0.0.3:80`);
    expect(pool.servers[0]).toBe(b);
    expect(pool.servers[1]).not.toBe(c);
    expect(b).toMatchObject({ inFlight: 1, configured: false, arriba: undefined, tags: new Set(['x']) });
    pool.discover([]);
    expect(pool.servers).toEqual([]);
  });

  it('keeps its record when the configuration comes to name it as it is called', () => {
    const board = new Board();
    board.configure([{ name: 'web', servers: [], accept: [] }]);
    const pool = board.pool('web')!;
    pool.discover([found('b')]);
    const [record] = pool.servers;
    board.configure([{ name: 'web', servers: [aSpec('b', { id: B, tags: ['big'] })], accept: [] }]);
    expect(pool.servers).toEqual([record]);
    expect(record).toMatchObject({ configured: true, tags: new Set(['big']) });
  });

  it('leaves its id to the one that the configuration calls so', () => {
    const board = new Board();
    const configure = (servers: readonly ServerSpec[]): void =>
      board.configure([{ name: 'web', servers, accept: [] }]);
    configure([]);
    const pool = board.pool('web')!;
    pool.discover([found('b')]);
    configure([aSpec('a', { id: B })]);
    expect(pool.byId(B)?.url.hostname).toBe('10.0.0.1');
    expect(ids(pool.servers)).toBe(`${B} http://10.0.0.2/`);
    pool.discover([found('b'), found('c')]);
    expect(ids(pool.servers)).toBe(`${B} http://10.0.0.2/ 10.0.0.3:80`);
  });
});

describe('a server that is discovered and announced by an agent', () => {
  const accept = ['10.0.0.0/8'];

  it('keeps its record and takes its tags from where it was discovered', () => {
    const { board, pool, server } = aBoard([], { accept });
    board.hear(aReport(['b'], { servers: [{ url: urlOf('b'), tags: ['mine'] }] }), SOURCE, 0);
    const record = server(B);
    pool.discover([found('b', { tags: ['theirs'] })]);
    board.hear(aReport([], { seq: 2, servers: [{ url: urlOf('b'), tags: ['mine'] }] }), SOURCE, 1);
    expect(server(B)).toBe(record);
    expect(record.tags).toEqual(new Set(['theirs']));
  });

  it('stays when it is discovered no more, until its agent is silent', () => {
    const { board, pool, server } = aBoard([], { accept });
    pool.discover([found('b', { tags: ['theirs'] })]);
    const record = server(B);
    board.hear(aReport([], { servers: [{ url: urlOf('b'), tags: ['mine'] }] }), SOURCE, 0);
    pool.discover([]);
    expect(server(B)).toBe(record);
    board.hear(aReport([], { seq: 2, servers: [{ url: urlOf('b'), tags: ['mine'] }] }), SOURCE, 1);
    expect(record.tags).toEqual(new Set(['mine']));
    board.sweep(1e9);
    expect(pool.servers).toEqual([]);
  });

  it('is not forgotten while it is discovered, however silent its agent', () => {
    const { board, pool, server } = aBoard([], { accept });
    board.hear(aReport(['b']), SOURCE, 0);
    pool.discover([found('b')]);
    board.sweep(1e9);
    expect(server(B)).toBe(pool.servers[0]);
  });

  it('leaves when it is discovered no more if only discovery ever named it', () => {
    const { pool } = aBoard(['a'], { accept });
    pool.discover([found('b')]);
    pool.discover([]);
    expect(ids(pool.servers)).toBe('a');
  });

  it('leaves when it is discovered no more and agents may not announce it', () => {
    const { board, pool } = aBoard([], { accept: ['10.0.0.9'] });
    pool.discover([found('b')]);
    board.hear(aReport(['b']), SOURCE, 0);
    pool.discover([]);
    expect(pool.servers).toEqual([]);
  });

  it('is spoken to as discovery says where the two disagree on the scheme', () => {
    const { board, pool } = aBoard([], { accept });
    board.hear(aReport(['b']), SOURCE, 0);
    const specs = [found('b', { url: new URL('https://10.0.0.2:80') })];
    pool.discover(specs);
    const [record] = pool.servers;
    expect(record?.url.href).toBe('https://10.0.0.2:80/');
    pool.discover(specs);
    expect(pool.servers).toEqual([record]);
  });
});

describe('a new configuration', () => {
  it('leaves what was discovered as it is', () => {
    const { pool, configure } = aBoard(['a']);
    pool.discover([found('b')]);
    const record = pool.byId(B);
    configure(['c']);
    expect(ids(pool.servers)).toBe(`${B} c`);
    expect(pool.byId(B)).toBe(record);
  });

  it('that accepts less takes announced servers away and no discovered ones', () => {
    const rules = ['10.0.0.0/8'].flatMap((text) => parseAddressRule(text) ?? []);
    const board = new Board();
    board.configure([{ name: 'web', servers: [], accept: rules }]);
    board.hear(aReport(['b', 'c']), SOURCE, 0);
    board.pool('web')?.discover([found('b')]);
    board.configure([{ name: 'web', servers: [], accept: [] }]);
    expect(ids(board.pool('web')?.servers ?? [])).toBe(B);
  });
});
