import { describe, expect, it } from 'vitest';
import { unpacked } from '../../../src/control/cells/packed.ts';
import {
  CODE_CLASSES,
  POOL,
  PROBE_RESULTS,
  REQUEST_CELLS,
  reasonAt,
  requestCellAt,
  SERVER,
} from '../../../src/control/cells/pool-cells.ts';
import type { CountedExchange } from '../../../src/control/metrics/pool-counts.ts';
import { TrafficCounts } from '../../../src/control/metrics/traffic-counts.ts';
import { aServer } from '../../../src/testing/index.ts';
import { aBoard, answered, failed } from '../../core/support.ts';
import { aCountedExchange } from './a-counted-exchange.ts';

const anExchange = (facts: Partial<CountedExchange> = {}): CountedExchange =>
  aCountedExchange({ server: 'a', ...facts });

const countsOf = (...exchanges: readonly CountedExchange[]): TrafficCounts => {
  const counts = new TrafficCounts();
  for (const exchange of exchanges) counts.finished(exchange);
  return counts;
};

const poolCells = (counts: TrafficCounts, pool = 'web'): Float64Array =>
  unpacked(counts.take(0).pools.find(({ name }) => name === pool)?.cells ?? new Float64Array(), POOL.size);

const serverCells = (counts: TrafficCounts, id = 'a'): Float64Array =>
  unpacked(
    counts.take(0).pools.flatMap(({ servers }) => servers.filter((one) => one.id === id))[0]?.cells ??
      new Float64Array(),
    SERVER.size,
  );

const namesIn = (counts: TrafficCounts): readonly unknown[] =>
  counts.take(0).pools.map(({ name, servers }) => [name, servers.map(({ id }) => id)]);

describe('TrafficCounts', () => {
  it('counts a request once in every cell that it belongs to', () => {
    const counts = countsOf(anExchange(), anExchange({ method: 'POST', status: 503, duration: 70 }));
    const cells = poolCells(counts);
    const [listener] = counts.take(0).pools[0]?.listeners ?? [];
    const requests = unpacked(listener?.cells ?? new Float64Array(), REQUEST_CELLS);
    expect(requests[requestCellAt('GET', 200)]).toBe(1);
    expect(requests[requestCellAt('POST', 503)]).toBe(1);
    expect(requests.reduce((sum, count) => sum + count, 0)).toBe(2);
    expect([cells[POOL.bytesIn], cells[POOL.bytesOut]]).toEqual([20, 200]);
  });

  it('counts what each server answered, and how soon', () => {
    const cells = serverCells(countsOf(anExchange(), anExchange({ status: 502, firstByte: undefined })));
    const classes = CODE_CLASSES.map((_, i) => cells[SERVER.answers + i]);
    expect(classes).toEqual([0, 1, 0, 0, 1, 0]);
    expect([cells[SERVER.responses], cells[SERVER.responseMs]]).toEqual([1, 8]);
  });

  it('counts how probes ended', () => {
    const counts = new TrafficCounts();
    for (const result of ['answered', 'timeout', 'answered', 'failed'] as const) counts.probed('web', result);
    const cells = poolCells(counts);
    expect(PROBE_RESULTS.map((result, i) => [result, cells[POOL.probes + i]])).toEqual([
      ['answered', 2],
      ['timeout', 1],
      ['failed', 1],
    ]);
    expect(cells.reduce((sum, count) => sum + count, 0)).toBe(4);
  });

  it('counts requests without a route under no name', () => {
    const counts = countsOf(anExchange({ pool: undefined, server: undefined, status: 404 }));
    expect(namesIn(counts)).toEqual([['', []]]);
  });

  it.each([
    [failed({ reason: 'connect_refused', unsent: true }), 1],
    [failed({ reason: 'connect_refused', side: 'client' }), 0],
    [failed({ reason: 'reset' }), 0],
    [answered(502), 0],
  ])('counts what ended an attempt as a connect error or not: %j', (outcome, errors) => {
    const counts = new TrafficCounts();
    counts.ended(aServer({ pool: 'web', id: 'a' }), outcome);
    expect(serverCells(counts)[SERVER.connectErrors + reasonAt('connect_refused')]).toBe(errors);
  });

  it('forgets pools and servers that are no more, but not what had no route', () => {
    const { board, pool, configure } = aBoard(['a', 'b']);
    const counts = countsOf(
      anExchange(),
      anExchange({ server: 'b' }),
      anExchange({ pool: 'old' }),
      anExchange({ pool: undefined, server: undefined }),
    );
    for (const server of pool.servers) counts.begun(server, 0);
    configure(['b']);
    counts.keep(board.pools());
    expect(namesIn(counts)).toEqual([
      ['web', ['b']],
      ['', []],
    ]);
    expect(counts.take(0).recent).toEqual([{ pool: 'web', servers: [{ id: 'b', count: 1 }] }]);
  });

  it('tells what can be sent to another process, and stays as it is', () => {
    const counts = countsOf(anExchange());
    const snapshot = counts.take(0);
    expect(structuredClone(snapshot)).toEqual(snapshot);
    counts.finished(anExchange());
    expect(unpacked(snapshot.pools[0]?.cells ?? new Float64Array(), POOL.size)[POOL.bytesIn]).toBe(10);
    expect(poolCells(counts)[POOL.bytesIn]).toBe(20);
  });
});
