import { describe, expect, it } from 'vitest';
import { BoardFeed, NUMBER, REPORT_ROW, RESTARTED } from '../../../src/control/workers/board-feed.ts';
import { ServerNumbers } from '../../../src/control/workers/server-numbers.ts';
import { aBoard, aReport, SOURCE } from '../../core/support.ts';

const feeding = (ids: readonly string[]) => {
  const test = aBoard(ids);
  const numbers = new ServerNumbers();
  const feed = new BoardFeed(test.board, numbers, () => 1000);
  const hear = (id: string, seq: number, facts: object = {}): void => {
    const report = aReport([id], { node: `node-${id}`, seq, ...facts });
    expect(test.board.hear(report, SOURCE, 1000)).toBeUndefined();
  };
  return { ...test, numbers, feed, hear };
};
const rowsOf = (rows: Float64Array | undefined): readonly Float64Array[] =>
  Array.from({ length: (rows?.length ?? 0) / REPORT_ROW }, (_, i) =>
    (rows ?? new Float64Array()).subarray(i * REPORT_ROW, (i + 1) * REPORT_ROW),
  );

describe('BoardFeed', () => {
  it('tells of a server once, however many reports came since the last batch', () => {
    const { feed, hear, numbers, server } = feeding(['a', 'b', 'c']);
    feed.news();
    for (let seq = 1; seq <= 3; seq++) hear('b', seq);
    const rows = rowsOf(feed.news()?.rows);
    expect(rows.map((row) => row[NUMBER])).toEqual([numbers.of(server('b'))]);
    expect(feed.news()).toBeUndefined();
  });

  it('tells of a report that was long under way', () => {
    const { feed, board, hear } = feeding(['a']);
    hear('a', 1);
    feed.news();
    const late = { ...SOURCE, age: 500 };
    board.hear(aReport(['a'], { node: 'node-a', seq: 2 }), late, 1000);
    expect(rowsOf(feed.news()?.rows)).toHaveLength(1);
  });

  it('says that an agent began anew, also where a second report of it came before the batch', () => {
    const { feed, hear } = feeding(['a']);
    hear('a', 1);
    expect(rowsOf(feed.news()?.rows)[0]?.[RESTARTED]).toBe(0);
    hear('a', 1, { boot: 'another' });
    hear('a', 2, { boot: 'another' });
    expect(rowsOf(feed.news()?.rows)[0]?.[RESTARTED]).toBe(1);
    hear('a', 3, { boot: 'another' });
    expect(rowsOf(feed.news()?.rows)[0]?.[RESTARTED]).toBe(0);
  });

  it('says nothing of a server that has left since', () => {
    const { feed, hear, configure } = feeding(['a', 'b']);
    feed.news();
    hear('a', 1);
    configure(['b']);
    const batch = feed.news();
    expect(batch?.gone).toHaveLength(1);
    expect(batch?.rows).toHaveLength(0);
  });

  it('tells a new worker everything, also what was heard before there was a feed', () => {
    const { board, hear } = feeding(['a', 'b']);
    hear('a', 1);
    const feed = new BoardFeed(board, new ServerNumbers(), () => 1000);
    expect(rowsOf(feed.news()?.rows)).toHaveLength(1);
    hear('b', 1);
    feed.news();
    expect(rowsOf(feed.all().rows)).toHaveLength(2);
  });
});
