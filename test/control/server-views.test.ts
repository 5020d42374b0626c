import { describe, expect, it } from 'vitest';
import { nodeViews, serverViews } from '../../src/control/server-views.ts';
import { Shares } from '../../src/control/shares.ts';
import { parseAddressRule } from '../../src/core/accept.ts';
import { Board } from '../../src/core/board.ts';
import type { Report } from '../../src/core/report.ts';

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

const hear = (board: Board, now: number, facts: Partial<Report> = {}): void => {
  const report: Report = {
    v: 1,
    node: 'n',
    boot: 'x',
    seq: now,
    stats: { load1: 0.5, arriba: 900 },
    servers: [{ url: 'http://127.0.0.1:3001', stats: { inFlight: 4 } }],
    ...facts,
  };
  expect(board.hear(report, { address: '10.0.0.7', transport: 'udp' }, now)).toBeUndefined();
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
      share: 0,
      reason: 'neither heard of nor tried yet',
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

  it('says why a server is not ready', () => {
    const board = aBoard();
    board.setHand('web', 'a', { state: 'maint', reason: 'new disk' });
    const [a] = serverViews(board, new Shares(), at(0));
    expect(a).toMatchObject({ state: 'maint', reason: 'new disk' });
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
    hear(board, 1000);
    hear(board, 1250);
    expect(nodeViews(board, at(1300))).toEqual([
      {
        name: 'n',
        transport: 'udp',
        address: '10.0.0.7',
        ageMs: 50,
        everyMs: 250,
        reports: 2,
        servers: ['http://127.0.0.1:3001'],
      },
    ]);
  });
});
