import { describe, expect, it } from 'vitest';
import { Shares } from '../../../src/control/cells/shares.ts';
import { nodeViews, serverViews } from '../../../src/control/views/server-views.ts';
import { parseAddressRule } from '../../../src/core/accept.ts';
import { Board } from '../../../src/core/board.ts';
import type { Report } from '../../../src/core/report.ts';
import type { ReportSource } from '../../../src/core/report-source.ts';
import type { HandState, ToldState } from '../../../src/core/server-spec.ts';

const EPOCH = 1_000_000;
const at = (now: number) => ({ now, epochOffset: EPOCH });

const aBoard = (): Board => {
  const board = new Board();
  const servers = ['a', 'b'].map((id, i) => ({
    id,
    url: new URL(`http://127.0.0.1:${3001 + i}`),
    tags: [id],
  }));
  const accept = ['127.0.0.0/8:3000-3999'].flatMap((text) => parseAddressRule(text) ?? []);
  board.configure([{ name: 'web', servers, accept, self: 'b' }]);
  return board;
};

const hear = (
  board: Board,
  now: number,
  facts: Partial<Report> = {},
  source: Partial<ReportSource> = {},
): void => {
  const report: Report = {
    v: 1,
    node: 'n',
    boot: 'x',
    seq: now,
    stats: { load1: 0.5, arriba: 900 },
    servers: [{ url: 'http://127.0.0.1:3001', stats: { inFlight: 4 } }],
    ...facts,
  };
  expect(board.hear(report, { address: '10.0.0.7', transport: 'udp', ...source }, now)).toBeUndefined();
};

describe('serverViews', () => {
  it('shows a server nobody heard of with nulls and no invented numbers', () => {
    const [, b] = serverViews(aBoard(), new Shares(), at(0));
    expect(b).toEqual({
      id: 'b',
      url: 'http://127.0.0.1:3002',
      pool: 'web',
      state: 'unknown',
      tags: ['b'],
      self: true,
      node: null,
      heardAt: null,
      ageMs: null,
      source: null,
      stats: null,
      arriba: null,
      inFlight: 0,
      connections: null,
      reportedInFlight: null,
      latencyMs: null,
      responseTimeMs: null,
      forwarded: 0,
      failures: 0,
      refused: 0,
      weight: 1,
      hand: null,
      told: null,
      share: 0,
      reason: 'neither heard of nor tried yet',
      health: null,
    });
  });

  it('shows the report flat and nested, its age on our clock and who sent it', () => {
    const board = aBoard();
    hear(board, 5000);
    const [a] = serverViews(board, new Shares(), at(5700));
    expect(a).toMatchObject({
      state: 'ready',
      load1: 0.5,
      arriba: 900,
      inFlight: 0,
      reportedInFlight: 4,
      heardAt: EPOCH + 5000,
      ageMs: 700,
      source: 'udp 10.0.0.7',
      node: 'n',
      reason: null,
    });
    expect(a?.stats).toEqual({ load1: 0.5, arriba: 900, inFlight: 4 });
  });

  const ready = (weight: number) => ({ state: 'ready', weight, reason: '' }) as const;

  it.each<[string, HandState | undefined, ToldState | undefined, string, string | null]>([
    ['the reason of the hand', { state: 'maint', reason: 'new disk' }, undefined, 'maint', 'new disk'],
    ['that it was set by hand', { state: 'drain', reason: '' }, undefined, 'drain', 'set by hand'],
    [
      'what its agent-check said',
      undefined,
      { state: 'down', weight: 1, reason: 'disk full' },
      'down',
      'its agent-check says disk full',
    ],
    [
      'the word of its agent-check',
      ready(0.5),
      { state: 'maint', weight: 1, reason: '' },
      'maint',
      'its agent-check says maint',
    ],
    ['whose weight is 0: by hand', ready(0), undefined, 'drain', 'weight 0, set by hand'],
    ['whose weight is 0: told', ready(0.5), ready(0), 'drain', 'its agent-check says weight 0'],
    ['nothing for a weight alone', ready(0.5), ready(0.5), 'unknown', 'neither heard of nor tried yet'],
  ])('says why a server is not ready: %s', (_, hand, told, state, reason) => {
    const board = aBoard();
    board.setHand('web', 'a', hand);
    const pool = board.pool('web');
    pool?.setTold(pool.servers[0]!, told);
    const [a] = serverViews(board, new Shares(), at(0));
    expect(a).toMatchObject({ state, reason, hand: hand ?? null, told: told ?? null });
  });

  it.each<[string, Partial<ReportSource>, string]>([
    ['an address', { transport: 'http', address: '10.0.0.9', token: 'eu' }, 'http 10.0.0.9'],
    ['the token where there is no address', { transport: 'redis', address: '', token: 'eu' }, 'redis eu'],
    ['the node where there is no token', { transport: 'redis', address: '' }, 'redis n'],
  ])('says who sent the last report: by %s', (_, source, shown) => {
    const board = aBoard();
    hear(board, 1, {}, source);
    expect(serverViews(board, new Shares(), at(2))[0]?.source).toBe(shown);
  });

  it('shows numbers that came with answers alone, and refused reports', () => {
    const board = aBoard();
    board.pool('web')?.servers[0]?.hearInBand({ load1: 3 }, 100);
    board.refuse(
      { node: 'x', servers: [{ url: 'http://127.0.0.1:3001' }] },
      { code: 'token', message: 'wrong' },
    );
    const [a] = serverViews(board, new Shares(), at(300));
    expect(a).toMatchObject({ source: 'orca', node: null, ageMs: 200, load1: 3, refused: 1 });
  });

  it('shows an unreachable server as down', () => {
    const board = aBoard();
    const [record] = board.pool('web')?.servers ?? [];
    if (record)
      board.begin(record, 0)({ kind: 'failed', side: 'server', reason: 'connect_refused', unsent: true }, 1);
    expect(serverViews(board, new Shares(), at(2))[0]).toMatchObject({
      state: 'down',
      failures: 1,
      inFlight: 0,
    });
  });
});

describe('nodeViews', () => {
  it('shows how often a node reports and how long ago', () => {
    const board = aBoard();
    hear(board, 1000, {}, { token: 'eu', sent: { at: 4500, receivedAt: 1000 } });
    hear(board, 1250, {}, { token: 'eu', sent: { at: 4750, receivedAt: 1250 } });
    board.refuse({ node: 'n', servers: [] }, { code: 'rate', message: 'too many' });
    expect(nodeViews(board, at(1300))).toEqual([
      {
        name: 'n',
        transport: 'udp',
        address: '10.0.0.7',
        token: 'eu',
        ageMs: 50,
        everyMs: 250,
        clockOffsetMs: 3500,
        reports: 2,
        refused: 1,
        lastRefusal: { code: 'rate', message: 'too many' },
        servers: ['http://127.0.0.1:3001'],
      },
    ]);
  });
});
