import { describe, expect, it } from 'vitest';
import { slowStart } from '../../candidacy/slow-start.ts';
import type { Done, Outcome } from '../../src/core/types.ts';
import { aMoment, aServer } from '../../src/testing/index.ts';
import { Bench, faultsIn, ids, made, readOptions } from './support.ts';

const answered = (status: number): Outcome => ({ kind: 'answered', status, firstByte: 1, total: 2 });
const refused: Outcome = { kind: 'failed', side: 'server', reason: 'connect_refused', unsent: true };
const tooLate: Outcome = { kind: 'failed', side: 'server', reason: 'connect_timeout', unsent: true };
const left: Outcome = { kind: 'failed', side: 'client', reason: 'client_abort', unsent: false };

const specs = (names: readonly string[]) =>
  names.map((id, i) => ({ id, url: new URL(`http://10.0.1.${i + 1}`), tags: [] }));

const OLD = ['a', 'b', 'c', 'd'];

/** Four servers that were there before the function, with so many requests in flight each. */
const aBench = ({ options = {}, usual = 20 }: { options?: unknown; usual?: number } = {}) => {
  const bench = new Bench([]);
  const { board } = bench;
  board.configure([{ name: 'web', servers: specs(OLD), accept: [] }], bench.now);
  const chain = bench.chain([[slowStart, options]]);
  const open: Done[] = [];
  const begin = (id: string, times: number) => {
    for (let i = 0; i < times; i++) open.push(board.begin(bench.server(id), bench.now));
  };
  for (const id of OLD) begin(id, usual);
  return {
    bench,
    chain,
    begin,
    /** The servers of the pool are these from now on. */
    servers: (names: readonly string[]) =>
      board.configure([{ name: 'web', servers: specs(names), accept: [] }], bench.now),
    /** A request to the server that ends like this. */
    end: (id: string, ...outcomes: readonly Outcome[]) => {
      for (const outcome of outcomes) board.begin(bench.server(id), bench.now)(outcome, bench.now);
    },
    /** Whether the server is among those that are left, not among those that a cut put behind. */
    isIn: (id: string) => chain.links[0]!.run(bench.pool.eligible, armed()).some((one) => one.id === id),
  };

  function armed() {
    bench.decide(chain);
    return chain.moment;
  }
};

/** How many requests the server may have before it is left out. */
const allowance = ({ begin, isIn }: ReturnType<typeof aBench>, id: string): number => {
  for (let requests = 0; requests < 100; requests++) {
    if (!isIn(id)) return requests;
    begin(id, 1);
  }
  return Number.POSITIVE_INFINITY;
};

describe('slowStart', () => {
  it('hands on the very list that it got when nobody begins', () => {
    const { bench, chain } = aBench();
    bench.decide(chain);
    expect(chain.links[0]?.run(bench.pool.eligible, chain.moment)).toBe(bench.pool.eligible);
  });

  it('lets a new server have one request until its first good answer', () => {
    const one = aBench();
    one.servers([...OLD, 'new']);
    one.bench.now += 20_000;
    expect(one.isIn('new')).toBe(true);
    one.begin('new', 1);
    expect(one.isIn('new')).toBe(false);
    one.end('new', answered(500), refused, left);
    expect(one.isIn('new')).toBe(false);
    one.end('new', answered(404));
    expect(one.isIn('new')).toBe(true);
  });

  it.each([
    { after: 0, requests: 2 },
    { after: 3000, requests: 2 },
    { after: 15_000, requests: 10 },
    { after: 29_999, requests: 19 },
    { after: 30_000, requests: Number.POSITIVE_INFINITY },
  ])('$after ms after it came, lets a server have $requests where others have 20', ({ after, requests }) => {
    const one = aBench();
    one.servers([...OLD, 'new']);
    one.end('new', answered(200));
    one.bench.now += after;
    expect(allowance(one, 'new')).toBe(requests);
  });

  it.each([
    { aggression: 2, requests: 14 },
    { aggression: 0.5, requests: 5 },
  ])('with aggression $aggression lets it have $requests of 20 at half time', ({ aggression, requests }) => {
    const one = aBench({ options: { aggression } });
    one.servers([...OLD, 'new']);
    one.end('new', answered(200));
    one.bench.now += 15_000;
    expect(allowance(one, 'new')).toBe(requests);
  });

  it('always lets a server have one request', () => {
    const one = aBench({ usual: 1 });
    one.servers([...OLD, 'new']);
    one.end('new', answered(200));
    expect(allowance(one, 'new')).toBe(1);
  });

  it.each<[string, readonly Outcome[], boolean]>([
    ['three failures and a good answer', [refused, answered(503), refused, answered(200)], true],
    ['a connection that was not taken in time, and a good answer', [tooLate, answered(200)], true],
    ['two failures and a good answer', [refused, refused, answered(200)], false],
    ['failures that are not in a row', [refused, refused, answered(200), refused, answered(200)], false],
    ['clients that left', [left, left, left, answered(200)], false],
  ])('after %s: begins anew? %s', (_, outcomes, begins) => {
    const one = aBench();
    one.end('a', ...outcomes);
    expect(one.isIn('a')).toBe(!begins);
  });

  it('lets a server that has failed three times have one request at a time until it answers well', () => {
    const one = aBench({ usual: 0 });
    for (const id of ['b', 'c', 'd']) one.begin(id, 40);
    one.end('a', refused, refused);
    one.begin('a', 1);
    expect(one.isIn('a')).toBe(true);
    one.end('a', refused);
    expect(one.isIn('a')).toBe(false);
    expect(one.bench.explain(one.chain)[0]?.dropped).toEqual([
      { id: 'a', reason: 'failing: 1 request, 1 allowed before a good answer' },
    ]);
    expect(one.bench.pool.stateOf(one.bench.server('a'), one.bench.now)).not.toBe('slowstart');
    one.bench.now += 3_600_000;
    expect(one.isIn('a')).toBe(false);
    one.end('a', answered(200));
    expect(allowance(one, 'a')).toBe(3);
  });

  it('lets a server begin anew when its agent has restarted, and not at an ordinary report', () => {
    const one = aBench();
    one.bench.report('a', {});
    one.bench.report('a', {});
    expect(one.isIn('a')).toBe(true);
    one.bench.report('a', {}, 'boot-2');
    expect(one.isIn('a')).toBe(false);
    one.end('a', answered(200));
    expect(allowance(one, 'a')).toBe(0);
    one.bench.now += 30_000;
    expect(one.isIn('a')).toBe(true);
  });

  it('leaves nobody out when more than half begin, as when all have started together', () => {
    const one = aBench();
    one.servers([...OLD, 'e', 'f', 'g', 'h']);
    for (const id of ['e', 'f', 'g', 'h']) one.begin(id, 5);
    expect(one.isIn('e')).toBe(false);
    one.servers([...OLD, 'e', 'f', 'g', 'h', 'i']);
    expect(one.isIn('e')).toBe(true);
    expect(one.bench.pool.stateOf(one.bench.server('e'), one.bench.now)).not.toBe('slowstart');
  });

  it('puts a server that it leaves out behind the others, and not out of reach', () => {
    const one = aBench();
    one.servers([...OLD, 'new']);
    one.begin('new', 1);
    expect(ids(one.bench.decide(one.chain).ranked).at(-1)).toBe('new');
  });

  it('shows the state and says why', () => {
    const one = aBench();
    one.servers([...OLD, 'new']);
    one.begin('new', 2);
    const reasons = () => one.bench.explain(one.chain)[0]?.dropped.map(({ reason }) => reason);
    expect(reasons()).toEqual(['starting: 2 requests, 1 allowed before its first good answer']);
    one.end('new', answered(200));
    one.bench.now += 6000;
    one.begin('new', 2);
    expect(reasons()).toEqual(['starting: 4 requests, 4 allowed at 20 %']);
    expect(one.bench.pool.stateOf(one.bench.server('new'), one.bench.now)).toBe('slowstart');
    one.bench.now += 24_000;
    expect(one.bench.pool.stateOf(one.bench.server('new'), one.bench.now)).toBe('ready');
  });

  it('forgets a server that has left, and does not take the next one in its place for it', () => {
    const one = aBench();
    one.servers([...OLD, 'new']);
    one.begin('new', 1);
    one.servers(OLD);
    one.bench.now += 30_000;
    one.servers([...OLD, 'next']);
    expect(one.isIn('next')).toBe(true);
    expect(allowance(one, 'next')).toBe(1);
  });

  it('is not held up by a clock that is set back', () => {
    const one = aBench();
    one.servers([...OLD, 'new']);
    one.begin('new', 1);
    one.bench.now -= 3_600_000;
    expect(one.isIn('new')).toBe(true);
  });

  it('hands on the same list as long as it leaves out the same servers of the same list', () => {
    const one = aBench();
    one.servers([...OLD, 'new']);
    one.begin('new', 1);
    one.bench.decide(one.chain);
    const { chain, bench } = one;
    const answer = () => chain.links[0]!.run(bench.pool.eligible, chain.moment);
    const first = answer();
    expect(ids(first)).toEqual(OLD);
    expect(answer()).toBe(first);
    one.end('new', answered(200));
    expect(ids(answer())).toContain('new');
  });

  it('keeps a server of which no board remembers anything', () => {
    expect(made(slowStart)([aServer()], aMoment())).toHaveLength(1);
    expect(made(slowStart)([], aMoment())).toEqual([]);
  });
});

describe('the options of slowStart', () => {
  it('are 30 s, even growth from 10 %, and 3 failures unless said otherwise', () => {
    expect(readOptions(slowStart)).toEqual({ window: 30_000, aggression: 1, floor: 0.1, failures: 3 });
  });

  it.each([{ window: '0s' }, { aggression: 0 }, { floor: 1.1 }, { failures: 0 }])('refuse %j', (options) => {
    expect(faultsIn(slowStart, options)).not.toEqual([]);
  });
});
