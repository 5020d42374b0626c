import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unpacked } from '../../../src/control/cells/packed.ts';
import { POOL, SERVER } from '../../../src/control/cells/pool-cells.ts';
import { quantilesOf } from '../../../src/control/cells/response-times.ts';
import { sharesOf } from '../../../src/control/cells/shares.ts';
import { chainViews } from '../../../src/control/metrics/chain-counts.ts';
import { TrafficCounts, type TrafficSnapshot } from '../../../src/control/metrics/traffic-counts.ts';
import { sumSnapshots, WorkerCounts } from '../../../src/control/metrics/worker-counts.ts';
import { decide } from '../../../src/core/decide.ts';
import { aBoard, aChain, aContext, reversed, type TestBoard } from '../../core/support.ts';

interface Request {
  readonly server: string;
  readonly status: number;
  readonly ms: number;
}

/** A worker with a board of its own, and what it was asked. */
class Worker {
  readonly board: TestBoard = aBoard(['a', 'b']);
  readonly counts = new TrafficCounts();
  readonly #chain = aChain([reversed()], this.board.pool).chain;

  constructor(requests: readonly Request[] = []) {
    this.counts.chains.follow([this.#chain]);
    for (const request of requests) this.serve(request);
  }

  serve({ server, status, ms }: Request): void {
    this.counts.decided(decide(this.#chain, aContext()));
    this.counts.begun(this.board.server(server), 0);
    this.counts.finished({
      pool: 'web',
      server,
      method: 'GET',
      status,
      startedAt: -ms,
      duration: ms,
      firstByte: ms,
      bytesIn: 1,
      bytesOut: 2,
      attempts: 1,
      termination: 'ok',
    });
  }
}

const aRequest = (facts: Partial<Request> = {}): Request => ({ server: 'a', status: 200, ms: 5, ...facts });

/** A sum in an order of its own, so that two of them can be compared. */
const sorted = ({ pools, chains, recent }: TrafficSnapshot): unknown => ({
  pools: pools.map((pool) => ({
    ...pool,
    servers: pool.servers.toSorted((x, y) => x.id.localeCompare(y.id)),
  })),
  chains,
  recent: recent.map(({ pool, servers }) => ({
    pool,
    servers: servers.filter(({ count }) => count > 0).toSorted((x, y) => x.id.localeCompare(y.id)),
  })),
});

const bytesIn = ({ pools }: TrafficSnapshot): number | undefined =>
  unpacked(pools[0]?.cells ?? new Float64Array(), POOL.size)[POOL.bytesIn];

const calls = ({ chains }: TrafficSnapshot): readonly (number | undefined)[] =>
  chainViews(chains).map(({ links }) => links[0]?.calls);

describe('the sum of what processes have counted', () => {
  const someRequests = fc.array(
    fc.record({
      server: fc.constantFrom('a', 'b'),
      status: fc.constantFrom(0, 200, 404, 503),
      ms: fc.nat(100_000),
    }),
    { minLength: 1, maxLength: 20 },
  );

  it('is what one process would have counted', () => {
    fc.assert(
      fc.property(fc.array(someRequests, { minLength: 1, maxLength: 4 }), (all) => {
        const sum = sumSnapshots(all.map((requests) => structuredClone(new Worker(requests).counts.take(0))));
        expect(sorted(sum)).toEqual(sorted(new Worker(all.flat()).counts.take(0)));
      }),
      { seed: 11 },
    );
  });

  it('of nothing is nothing', () => {
    const none = new Float64Array();
    expect(sumSnapshots([])).toEqual({
      pools: [],
      chains: [],
      shadows: [],
      recent: [],
      series: none,
      refused: none,
    });
  });
});

describe('WorkerCounts', () => {
  it('takes what a worker says last, not the sum of all it ever said', () => {
    const workers = new WorkerCounts();
    const worker = new Worker([aRequest()]);
    workers.take(1, worker.counts.take(0));
    worker.serve(aRequest());
    workers.take(1, worker.counts.take(0));
    workers.take(2, new Worker([aRequest()]).counts.take(0));
    expect(bytesIn(workers.sum())).toBe(3);
    expect(calls(workers.sum())).toEqual([3]);
  });

  it('never goes back when workers end', () => {
    const workers = new WorkerCounts();
    for (let id = 1; id <= 5; id++) {
      workers.take(id, new Worker([aRequest()]).counts.take(0));
      workers.gone(id);
      workers.gone(id);
      expect(bytesIn(workers.sum())).toBe(id);
      expect(calls(workers.sum())).toEqual([id]);
    }
  });

  it('shows nothing of what a worker did lately that is gone', () => {
    const workers = new WorkerCounts();
    const { counts, board } = new Worker([aRequest({ ms: 5000 })]);
    workers.take(1, counts.take(0));
    workers.gone(1);
    workers.take(2, new Worker([aRequest({ server: 'b' }), aRequest({ ms: 1 })]).counts.take(0));
    const { recent, pools } = workers.sum();
    expect(sharesOf(recent).of(board.pool.servers, 0)).toEqual([0.5, 0.5]);
    const server = pools[0]?.servers.find(({ id }) => id === 'a');
    expect(unpacked(server?.cells ?? new Float64Array(), SERVER.size)[SERVER.responses]).toBe(2);
    expect(quantilesOf(server?.window ?? new Float64Array())[2]).toBe(0.001);
  });

  it('begins the counts of chains again with a configuration', () => {
    const workers = new WorkerCounts();
    workers.take(1, new Worker([aRequest()]).counts.take(0));
    workers.gone(1);
    workers.reloaded();
    expect(workers.sum().chains).toEqual([]);
    expect(bytesIn(workers.sum())).toBe(1);
  });

  it('forgets servers and pools that are no more', () => {
    const workers = new WorkerCounts();
    const { counts, board } = new Worker([aRequest(), aRequest({ server: 'b' })]);
    counts.finished({ ...oddExchange, pool: 'old' });
    counts.finished(oddExchange);
    workers.take(1, counts.take(0));
    workers.gone(1);
    board.configure(['b']);
    workers.keep(board.board.pools());
    expect(workers.sum().pools.map(({ name, servers }) => [name, servers.map(({ id }) => id)])).toEqual([
      ['web', ['b']],
      ['', []],
    ]);
  });
});

const oddExchange = {
  method: 'GET',
  status: 404,
  startedAt: 0,
  duration: 1,
  bytesIn: 0,
  bytesOut: 0,
  attempts: 0,
  termination: 'no_route',
} as const;
