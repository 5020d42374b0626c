import { describe, expect, it } from 'vitest';
import { parseAddressRule } from '../../src/core/accept.ts';
import { Board } from '../../src/core/board.ts';
import { decodeReport, isRefusal, type Refusal } from '../../src/core/report.ts';
import type { ReportSource } from '../../src/core/report-source.ts';
import { LastReports } from '../../src/state/last-reports.ts';
import { aReport } from './support.ts';

const SERVER = { url: 'http://10.0.0.1:3001', pool: 'api' };
const aBoard = (): Board => {
  const board = new Board();
  const accept = [parseAddressRule('10.0.0.0/8')!];
  board.configure(['web', 'api'].map((name) => ({ name, servers: [], accept })));
  return board;
};
const by = (token: string, pools?: readonly string[]): ReportSource => ({
  address: '10.9.9.9',
  transport: 'http',
  token,
  ...(pools ? { pools: new Set(pools) } : {}),
});
const HEARTBEAT: ReportSource = { address: '10.0.0.1', transport: 'heartbeat' };

describe('who holds a token for one pool', () => {
  it('cannot silence a node of another by speaking in its name', () => {
    const board = aBoard();
    const own = aReport({ node: 'api1', servers: [SERVER] });
    expect(board.hear(own, by('api', ['api']), 0)).toBeUndefined();
    const forged = aReport({ node: 'api1', boot: 'evil', seq: 2 ** 53 - 1, servers: [] });
    expect(board.hear(forged, by('web', ['web']), 100)).toMatchObject({ code: 'taken' });
    expect(board.hear({ ...own, seq: 2 }, by('api', ['api']), 200)).toBeUndefined();
  });

  it('may have the name once its owner has been silent for two seconds', () => {
    const board = aBoard();
    board.hear(aReport({ node: 'api1', servers: [SERVER] }), by('api'), 0);
    const next = aReport({ node: 'api1', boot: 'other', servers: [] });
    expect(board.hear(next, by('web'), 2000)).toMatchObject({ code: 'taken' });
    expect(board.hear(next, by('web'), 2001)).toBeUndefined();
  });

  it('cannot take a server of another, nor the name by which an httpd is known', () => {
    const board = aBoard();
    board.hear(aReport({ node: 'api1', servers: [SERVER] }), by('api'), 0);
    const thief = aReport({ node: 'thief', servers: [SERVER] });
    expect(board.hear(thief, by('web', ['web']), 100)).toMatchObject({ code: 'not_accepted' });
    expect(board.hear(thief, by('all'), 100)).toMatchObject({ code: 'taken' });
    board.hear(aReport({ node: 'heartbeat:10.0.0.1', servers: [] }), HEARTBEAT, 0);
    const name = aReport({ node: 'heartbeat:10.0.0.1', boot: 'evil', servers: [] });
    expect(board.hear(name, by('web'), 100)).toMatchObject({ code: 'taken' });
  });
});

describe('heartbeats, which nobody signs,', () => {
  it('make way for an agent of the same server, and do not come back while it speaks', () => {
    const board = aBoard();
    const beat = aReport({ node: 'heartbeat:10.0.0.1', servers: [SERVER] });
    expect(board.hear(beat, HEARTBEAT, 0)).toBeUndefined();
    expect(board.hear(aReport({ node: 'api1', servers: [SERVER] }), by('api'), 100)).toBeUndefined();
    expect(board.hear({ ...beat, seq: 2 }, HEARTBEAT, 200)).toMatchObject({ code: 'taken' });
    expect(board.pool('api')?.byId('10.0.0.1:3001')?.node).toBe('api1');
  });
});

describe('a small message', () => {
  const costOf = (work: () => unknown): number => {
    const before = performance.now();
    work();
    return performance.now() - before;
  };
  const servers = Array.from({ length: 256 }, (_, i) => ({ url: `http://10.0.0.${i}:3001`, pool: 'api' }));

  it('does not grow: stats have at most 256 values, nested ones included', () => {
    const fields = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`later${i}`, 1]));
    const codeOf = (value: unknown): Refusal['code'] | undefined => {
      const report = decodeReport(JSON.stringify(value));
      return isRefusal(report) ? report.code : undefined;
    };
    expect(codeOf(aReport({ stats: fields(256) }))).toBeUndefined();
    expect(codeOf(aReport({ stats: fields(257) }))).toBe('too_large');
    expect(codeOf(aReport({ stats: { pressure: fields(256) } }))).toBe('too_large');
    expect(codeOf({ ...aReport(), stats: { later: [fields(254)] } })).toBeUndefined();
    expect(codeOf({ ...aReport(), stats: { later: [fields(255)] } })).toBe('too_large');
    expect(codeOf(aReport({ servers: [{ ...SERVER, stats: fields(257) }] }))).toBe('too_large');
    expect(codeOf({ ...aReport(), later: fields(257) })).toBeUndefined();
  });

  it('makes no work that grows with the square of its servers', () => {
    const board = aBoard();
    board.hear(aReport({ node: 'silent', servers }), by('a'), 0);
    const refused = [...servers.toReversed().slice(1), { url: 'http://10.0.0.1:1', pool: 'nowhere' }];
    const report = aReport({ node: 'evil', servers: refused });
    expect(board.hear(report, by('a'), 5000)).toMatchObject({ code: 'unknown_pool' });
    const best = Math.min(
      ...Array.from({ length: 5 }, () => costOf(() => board.hear(report, by('a'), 5000))),
    );
    const single = Math.min(
      ...Array.from({ length: 5 }, () => costOf(() => decodeReport(JSON.stringify(report)))),
    );
    expect(best).toBeLessThan(20 * single);
  });

  it('shows nothing to people that a terminal could obey', () => {
    expect(decodeReport('{"a":\u001b[2J\u009b')).toMatchObject({
      message: expect.not.stringMatching(/[^ -~]/),
    });
  });
});

describe('the last reports of all nodes', () => {
  it('take no more room than 64 MiB, whatever is in them', () => {
    const last = new LastReports();
    const padding = 'x'.repeat(60_000);
    const padded = (i: number) => ({ ...aReport({ node: `n${i}` }), padding });
    for (let i = 0; i < 2000; i++) last.remember(padded(i), i);
    const recent = last.recent(2000);
    expect(recent.length).toBeGreaterThan(1000);
    expect(recent.length).toBeLessThan(1120);
    expect(recent.at(-1)?.node).toBe('n1999');
    for (let i = 0; i < 2000; i++) last.remember(aReport({ node: 'n1999', seq: i }), 2000);
    expect(last.recent(2000)).toHaveLength(recent.length);
  });
});
