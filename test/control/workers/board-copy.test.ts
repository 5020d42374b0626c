import { describe, expect, it } from 'vitest';
import { BoardCopy } from '../../../src/control/workers/board-copy.ts';
import { type BoardBatch, BoardFeed } from '../../../src/control/workers/board-feed.ts';
import { ServerNumbers } from '../../../src/control/workers/server-numbers.ts';
import type { Signal } from '../../../src/core/candidacy.ts';
import { correctedRequests } from '../../../src/core/estimate.ts';
import type { Report } from '../../../src/core/report.ts';
import { aBoard, aReport, aSpec, SOURCE, type TestBoard, urlOf } from '../../core/support.ts';

/** Control and one worker whose clocks have nothing to do with each other. */
class Pair {
  controlNow = 1000;
  workerNow = 500_000;
  readonly control: TestBoard;
  readonly worker: TestBoard;
  readonly feed: BoardFeed;
  readonly copy: BoardCopy;

  constructor(ids: readonly string[] = ['a', 'b'], accept: readonly string[] = []) {
    this.control = aBoard(ids, { accept });
    this.worker = aBoard(ids, { accept });
    this.feed = new BoardFeed(this.control.board, new ServerNumbers(), () => this.controlNow);
    this.copy = new BoardCopy(this.worker.board, () => this.workerNow);
  }

  hear(facts: Partial<Report>, ids: readonly string[] = ['a']): void {
    this.controlNow += 1;
    expect(this.control.board.hear(aReport(ids, facts), SOURCE, this.controlNow)).toBeUndefined();
  }

  /** What crosses is plain data. */
  tell(batch: BoardBatch | undefined = this.feed.news()): BoardBatch | undefined {
    if (batch) this.copy.take(structuredClone(batch));
    return batch;
  }
}

describe("a worker's copy of the board", () => {
  it('has the stats that control has heard, as old as they are', () => {
    const pair = new Pair();
    pair.hear({ seq: 1, stats: { load1: 0.5, pressure: { cpu: 0.1 } } }, ['a', 'b']);
    pair.controlNow += 30;
    pair.tell();
    for (const id of ['a', 'b'])
      expect(pair.worker.server(id)).toMatchObject({
        stats: { load1: 0.5, pressure: { cpu: 0.1 } },
        heardAt: pair.workerNow - 30,
      });
  });

  it('has numbers that only the application knows', () => {
    const pair = new Pair();
    pair.hear({ seq: 1, stats: { load1: 1, custom: { depth: 3 } } });
    expect(pair.tell()?.rows).toHaveLength(0);
    expect(pair.worker.server('a').stats).toEqual({ load1: 1, custom: { depth: 3 } });
  });

  it('hears of news only, and of all of it when it is new', () => {
    const pair = new Pair();
    pair.hear({ seq: 1, stats: { load1: 1 } });
    expect(pair.tell()?.servers).toHaveLength(2);
    pair.controlNow += 1;
    expect(pair.feed.news()).toBeUndefined();
    pair.hear({ seq: 2, stats: { load1: 2 } }, ['b']);
    const news = pair.tell();
    expect(news?.servers).toEqual([]);
    expect(pair.worker.server('a').stats).toEqual({ load1: 1 });
    expect(pair.worker.server('b').stats).toEqual({ load1: 2 });
    const late = aBoard(['a', 'b']);
    new BoardCopy(late.board, () => 0).take(pair.feed.all());
    expect(late.server('a').stats).toEqual({ load1: 1 });
    expect(late.server('b').stats).toEqual({ load1: 2 });
  });

  it('has servers that agents announced, with their tags, until control forgets them', () => {
    const pair = new Pair(['a'], ['10.0.0.0/8']);
    const servers = [{ url: urlOf('c'), tags: ['eu'] }];
    pair.hear({ seq: 1, servers });
    pair.tell();
    expect(pair.worker.server('10.0.0.3:80')).toMatchObject({ configured: false, tags: new Set(['eu']) });
    pair.hear({ seq: 2, servers: [{ url: urlOf('c'), tags: ['us'] }] });
    pair.tell();
    expect(pair.worker.server('10.0.0.3:80').tags).toEqual(new Set(['us']));
    pair.controlNow += 400_000;
    pair.control.board.sweep(pair.controlNow);
    expect(pair.tell()?.gone).toHaveLength(1);
    expect([...pair.copy.records()].map(([, { id }]) => id)).toEqual(['a']);
  });

  it('has the states that were set by hand', () => {
    const pair = new Pair();
    pair.control.board.setHand('web', 'b', { state: 'drain', reason: 'a test' });
    pair.tell();
    expect(pair.worker.pool.eligible.map(({ id }) => id)).toEqual(['a']);
    pair.control.board.setHand('web', 'b', undefined);
    pair.tell();
    expect(pair.worker.pool.eligible.map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('has weights, and what an agent-check said', () => {
    const pair = new Pair();
    const b = pair.control.server('b');
    pair.control.pool.setHand(b, { state: 'ready', weight: 0.5, reason: '', until: 9 });
    pair.control.pool.setTold(b, { state: 'ready', weight: 0.5, reason: '' });
    pair.tell();
    expect(pair.worker.server('b')).toMatchObject({ weight: 0.25, hand: { until: 9 } });
    pair.control.pool.setTold(b, { state: 'down', weight: 0.5, reason: 'disk' });
    pair.tell();
    expect(pair.worker.pool.eligible.map(({ id }) => id)).toEqual(['a']);
    pair.control.pool.setHand(b, undefined);
    pair.control.pool.setTold(b, undefined);
    pair.tell();
    expect(pair.worker.server('b')).toMatchObject({ weight: 1, hand: undefined, told: undefined });
  });

  it('has servers that were discovered, silent ones too, and loses them when control does', () => {
    const pair = new Pair(['a']);
    pair.control.pool.discover([aSpec('c', { id: 'third', tags: ['eu'] })]);
    pair.tell();
    pair.worker.board.sweep(1e12);
    expect(pair.worker.server('third').tags).toEqual(new Set(['eu']));
    pair.worker.configure(['a', 'b']);
    expect(pair.worker.pool.servers.map(({ id }) => id)).toEqual(['a', 'third', 'b']);
    pair.control.pool.discover([]);
    pair.tell();
    expect(pair.worker.pool.servers.map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('has discovered servers of a pool that its configuration gets later', () => {
    const pair = new Pair(['a']);
    const pools = ['web', 'late'].map((name) => ({ name, servers: [aSpec('a')], accept: [] }));
    pair.control.board.configure(pools);
    pair.control.board.pool('late')?.discover([aSpec('c')]);
    pair.tell();
    pair.worker.board.configure(pools);
    const found = [...pair.copy.records()].map(([, { id, pool }]) => `${pool} ${id}`);
    expect(found.toSorted()).toEqual(['late a', 'late c', 'web a']);
  });

  it('hears of a report that was long under way, however old it is', () => {
    const pair = new Pair();
    const sent = (at: number, receivedAt: number) => ({ ...SOURCE, sent: { at, receivedAt } });
    pair.control.board.hear(aReport(['a'], { seq: 1 }), sent(0, 0), 1000);
    pair.tell();
    pair.controlNow = 2000;
    pair.tell();
    pair.controlNow = 2001;
    pair.workerNow += 1001;
    pair.control.board.hear(aReport(['a'], { seq: 2, stats: { load1: 7 } }), sent(250, 800), 2001);
    pair.tell();
    expect(pair.worker.server('a')).toMatchObject({ stats: { load1: 7 }, heardAt: pair.workerNow - 550 });
  });

  it('tells functions of a new start of an agent, once', () => {
    const pair = new Pair();
    const heard: boolean[] = [];
    const signal: Signal<object> = {
      init: () => ({}),
      onReport: (_, { restarted }) => {
        heard.push(restarted);
        return false;
      },
    };
    pair.worker.pool.column('test', signal);
    pair.hear({ seq: 1, boot: 'one' });
    pair.tell();
    pair.hear({ seq: 1, boot: 'two' });
    pair.tell();
    pair.hear({ seq: 2, boot: 'two' });
    pair.tell();
    expect(heard).toEqual([false, true, false]);
  });

  it('pairs a report with what is under way here and elsewhere when it arrives', () => {
    const pair = new Pair();
    pair.tell();
    const server = pair.worker.server('a');
    const number = [...pair.copy.records()][0]?.[0] ?? -1;
    pair.worker.board.begin(server, 0);
    pair.copy.elsewhere.set(Int32Array.of(number, 4));
    pair.hear({ seq: 1, stats: { inFlight: 6 } });
    pair.tell();
    expect(server.inFlightAtReport).toBe(5);
    const estimate = (): number => correctedRequests(server, { now: 0, proxies: 1 });
    expect(estimate()).toBe(6);
    pair.copy.elsewhere.set(Int32Array.of(number, 6));
    expect(estimate()).toBe(8);
    pair.worker.board.begin(server, 0);
    expect(estimate()).toBe(9);
  });

  it('takes a server up when its own configuration gets it, also after control did', () => {
    const pair = new Pair(['a']);
    pair.control.configure(['a', 'c']);
    pair.hear({ seq: 1, stats: { load1: 3 } }, ['c']);
    pair.tell();
    expect([...pair.copy.records()].map(([, { id }]) => id)).toEqual(['a']);
    pair.worker.configure(['a', 'c']);
    pair.hear({ seq: 2, stats: { load1: 4 } }, ['c']);
    pair.tell();
    expect(pair.worker.server('c').stats).toEqual({ load1: 4 });
  });

  it('counts what is under way here, by the numbers that control gave', () => {
    const pair = new Pair();
    pair.tell();
    const [first] = [...pair.copy.records()];
    const done = pair.worker.board.begin(pair.worker.server('a'), 0);
    pair.copy.elsewhere.set(Int32Array.of(first?.[0] ?? -1, 3));
    expect(pair.worker.server('a').inFlight).toBe(4);
    expect([...pair.copy.inFlightHere()]).toEqual([first?.[0], 1]);
    done({ kind: 'failed', side: 'client', reason: 'client_abort', unsent: false }, 1);
    expect([...pair.copy.inFlightHere()]).toEqual([]);
    pair.copy.elsewhere.set(new Int32Array());
    expect(pair.worker.server('a').inFlight).toBe(0);
  });
});
