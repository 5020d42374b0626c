import { describe, expect, it } from 'vitest';
import { BoardCopy } from '../../../src/control/workers/board-copy.ts';
import { BoardFeed } from '../../../src/control/workers/board-feed.ts';
import { ServerNumbers } from '../../../src/control/workers/server-numbers.ts';
import { compileChain } from '../../../src/core/chain.ts';
import { decide } from '../../../src/core/decide.ts';
import { seededRandom } from '../../../src/core/random.ts';
import type { Done } from '../../../src/core/types.ts';
import { Recorder } from '../../../src/recording/recorder.ts';
import { Replay } from '../../../src/recording/replay.ts';
import { aRequest } from '../../../src/testing/index.ts';
import { aBoard, answered, aReport, SOURCE, urlOf } from '../../core/support.ts';
import { aLinkOf, CHAINS, chainsAgain, MemorySink } from '../../recording/storm.ts';

/** Records what a worker decides while control feeds its board with all that control can say. */
const recorded = (decisions: number): MemorySink => {
  const ids = ['a', 'b', 'c', 'd', 'e'];
  const [control, worker] = [
    aBoard(ids, { accept: ['10.0.0.0/8'] }),
    aBoard(ids, { accept: ['10.0.0.0/8'] }),
  ];
  const random = seededRandom(4);
  const whole = (below: number): number => Math.floor(below * random.next());
  let now = 1000;
  const feed = new BoardFeed(control.board, new ServerNumbers(), () => now);
  const copy = new BoardCopy(worker.board, () => now + 5000);
  copy.take(feed.all());
  const links = CHAINS['default'] ?? [];
  const chain = compileChain('default', links.map(aLinkOf), worker.pool, 'undo');
  const sink = new MemorySink();
  const parts = { sink, now: () => now, wallClock: () => 0, run: 'w1', headers: [], cookies: [] };
  const recorder = new Recorder(parts);
  const setup = { written: { default: links } };
  recorder.follow({ chains: [chain], pools: [worker.pool], setup }, 'start');
  const open: Done[] = [];
  for (let i = 0; i < decisions; i++) {
    now += 10 * random.next();
    const servers = [
      { url: urlOf(['a', 'b', 'c', 'd', 'e', 'f', 'g'][whole(7)] ?? 'a'), tags: [`t${whole(2)}`] },
    ];
    const stats = { inFlight: whole(9), arriba: 500 + whole(900), custom: { x: whole(3) } };
    const news = aReport([], { node: servers[0]?.url ?? '', boot: `b${i >> 9}`, seq: i + 1, stats, servers });
    if (i % 3 === 0) control.board.hear(news, SOURCE, now);
    if (i % 50 === 0) {
      const state = i % 100 === 0 ? ({ state: 'drain', reason: '' } as const) : undefined;
      control.board.setHand('web', 'b', state);
    }
    if (i % 1000 === 999) {
      now += 301_000;
      control.board.sweep(now);
    }
    control.board.proxies = 1 + (i >> 8);
    const batch = i % 5 === 0 ? feed.news() : undefined;
    copy.elsewhere.set(Int32Array.of(whole(5), whole(4)));
    if (batch) copy.take(structuredClone(batch));
    const context = { request: aRequest(), now: now + 5000, random, proxies: worker.board.proxies };
    const decision = decide(chain, context);
    recorder.decided(decision, worker.board.proxies);
    if (decision.chosen) open.push(worker.board.begin(decision.chosen, now + 5000));
    if (open.length > 6) open.splice(whole(6), 1)[0]?.(answered(), now + 5000);
  }
  recorder.close();
  return sink;
};

describe('the recording of a worker', () => {
  it('has what control and the other workers said', async () => {
    const sink = recorded(5000);
    const replay = new Replay({ chains: chainsAgain() });
    for (const part of sink.parts()) await replay.take(part);
    const result = replay.result();
    expect(result).toMatchObject({ decisions: 5000, different: 0, lost: 0 });
    expect(Object.keys(result.share).length).toBeGreaterThan(5);
  });
});
