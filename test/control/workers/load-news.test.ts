import { describe, expect, it, onTestFinished } from 'vitest';
import { LoadReports } from '../../../src/control/load-reports.ts';
import { BoardCopy } from '../../../src/control/workers/board-copy.ts';
import { BoardFeed } from '../../../src/control/workers/board-feed.ts';
import { type LoadNews, LoadTeller, takeLoad } from '../../../src/control/workers/load-news.ts';
import { ServerNumbers } from '../../../src/control/workers/server-numbers.ts';
import { correctedRequests } from '../../../src/core/estimate.ts';
import { aBoard, aReport, SOURCE, type TestBoard } from '../../core/support.ts';

/** A process with a board, whose clock has nothing to do with those of others. */
class Member {
  readonly made: TestBoard = aBoard(['a', 'b']);
  readonly refused: string[] = [];
  readonly reports: LoadReports;
  now: number;

  constructor(now: number) {
    this.now = now;
    this.reports = new LoadReports({
      board: this.made.board,
      now: () => this.now,
      refused: ({ code }, { id }) => void this.refused.push(`${id} ${code}`),
    });
    onTestFinished(() => this.reports.close());
  }

  hear(id: string, text: string): void {
    this.reports.hear(this.made.server(id), 'text', text);
  }
}

class WorkerMember extends Member {
  readonly copy = new BoardCopy(this.made.board, () => this.now);
  readonly teller = new LoadTeller(this.reports, () => this.now);
  news = (): LoadNews | undefined => this.teller.news(this.copy.records());
}

/** Control and two workers. */
const aCrew = () => {
  const control = new Member(1000);
  const numbers = new ServerNumbers();
  const feed = new BoardFeed(control.made.board, numbers, () => control.now);
  const workers = [new WorkerMember(500_000), new WorkerMember(90_000)] as const;
  const tell = (): void => {
    const batch = feed.news();
    if (batch) for (const { copy } of workers) copy.take(structuredClone(batch));
  };
  const pass = (ms: number): void => {
    for (const member of [control, ...workers]) member.now += ms;
  };
  /** The first worker's pulse, `ms` under way to control and as long again to the other worker. */
  const pulse = (ms = 0): LoadNews | undefined => {
    const news = structuredClone(workers[0].news());
    pass(ms);
    if (!news) return undefined;
    takeLoad(news, numbers, control.reports, control.now);
    pass(ms);
    takeLoad({ heard: news.heard }, workers[1].copy, workers[1].reports, workers[1].now);
    return news;
  };
  tell();
  return { control, workers, tell, pass, pulse };
};

describe('what servers say of their load to one worker', () => {
  it('is on the boards of control and of the other worker, as old as it is', () => {
    const { control, workers, pass, pulse } = aCrew();
    workers[0].hear('a', 'cpu_utilization:0.5,named_metrics.depth:3');
    pass(40);
    pulse();
    const stats = { cpuIdle: 0.5, custom: { depth: 3 } };
    expect(control.made.server('a')).toMatchObject({ stats, heardAt: control.now - 40 });
    expect(workers[1].made.server('a')).toMatchObject({ stats, heardAt: workers[1].now - 40 });
    expect(workers[1].made.server('b').stats).toBeUndefined();
  });

  it('is told once, the newest of each server, and four times a second at most', () => {
    const { workers, pulse, pass } = aCrew();
    expect(pulse()).toBeUndefined();
    for (const eps of [1, 2, 3]) workers[0].hear('a', `eps:${eps}`);
    workers[0].hear('b', 'eps:9');
    expect(pulse()?.heard.map(({ stats }) => stats.custom?.['eps'])).toEqual([3, 9]);
    expect(pulse()).toBeUndefined();
    pass(249);
    workers[0].hear('b', 'eps:9');
    expect(pulse()).toBeUndefined();
    pass(1);
    expect(pulse()?.heard).toEqual([{ number: 1, age: 1, stats: { custom: { eps: 9 } } }]);
    expect(pulse()).toBeUndefined();
  });

  it('is not told on by who only heard of it', () => {
    const { workers, pulse } = aCrew();
    workers[0].hear('a', 'eps:1');
    pulse();
    expect(workers[1].news()).toBeUndefined();
  });

  it('does not take the place of what the other worker has heard since', () => {
    const { control, workers, pulse, pass } = aCrew();
    workers[0].hear('a', 'named_metrics.rif:30');
    pass(10);
    const busy = workers[1].made.server('a');
    workers[1].made.board.begin(busy, 0);
    workers[1].hear('a', 'named_metrics.rif:4');
    workers[1].made.board.begin(busy, 0);
    pulse(2);
    expect(busy.stats?.inFlight).toBe(4);
    expect(correctedRequests(busy, { now: 0, proxies: 1 })).toBe(5);
    expect(control.made.server('a').stats?.inFlight).toBe(30);
  });

  it('is no report: control does not send it round, and it lapses everywhere', () => {
    const { control, workers, tell, pulse, pass } = aCrew();
    control.made.board.hear(aReport(['a'], { seq: 1, stats: { load1: 1 } }), SOURCE, control.now);
    workers[0].hear('a', 'eps:5');
    pulse();
    pass(100);
    control.made.board.hear(aReport(['a'], { seq: 2, stats: { load1: 2 } }), SOURCE, control.now);
    tell();
    for (const { made, now } of [control, ...workers]) {
      expect(made.server('a').stats).toEqual({ load1: 2, custom: { eps: 5 } });
      made.board.lapse(now + 3000);
      expect(made.server('a')).toMatchObject({ stats: { load1: 2 }, heardAt: now });
    }
  });

  it('is refused by control, too, as often and with the reason', () => {
    const { control, workers, pulse } = aCrew();
    for (let i = 0; i < 3; i++) workers[0].hear('a', 'eps:nan');
    workers[0].hear('a', 'eps:1');
    workers[0].hear('b', 'named_metrics.x:1e16');
    pulse();
    expect(control.refused).toEqual(['a malformed', 'a malformed', 'a malformed', 'b number']);
    expect(control.made.server('a')).toMatchObject({ refused: 3, stats: { custom: { eps: 1 } } });
    expect(control.made.server('b')).toMatchObject({ refused: 1, stats: undefined });
    expect(pulse()).toBeUndefined();
    expect(workers[1].refused).toEqual([]);
  });

  it('is forgotten for a server that has left', () => {
    const { control, workers, pulse } = aCrew();
    workers[0].hear('a', 'eps:1');
    workers[0].hear('b', 'eps:nan');
    control.made.configure([]);
    workers[1].made.configure([]);
    expect(() => pulse()).not.toThrow();
    expect(workers[1].made.pool.servers).toEqual([]);
  });
});
